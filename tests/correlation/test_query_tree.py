"""The checked query is plain data."""

from __future__ import annotations

from correlation.query import parse_query
from correlation.query_tree import And, Equal, Everything, Exists, Not, Or
from tests.support.lakes import MODBUS

UNIT = MODBUS.field("modbus.unit_id")


def test_trees_compare_by_what_they_ask() -> None:
    """Two spellings of one question are equal trees, which can be kept in sets."""
    assert UNIT is not None
    first = parse_query("modbus.unit_id:5 NOT modbus.unit_id:*", MODBUS, now_ns=0)
    second = parse_query("(modbus.unit_id:0x5) AND -_exists_:modbus.unit_id", MODBUS, now_ns=0)
    assert {first, second} == {And((Equal(UNIT, 5), Not(Exists(UNIT))))}


def test_nothing_asks_for_everything() -> None:
    """An empty query, a star and *:* are the same."""
    assert {parse_query(text, MODBUS, now_ns=0) for text in ("", "  ", "*", "*:*", "(*)")} == {Everything()}


def test_one_term_is_no_operation() -> None:
    """Brackets around one term leave no trace."""
    assert UNIT is not None
    assert parse_query("((modbus.unit_id:(5)))", MODBUS, now_ns=0) == Equal(UNIT, 5)
    assert parse_query("modbus.unit_id:(5 OR 6)", MODBUS, now_ns=0) == Or((Equal(UNIT, 5), Equal(UNIT, 6)))
