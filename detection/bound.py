"""The bound of a rule: a number in its conditions that a park may change, such as the length that counts as long.

A rule declares at most one, as ``wanglou.bound``: the field, how far it may be changed, and what it is called. The
number itself stands in the conditions alone, of the rule or of the base rules that it counts.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from detection.columns import is_number
from detection.conditions import AllOf, AnyOf, Expression, Leaf, NotOf, walk_leaves
from detection.matches import Compare
from detection.rule import Bound, Rule
from parsers.schema import Field
from wanglou.document import Reader, suggest

MOST = 2**53
"""Largest number of a bound: what compares exactly whatever the kind of the field."""
_AT = ("wanglou", "bound")


def read_bound(reader: Reader, block: Mapping[str, Any], fields: Mapping[str, Field]) -> Bound | None:
    """Read ``wanglou.bound``; None where there is none, or where it has faults."""
    before = len(reader.faults)
    given = reader.mapping(block, "bound", "wanglou")
    if not given:
        if block.get("bound") == {}:
            reader.fault("'bound' is empty", *_AT)
        return None
    reader.check_keys(given, ("field", "least", "most", "zh", "en"), *_AT)
    name = reader.text(given, "field", *_AT, required=True)
    if name and (name not in fields or not is_number(fields[name])):
        reader.fault(f"{name!r} is no field with a number{suggest(name, fields)}", *_AT, "field")
    least = reader.integer(given, "least", 0, MOST, *_AT, default=-1)
    most = reader.integer(given, "most", 0, MOST, *_AT, default=-1)
    if least >= most >= 0:
        reader.fault(f"'most' must be above 'least', {least}", *_AT, "most")
    zh, en = (reader.text(given, language, *_AT, required=True) for language in ("zh", "en"))
    return Bound(name, least, most, zh, en) if len(reader.faults) == before else None


def check_bound(rule: Rule, by_id: Mapping[str, Rule], reader: Reader) -> None:
    """Note a fault where a rule declares a bound that its conditions do not have."""
    bound = rule.facts.bound if rule.facts else None
    if bound is None:
        return
    numbers = set(_list_numbers(bound, _list_inputs(rule, by_id)))
    if len(numbers) != 1:
        found = f"these: {', '.join(f'{one:g}' for one in sorted(numbers))}" if numbers else "none"
        message = f"the conditions must compare {bound.field} to one number by gt, gte, lt or lte; they have {found}"
        reader.fault(message, *_AT, "field")
    elif not bound.least <= min(numbers) <= bound.most:
        reader.fault(f"{min(numbers):g} of the conditions is not between 'least' and 'most'", *_AT)


def find_number(rule: Rule, by_id: Mapping[str, Rule]) -> int | None:
    """Give the number of a rule's bound as its file has it; None for a rule without one."""
    bound = rule.facts.bound if rule.facts else None
    numbers = list(_list_numbers(bound, _list_inputs(rule, by_id))) if bound else []
    return int(numbers[0]) if numbers else None


def move_bound(rule: Rule, field: str, number: int) -> Rule:
    """Give a rule whose condition compares ``field`` to ``number``."""
    return replace(rule, condition=_move(rule.condition, field, number)) if rule.condition else rule


def _list_inputs(rule: Rule, by_id: Mapping[str, Rule]) -> list[Rule]:
    """List the rules whose conditions choose the records: the rule itself, or those that it counts."""
    return [by_id[base] for base in rule.correlation.rules if base in by_id] if rule.correlation else [rule]


def _list_numbers(bound: Bound, rules: Iterable[Rule]) -> Iterator[float]:
    for rule in rules:
        for leaf in walk_leaves(rule.condition) if rule.condition else ():
            if _is_bounded(leaf, bound.field) and isinstance(leaf.match, Compare):
                yield leaf.match.number


def _is_bounded(leaf: Leaf, field: str) -> bool:
    return leaf.field == field and isinstance(leaf.match, Compare) and leaf.match.how != "eq"


def _move(expression: Expression, field: str, number: int) -> Expression:
    if isinstance(expression, NotOf):
        return NotOf(_move(expression.part, field, number))
    if isinstance(expression, AllOf | AnyOf):
        return type(expression)(tuple(_move(part, field, number) for part in expression.parts))
    if isinstance(expression, Leaf) and isinstance(expression.match, Compare) and _is_bounded(expression, field):
        return Leaf(field, replace(expression.match, number=number))
    return expression
