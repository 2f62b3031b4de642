"""The query language as a whole: any text is a question or a mistake that is pointed at."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from correlation.query import LONGEST, parse_query
from correlation.query_error import QueryError
from correlation.query_sql import MACROS, compile_sql
from correlation.query_tree import Equal
from detection.alert import ALERT
from parsers.schema import Dataset
from tests.support.lakes import MODBUS

PIECES = [
    *(
        "AND",
        "OR",
        "NOT",
        "TO",
        "(",
        ")",
        "[",
        "]",
        "{",
        "}",
        ":",
        '"',
        "\\",
        "*",
        "?",
        "~",
        "^",
        "/",
        "+",
        "-",
        " ",
        "\n",
    ),
    *(">", ">=", "<", "!", "&&", "||", ",", "'", "%", "_", ";", "1", "5ms", "now-1d/d", "2026-11-21", "10.0.0.0/8"),
    *(
        "modbus.unit_id:",
        "source.ip:",
        "@timestamp:",
        "event.action:",
        "event.id:",
        "_exists_:",
        "modbus.request.values:",
    ),
    *("wanglou.alert.sentence.zh:", "event.duration:", "*:*", "写", "\ufeff", "\u3000", "fe80::1", "write"),
]


@pytest.fixture(scope="module")
def database() -> duckdb.DuckDBPyConnection:
    """A connection with an empty table of each dataset."""
    connection = duckdb.connect()
    for macro in MACROS:
        connection.execute(macro)
    for dataset in (MODBUS, ALERT):
        connection.register("empty", dataset.arrow.empty_table())
        connection.execute(f"CREATE TABLE {dataset.name} AS SELECT * FROM empty")  # noqa: S608 - our own name
        connection.execute(f'ALTER TABLE {dataset.name} ALTER "@timestamp" TYPE TIMESTAMP_NS')
    return connection


def ask(database: duckdb.DuckDBPyConnection, dataset: Dataset, text: str) -> None:
    """Run a query's SQL, if it is one."""
    try:
        node = parse_query(text, dataset, now_ns=10**18)
    except QueryError as error:
        node, shown = None, str(error)
    if node is None:
        assert shown.endswith("^")
        return
    condition = compile_sql(node, dataset)
    sql = f"SELECT count(*) FROM {dataset.name} WHERE {condition.sql}"  # noqa: S608 - values are parameters
    assert database.execute(sql, list(condition.parameters)).fetchall() == [(0,)]


@given(text=st.text(max_size=60), dataset=st.sampled_from([MODBUS, ALERT]))
def test_any_text_is_sql_or_a_query_error(database: duckdb.DuckDBPyConnection, text: str, dataset: Dataset) -> None:
    """Random characters give SQL that runs, or QueryError, and nothing else."""
    ask(database, dataset, text)


@given(pieces=st.lists(st.sampled_from(PIECES), max_size=15), dataset=st.sampled_from([MODBUS, ALERT]))
def test_any_mix_of_syntax_is_sql_or_a_query_error(
    database: duckdb.DuckDBPyConnection, pieces: list[str], dataset: Dataset
) -> None:
    """Random pieces of the syntax give SQL that runs, or QueryError, and nothing else."""
    ask(database, dataset, "".join(pieces))


@pytest.mark.parametrize(
    ("text", "position", "message"),
    [
        ('event.action:"x', 13, "this quote is not closed"),
        ("source.ip:fe80::1", 15, "put a value that holds it in quotes"),
        ("(a", 2, "ends too early"),
        ("a AND", 5, "ends too early"),
        ("a)", 1, "closes nothing"),
        ("wanglou.packet:>-5", 16, "negative number in quotes"),
        ("a OR OR b", 5, "'OR' is not expected"),
        ("/x", 0, "opens a regular expression"),
        ("a\\", 1, "stands before nothing"),
        ("a~1.2.3", 1, "~ and"),
        ("a^.", 1, "~ and"),
        ("ab\ud800", 2, "no character"),
        ("x" * (LONGEST + 1), 60, f"at most {LONGEST}"),
    ],
)
def test_mistakes_are_pointed_at(text: str, position: int, message: str) -> None:
    """A syntax error says what is wrong and where, in words that help."""
    with pytest.raises(QueryError, match=message) as caught:
        parse_query(text, MODBUS, now_ns=0)
    assert caught.value.position == position


def test_the_message_as_it_is_shown() -> None:
    """What, the query, and a caret under the character."""
    with pytest.raises(QueryError) as caught:
        parse_query("event.action:read AND framing:rtu", MODBUS, now_ns=0)
    assert str(caught.value).splitlines() == [
        "modbus has no field 'framing'; did you mean modbus.framing?",
        "  event.action:read AND framing:rtu",
        "                        ^",
    ]


def test_threads_parse_at_once() -> None:
    """The parser keeps nothing that threads could mix up."""

    def parse(number: int) -> bool:
        node = parse_query(f"modbus.unit_id:{number}", MODBUS, now_ns=0)
        return isinstance(node, Equal) and node.value == number

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(parse, range(400)))
