"""Reads Sigma correlation rules (specification 2.1): event_count, value_count, temporal and temporal_ordered.

Other types are refused by name. The base rules of a correlation must all read one dataset, because only the records
of one dataset come in an order that does not depend on how a capture is cut into batches.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast

from sigma.correlations import (
    CorrelationConditionAND,
    CorrelationConditionNOT,
    SigmaCorrelationRule,
    SigmaExtendedCorrelationCondition,
    SigmaRuleReference,
)
from sigma.exceptions import SigmaError

from detection.columns import fields_of, is_list
from detection.conditions import AllOf, AnyOf, Expression, NotOf, Step
from detection.rule import MAX_COUNT, MAX_SPAN_NS, Correlation, CorrelationType, Operator, Rule
from detection.sigma import Head
from parsers.schema import Field
from wanglou.document import Reader, suggest

TYPES = ("event_count", "value_count", "temporal", "temporal_ordered")
MAX_STEPS = 16
"""Most base rules of a correlation; the state of a group grows with their number (squared when ordered)."""
_KEYS = ("type", "rules", "group-by", "timespan", "condition", "aliases", "generate")


def read_correlation(head: Head, known: Mapping[str, Rule | None]) -> tuple[Correlation, str] | None:
    """Read ``correlation``; ``known`` finds base rules by name and by id (None for what is none).

    Returns it with its dataset, or None.
    """
    reader = head.reader
    before = len(reader.faults)
    given = reader.mapping(reader.document.value, "correlation", required=True)
    reader.check_keys(given, _KEYS, "correlation")
    kind = reader.text(given, "type", "correlation", required=True)
    if kind and kind not in TYPES:
        message = f"correlation type {kind!r} is not supported{suggest(kind, TYPES)}; known: {', '.join(TYPES)}"
        reader.fault(message, "correlation", "type")
    if len(reader.faults) > before or not head.is_usable:
        return None
    parsed = _parse(reader)
    if parsed is None:
        return None
    bases = _bases(reader, parsed, known)
    dataset = bases[0].dataset if bases else ""
    fields = fields_of(dataset)
    correlation = Correlation(
        type=cast("CorrelationType", kind),
        rules=tuple(base.id for base in bases),
        timespan_ns=_timespan(reader, parsed),
        group_by=_groups(reader, parsed, bases, fields),
        **_condition(reader, parsed, kind, bases),
        value_field=_value_field(reader, parsed, kind, fields),
        generate=parsed.generate,
    )
    return (correlation, dataset) if len(reader.faults) == before and bases else None


def _parse(reader: Reader) -> SigmaCorrelationRule | None:
    """Let pySigma parse; its errors become faults."""
    try:
        parsed = SigmaCorrelationRule.from_dict(reader.document.value, collect_errors=True)
    except (SigmaError, AttributeError, TypeError) as trip:  # it trips over wrong types inside the block
        reader.fault(str(trip), "correlation")
        return None
    for error in parsed.errors:
        reader.fault(str(error), "correlation")
    return None if parsed.errors else parsed


def _bases(reader: Reader, parsed: SigmaCorrelationRule, known: Mapping[str, Rule | None]) -> list[Rule]:
    """Find the base rules, in the order given."""
    if parsed.rules is not None:
        names = [reference.reference for reference in parsed.rules]
    else:
        names = cast("SigmaExtendedCorrelationCondition", parsed.condition).get_referenced_rules()
    bases = []
    for name in names:
        base = known.get(str(name))
        if str(name) not in known:
            reader.fault(f"no rule has the name or id {name!r}{suggest(str(name), known)}", "correlation", "rules")
        elif base is None or base.condition is None:
            reader.fault(f"{name!r} is a correlation itself, or has faults of its own", "correlation", "rules")
        else:
            bases.append(base)
    if not names or len(names) > MAX_STEPS or len({base.id for base in bases}) < len(bases):
        reader.fault(f"'rules' must name 1 to {MAX_STEPS} different rules", "correlation", "rules")
    if len({base.dataset for base in bases}) > 1:
        reader.fault("all rules of one correlation must read the same dataset", "correlation", "rules")
        return []
    return bases


def _timespan(reader: Reader, parsed: SigmaCorrelationRule) -> int:
    span = parsed.timespan.seconds * 1_000_000_000
    if span > MAX_SPAN_NS:
        reader.fault("'timespan' may be at most 30 days", "correlation", "timespan")
    return span


def _groups(
    reader: Reader, parsed: SigmaCorrelationRule, bases: Sequence[Rule], fields: Mapping[str, Field]
) -> tuple[tuple[str, ...], ...]:
    """Resolve the fields of the group key for each base rule."""
    if not bases:
        return ()
    keys = []
    for base in bases:
        key = []
        for name in parsed.group_by or ():
            alias = parsed.aliases.aliases.get(name)
            mapping = {} if alias is None else {ref.reference: field for ref, field in alias.mapping.items()}
            column = name if alias is None else mapping.get(base.name, mapping.get(base.id, ""))
            if column not in fields:
                what = f"alias {name!r} for rule {base.name!r}" if alias else "'group-by'"
                near = suggest(str(column), fields) if column else ""
                reader.fault(
                    f"{what}: unknown field {column!r}{near}", "correlation", "aliases" if alias else "group-by"
                )
            elif is_list(fields[column]):
                reader.fault(f"cannot group by {column}, which is a list", "correlation", "group-by")
            key.append(str(column))
        keys.append(tuple(key))
    unused = set(parsed.aliases.aliases) - set(parsed.group_by or ())
    if unused:
        reader.fault(f"alias {min(unused)!r} is not in 'group-by'", "correlation", "aliases")
    return tuple(keys)


def _condition(reader: Reader, parsed: SigmaCorrelationRule, kind: str, bases: Sequence[Rule]) -> dict[str, Any]:
    """Read the condition into operator and count, or into a tree over the base rules."""
    given = parsed.condition
    at = ("correlation", "condition")
    if isinstance(given, SigmaExtendedCorrelationCondition):
        if kind == "temporal_ordered":
            reader.fault("temporal_ordered takes no text condition; the order is that of 'rules'", *at)
        names = {name: index for index, base in enumerate(bases) for name in (base.name, base.id)}
        return {"operator": "gte", "count": 1, "expression": _tree(given.parsed, names)}
    count, how = given.count, given.op.name.lower()
    if not isinstance(count, int) or count < 0:
        reader.fault(f"'condition' needs a whole number from 0, not {count!r}", *at)
    elif count > MAX_COUNT.get(kind, MAX_STEPS):
        reader.fault(f"'condition' may count to {MAX_COUNT.get(kind, MAX_STEPS)} at most", *at)
    if kind == "temporal_ordered" and (how not in ("gte", "eq") or count != len(bases)):
        reader.fault("temporal_ordered needs all rules in order; leave 'condition' out", *at)
    return {"operator": cast("Operator", how), "count": int(count), "expression": None}


def _tree(node: Any, names: Mapping[str, int]) -> Expression:
    if isinstance(node, SigmaRuleReference):
        return Step(names.get(node.reference, 0))
    parts = tuple(_tree(part, names) for part in node.args)
    if isinstance(node, CorrelationConditionNOT):
        return NotOf(parts[0])
    return AllOf(parts) if isinstance(node, CorrelationConditionAND) else AnyOf(parts)


def _value_field(reader: Reader, parsed: SigmaCorrelationRule, kind: str, fields: Mapping[str, Field]) -> str:
    """Read the field whose values are counted."""
    name = getattr(parsed.condition, "fieldref", None)
    at = ("correlation", "condition", "field")
    if kind != "value_count":
        if name is not None:
            reader.fault(f"'field' means nothing to {kind}", *at)
        return ""
    if not isinstance(name, str):
        reader.fault("'field' must name one field", *at)
        return ""
    if fields and name not in fields:
        reader.fault(f"unknown field {name!r}{suggest(name, fields)}", *at)
    elif fields and is_list(fields[name]):
        reader.fault(f"cannot count the values of {name}, which is a list", *at)
    return name
