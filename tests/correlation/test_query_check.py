"""Operators, fields and limits of the query language."""

from __future__ import annotations

import pytest

from correlation.query import parse_query
from correlation.query_check import DEEPEST, MOST_LEAVES
from correlation.query_error import QueryError
from correlation.query_tree import And, Equal, Exists, Node, Not, Or
from tests.support.lakes import MODBUS


def shape(node: Node) -> str:
    """Write a tree of unit ids with brackets everywhere."""
    if isinstance(node, Equal):
        return str(node.value)
    if isinstance(node, Not):
        return f"!{shape(node.part)}"
    assert isinstance(node, And | Or)
    return f"({(' & ' if isinstance(node, And) else ' | ').join(shape(part) for part in node.parts)})"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1 AND 2 OR 3", "((1 & 2) | 3)"),
        ("1 OR 2 AND 3", "(1 | (2 & 3))"),
        ("1 2 OR 3", "((1 & 2) | 3)"),
        ("1 OR 2 3", "(1 | (2 & 3))"),
        ("1 OR 2 3 OR 4", "(1 | (2 & 3) | 4)"),
        ("1 2 AND 3 4", "(1 & 2 & 3 & 4)"),
        ("NOT 1 AND 2", "(!1 & 2)"),
        ("NOT 1 2", "(!1 & 2)"),
        ("NOT 1 OR NOT NOT 2", "(!1 | !!2)"),
        ("(1 OR 2) 3", "((1 | 2) & 3)"),
        ("NOT (1 OR 2)", "!(1 | 2)"),
        ("+1 -2", "(1 & !2)"),
    ],
)
def test_precedence(text: str, expected: str) -> None:
    """NOT binds closest, then AND (also when left out), then OR; the same inside a field's group."""
    fields = "".join(f"modbus.unit_id:{part}" if part.isdigit() else part for part in text)
    assert shape(parse_query(fields, MODBUS, now_ns=0)) == expected
    assert shape(parse_query(f"modbus.unit_id:({text})", MODBUS, now_ns=0)) == expected


@pytest.mark.parametrize(
    ("text", "position", "message"),
    [
        ("unit_id:5", 0, "modbus has no field 'unit_id'; did you mean modbus.unit_id"),
        ("a AND  modbus.unit:5", 7, "did you mean modbus.unit_id"),
        ("Modbus.Unit_Id:5", 0, "did you mean modbus.unit_id"),
        ("zzz:5", 0, "no field 'zzz'\n"),
        ("_exists_:modbus.nit_id", 9, "did you mean modbus.unit_id"),
        ("source.\\*:5", 0, "no field"),
        ("modbus.unit_id:(1 OR event.action:x)", 21, "a field inside the group"),
        ("modbus.unit_id:event.action:x", 15, "a field inside the group"),
        ("modbus.unit_id:five", 15, "modbus.unit_id: a whole number"),
        ("a modbus.unit_id:[1 TO x]", 17, "modbus.unit_id: a whole number"),
        ("event.action:-x", 13, "write NOT event.action"),
        ("event.action:/x/", 13, "regular expressions"),
        ("x event.action:y~2", 15, "~ is not understood"),
        ('event.action:"y z"~2', 13, "~ is not understood"),
        ("event.action:y^2", 13, r"\^ is not understood"),
        ("[1 TO 2]", 0, "a range needs a field"),
        ("a && b", 2, "operators are written AND"),
        ("a !b", 2, "operators are written AND"),
        ("*:5", 0, "stands for all fields"),
        ("_exists_:(a b)", 9, "a value is wanted"),
        ("source.ip:10.0.*", 10, "a network is written"),
    ],
)
def test_what_cannot_be_asked_is_pointed_at(text: str, position: int, message: str) -> None:
    """Unknown fields, wrong values and unsupported constructs point at their character."""
    with pytest.raises(QueryError, match=message) as caught:
        parse_query(text, MODBUS, now_ns=0)
    assert caught.value.position == position


def test_negative_numbers() -> None:
    """A minus right behind the colon of a number field belongs to the number, elsewhere it is NOT."""
    assert shape(parse_query("wanglou.packet:-5", MODBUS, now_ns=0)) == "-5"
    assert shape(parse_query("wanglou.packet:(-5)", MODBUS, now_ns=0)) == "!5"


def test_existence() -> None:
    """_exists_:f and f:* ask the same."""
    field = MODBUS.field("modbus.request.values")
    assert field is not None
    for text in ("_exists_:modbus.request.values", "modbus.request.values:*", "modbus.request.values:[* TO *]"):
        assert parse_query(text, MODBUS, now_ns=0) == Exists(field)


@pytest.mark.parametrize("around", [("(", ")"), ("NOT ", ""), ("-", ""), ("modbus.unit_id:(", ")")])
def test_depth_is_bounded(around: tuple[str, str]) -> None:
    """Hundreds of brackets or NOTs inside one another are refused, not followed."""
    many = 400
    with pytest.raises(QueryError, match=rf"more than {DEEPEST} deep|inside the group"):
        parse_query(around[0] * many + "modbus.unit_id:1" + around[1] * many, MODBUS, now_ns=0)


def test_comparisons_are_bounded() -> None:
    """A thousand comparisons are answered, many more refused."""
    numbers = " ".join(["1"] * MOST_LEAVES)
    parse_query(f"modbus.unit_id:({numbers})", MODBUS, now_ns=0)
    with pytest.raises(QueryError, match=f"more than {MOST_LEAVES} comparisons"):
        parse_query(f"modbus.unit_id:({numbers} 1)", MODBUS, now_ns=0)
