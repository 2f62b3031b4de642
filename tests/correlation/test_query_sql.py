"""Compiled queries find what a plain evaluator in Python finds."""

from __future__ import annotations

from collections.abc import Mapping
from ipaddress import ip_address
from typing import Any

import duckdb
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from correlation.query import parse_query
from correlation.query_sql import MACROS, EventId, compile_sql, parse_event_id, quote, time_bounds
from correlation.query_tree import (
    And,
    Between,
    Contains,
    Equal,
    Everything,
    Exists,
    Like,
    Node,
    Not,
    Or,
    Wild,
    Within,
)
from correlation.query_values import parse_network
from parsers.schema import Dataset, Field
from tests.support.evaluator import holds
from tests.support.lakes import MODBUS

TIME = Field("@timestamp", "time", "")
EVENT_ID = Field("event.id", "keyword", "", derived=True)
KEYWORD = Field('k"; DROP', "keyword", "")
WORDS = Field("ks", "keywords", "")
TEXT = Field("t", "text", "")
IP = Field("i", "ip", "")
FLAG = Field("b", "boolean", "")
SMALL = Field("u", "u8", "")
LONG = Field("n", "long", "")
NUMBERS = Field("ns", "longs", "")
DOUBLE = Field("d", "double", "")
FIELDS = (KEYWORD, WORDS, TEXT, IP, FLAG, SMALL, LONG, NUMBERS, DOUBLE, TIME, EVENT_ID)
SAMPLE = Dataset(
    "sample",
    "",
    (
        *FIELDS,
        Field("wanglou.capture", "keyword", ""),
        Field("wanglou.packet", "long", ""),
        Field("wanglou.pdu", "long", ""),
    ),
)

words = st.text("aB1%_*?\\'\"写é:. \n\0", max_size=4)
numbers = st.integers(-3, 3) | st.sampled_from([2**63 - 1, -(2**63), 255, 256])
addresses = st.sampled_from(["10.0.0.1", "10.0.1.255", "10.200.0.0", "9.255.255.255", "::1", "fe80::1:0", "2001:db8::"])
times = st.integers(0, 3) | st.integers(10**18, 10**18 + 3)
floats = st.sampled_from([-1.5, 0.0, 0.25, 1e300])
captures = st.sampled_from(["a" * 64, "a" * 64 + "@厂-1", "b" * 64, "eth0-1"])
VALUES: Mapping[str, st.SearchStrategy[Any]] = {
    "keyword": words,
    "keywords": words,
    "text": words,
    "ip": addresses,
    "boolean": st.booleans(),
    "u8": st.integers(0, 255) | st.integers(-1, 3),
    "long": numbers,
    "longs": numbers,
    "double": floats,
    "time": times,
}


def rows() -> st.SearchStrategy[list[dict[str, Any]]]:
    """Random records, with nulls and empty lists."""
    columns: dict[str, st.SearchStrategy[Any]] = {
        "@timestamp": times,
        "wanglou.capture": captures,
        "wanglou.packet": st.integers(0, 12),
        "wanglou.pdu": st.integers(0, 1),
        SMALL.name: st.none() | st.integers(0, 4),
    }
    for field in FIELDS:
        values = VALUES[field.kind]
        values = st.lists(values, max_size=3) if field.kind in ("longs", "keywords") else values
        columns.setdefault(field.name, st.none() | values)
    del columns["event.id"]
    return st.lists(st.fixed_dictionaries(columns), min_size=1, max_size=8)


def patterns() -> st.SearchStrategy[tuple[str | Wild, ...]]:
    """Literals and wildcards."""
    return st.lists(st.sampled_from(Wild) | words.filter(bool), min_size=1, max_size=4).map(tuple)


def event_ids() -> st.SearchStrategy[str]:
    """Ids of records that may be there, and texts that are none."""
    made = st.builds(make_id, captures, st.integers(0, 12), st.integers(0, 1))
    return made | words | st.just("aaaaaaaaaaaaaaaa-other-1-0") | st.just("aaaaaaaaaaaaaaaa-sample-01-0")


@st.composite
def leaves(draw: st.DrawFn) -> Node:
    """A leaf that the checker could make."""
    field = draw(st.sampled_from(FIELDS))
    if field == EVENT_ID:
        by_id: st.SearchStrategy[Node] = st.builds(Equal, st.just(field), event_ids())
        return draw(by_id | st.builds(Like, st.just(field), patterns()))
    value = VALUES[field.kind]
    kinds: list[st.SearchStrategy[Node]] = [st.builds(Exists, st.just(field))]
    if field.kind == "text":
        kinds.append(st.builds(Contains, st.just(field), patterns()))
        return draw(st.one_of(kinds))
    if field != TIME:
        kinds.append(st.builds(Equal, st.just(field), value))
    if field.kind in ("keyword", "keywords"):
        kinds += [st.builds(Like, st.just(field), patterns()), st.builds(Contains, st.just(field), patterns())]
    if field == IP:
        bits = draw(st.integers(0, 32) | st.integers(0, 128))
        kinds.append(value.map(lambda a: Within(IP, parse_network(f"{a}/{min(bits, ip_address(a).max_prefixlen)}"))))
    if field != FLAG:
        kinds.append(betweens(field, value))
    return draw(st.one_of(kinds))


def betweens(field: Field, value: st.SearchStrategy[Any]) -> st.SearchStrategy[Node]:
    """Ranges with at least one end, both of one version of IP."""
    ends = st.tuples(st.none() | value, st.none() | value).filter(lambda pair: pair != (None, None))
    if field == IP:
        ends = ends.filter(lambda pair: None in pair or ip_address(pair[0]).version == ip_address(pair[1]).version)
    return st.builds(
        lambda pair, low, high: Between(field, pair[0], pair[1], low_included=low, high_included=high),
        ends,
        st.booleans(),
        st.booleans(),
    )


def trees() -> st.SearchStrategy[Node]:
    """Whole queries."""
    return st.recursive(
        st.just(Everything()) | leaves(),
        lambda inner: (
            st.builds(Not, inner)
            | st.builds(And, st.lists(inner, min_size=2, max_size=3).map(tuple))
            | st.builds(Or, st.lists(inner, min_size=2, max_size=3).map(tuple))
        ),
        max_leaves=6,
    )


def make_id(capture: str, packet: int, pdu: int) -> str:
    """Write an ``event.id``."""
    return f"{capture[:16]}{capture[64:]}-sample-{packet}-{pdu}"


@pytest.fixture(scope="module")
def database() -> duckdb.DuckDBPyConnection:
    """A connection with the macros."""
    connection = duckdb.connect()
    for macro in MACROS:
        connection.execute(macro)
    return connection


def run(database: duckdb.DuckDBPyConnection, node: Node, records: list[dict[str, Any]]) -> list[int]:
    """Give the numbers of the records that the compiled query finds."""
    kept = [field for field in SAMPLE.fields if not field.derived]
    types = {f.name: pa.timestamp("ns") if f.kind == "time" else f.arrow for f in kept}
    table = pa.Table.from_pylist(records, schema=pa.schema(list(types.items())))
    database.register("records", table.append_column("number", pa.array(range(len(records)))))
    condition = compile_sql(node, SAMPLE)
    sql = f"SELECT number FROM records WHERE {condition.sql} ORDER BY number"  # noqa: S608 - values are parameters
    return [number for (number,) in database.execute(sql, list(condition.parameters)).fetchall()]


@given(node=trees(), records=rows())
def test_sql_finds_what_python_finds(
    database: duckdb.DuckDBPyConnection, node: Node, records: list[dict[str, Any]]
) -> None:
    """Any valid tree finds what the evaluator finds, over nulls, lists, and characters with a meaning in SQL."""
    for row in records:
        row["event.id"] = make_id(row["wanglou.capture"], row["wanglou.packet"], row["wanglou.pdu"])
    expected = [number for number, row in enumerate(records) if holds(node, row)]
    for row in records:
        del row["event.id"]
    assert run(database, node, records) == expected


@given(address=st.ip_addresses(), other=st.ip_addresses(), bits=st.integers(0, 128))
def test_networks_hold_what_they_should(
    database: duckdb.DuckDBPyConnection, address: object, other: object, bits: int
) -> None:
    """Prefixes, octets and digits agree with the library on any address and mask."""
    network = parse_network(f"{address}/{min(bits, ip_address(str(address)).max_prefixlen)}")
    condition = compile_sql(Within(IP, network), SAMPLE)
    for value in {str(address), str(other), str(network.network_address), str(network.broadcast_address)}:
        sql = f"SELECT coalesce({condition.sql}, FALSE) FROM (SELECT ? AS i)"  # noqa: S608 - values are parameters
        # the parameters of the condition come before the one of the row in the text
        found = database.execute(sql, [*condition.parameters, value]).fetchall()
        assert found == [(ip_address(value) in network,)], value


def test_not_holds_where_there_is_no_value(database: duckdb.DuckDBPyConnection) -> None:
    """A record without the field is found by NOT, as in Elasticsearch."""
    record = {"@timestamp": 0, "wanglou.capture": "a", "wanglou.packet": 0, "wanglou.pdu": 0}
    assert run(database, Equal(LONG, 1), [record]) == []
    assert run(database, Not(Equal(LONG, 1)), [record]) == [0]
    assert run(database, Not(Not(Equal(LONG, 1))), [record]) == []


def test_values_never_reach_the_text_of_the_sql() -> None:
    """What people type is a parameter, what names a column is quoted."""
    node = parse_query('event.action:"x\' OR 1=1 --" modbus.unit_id:77', MODBUS, now_ns=0)
    condition = compile_sql(node, MODBUS)
    assert condition.sql == '("event.action" = ?) AND ("modbus.unit_id" = ?)'
    assert condition.parameters == ("x' OR 1=1 --", 77)
    assert quote('a"b') == '"a""b"'


def test_an_event_id_is_compared_by_its_parts() -> None:
    """Equality needs no text to be built for each row, and another dataset's id finds nothing."""
    sql = compile_sql(Equal(EVENT_ID, "aaaaaaaaaaaaaaaa@e-modbus-12-3"), MODBUS)
    assert sql.sql.startswith('"wanglou.packet" = ? AND "wanglou.pdu" = ?')
    assert sql.parameters == (12, 3, "a" * 16, "@e")
    assert compile_sql(Equal(EVENT_ID, "aaaaaaaaaaaaaaaa-flow-12-3"), MODBUS).sql == "FALSE"


@pytest.mark.parametrize(
    "text", ["", "x", "a-modbus-1", "a-modbus-1-x", "a-modbus-01-0", "-modbus-1-0", "a-modbus--1-0"]
)
def test_what_is_no_event_id(text: str) -> None:
    """Missing or malformed parts give None."""
    assert parse_event_id(text) is None


def test_an_event_id_with_hyphens_in_its_enterprise() -> None:
    """The parts are counted from the end."""
    assert parse_event_id("aaaaaaaaaaaaaaaa@a-b-modbus-1-0") == EventId("a" * 16, "@a-b", "modbus", 1, 0)


def test_no_sql_for_unknown_derivations() -> None:
    """A derived field that nobody taught the compiler is an error at once."""
    with pytest.raises(ValueError, match=r"no SQL derives other\.field"):
        compile_sql(Exists(Field("other.field", "keyword", "", derived=True)), MODBUS)


@pytest.mark.parametrize(
    ("text", "bounds"),
    [
        ("@timestamp:[1970-01-01T00:00:01 TO 1970-01-01T00:00:05}", (1, 5)),
        ("@timestamp:>=1970-01-01T00:00:01 @timestamp:<1970-01-01T00:00:05 modbus.unit_id:1", (1, 5)),
        ("@timestamp:>=1970-01-01T00:00:01 (@timestamp:>=1970-01-01T00:00:03 modbus.unit_id:1)", (3, None)),
        ("@timestamp:<1970-01-01T00:00:05 OR modbus.unit_id:1", (None, None)),
        ("NOT @timestamp:<1970-01-01T00:00:05", (None, None)),
    ],
)
def test_time_bounds(text: str, bounds: tuple[int | None, int | None]) -> None:
    """Only what every record must meet narrows the segments that are read."""
    expected = tuple(None if second is None else second * 10**9 for second in bounds)
    assert time_bounds(parse_query(text, MODBUS, now_ns=0)) == expected
