"""Compiled queries find what a plain evaluator in Python finds."""

from __future__ import annotations

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
    Equal,
    Exists,
    Node,
    Not,
    Within,
)
from correlation.query_values import parse_network
from parsers.schema import Field
from tests.support.evaluator import holds
from tests.support.lakes import MODBUS
from tests.support.queries import EVENT_ID, IP, LONG, SAMPLE, make_id, rows, trees


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
