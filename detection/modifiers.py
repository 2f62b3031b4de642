"""From the values of a Sigma selection, as pySigma parsed them, to tests of our columns.

What the specification has and these columns have no use for is refused by name, never ignored.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, Literal

from sigma.policy import default_policy
from sigma.types import (
    CompareOperators,
    SigmaBool,
    SigmaCasedString,
    SigmaCIDRExpression,
    SigmaCompareExpression,
    SigmaExists,
    SigmaFieldReference,
    SigmaNull,
    SigmaNumber,
    SigmaRegularExpression,
    SigmaString,
    SigmaTimestampPart,
    SigmaType,
    SpecialChars,
)

from detection.columns import is_list, is_number, is_text
from detection.conditions import AnyOf, Expression, Leaf
from detection.matches import (
    Affix,
    Compare,
    Comparison,
    Equals,
    Match,
    Missing,
    Network,
    Pattern,
    SameAs,
    compile_regex,
)
from detection.placeholders import Lists, expand_inside, expand_whole
from parsers.schema import Field
from wanglou.document import suggest

SUPPORTED = frozenset(
    (
        "all", "cased", "cidr", "contains", "dotall", "endswith", "exists", "expand", "fieldref", "gt", "gte", "i",
        "ignorecase", "lt", "lte", "m", "multiline", "neq", "re", "s", "startswith",
    )
)  # fmt: skip
"""Modifiers of the Sigma modifiers appendix 2.1 that mean something on these columns."""

REFUSED = frozenset(
    (
        "base64", "base64offset", "day", "hour", "minute", "month", "utf16", "utf16be", "utf16le", "week", "wide",
        "windash", "year",
    )
)  # fmt: skip
"""Modifiers for encodings and command lines of hosts, or of parts of times, which no column here holds."""

_REGEX_FLAGS = frozenset(["i", "ignorecase", "m", "multiline", "s", "dotall"])
_PARTS = frozenset(["contains", "startswith", "endswith"])
_COMPARE: dict[CompareOperators, Comparison] = {
    CompareOperators.GT: "gt",
    CompareOperators.GTE: "gte",
    CompareOperators.LT: "lt",
    CompareOperators.LTE: "lte",
}


def check_modifiers(modifiers: list[str]) -> str:
    """Say what is wrong with the modifiers of a field, or nothing."""
    for name in modifiers:
        if name in REFUSED:
            return f"modifier {name!r} is not supported"
        if name not in SUPPORTED:
            return f"unknown modifier {name!r}{suggest(name, SUPPORTED)}"
    given = set(modifiers)
    if len(given) != len(modifiers):
        return "a modifier is given twice"
    if given & _REGEX_FLAGS and "re" not in given:
        return f"modifier {min(given & _REGEX_FLAGS)!r} only goes with 're'"
    if "re" in given and given & (_PARTS | {"expand"}):
        return f"modifier {min(given & (_PARTS | {'expand'}))!r} does not go with 're'; write it in the expression"
    return ""


def translate_value(value: SigmaType, field: Field, fields: Mapping[str, Field], lists: Lists) -> Expression:
    """Turn one value of a selection into tests.

    Raises ``ValueError`` with a reason when the value does not fit the field's kind.
    """
    for kind, translate in _TRANSLATORS:
        if isinstance(value, kind):
            return translate(value, field, fields, lists)
    raise ValueError(f"{type(value).__name__} is not supported")


def _null(_: SigmaNull, field: Field, *_rest: Any) -> Expression:
    return Leaf(field.name, Missing(missing=True))


def _exists(value: SigmaExists, field: Field, *_rest: Any) -> Expression:
    return Leaf(field.name, Missing(missing=not value.exists))


def _boolean(value: SigmaBool, field: Field, *_rest: Any) -> Expression:
    if field.kind != "boolean":
        raise ValueError(_misfit(field, str(value.boolean).lower()))
    return Leaf(field.name, Compare("eq", int(value.boolean)))


def _number(value: SigmaNumber, field: Field, *_rest: Any) -> Expression:
    if is_text(field):
        raise ValueError(f"{_misfit(field, str(value))}; quote the value")
    _need(field, number=True, what=str(value))
    return Leaf(field.name, Compare("eq", value.number))


def _compare(value: SigmaCompareExpression, field: Field, *_rest: Any) -> Expression:
    how = _COMPARE[value.op]
    _need(field, number=True, what=f"modifier {how!r}")
    return Leaf(field.name, Compare(how, value.number.number))


def _cidr(value: SigmaCIDRExpression, field: Field, *_rest: Any) -> Expression:
    _need(field, number=False, what="modifier 'cidr'")
    return Leaf(field.name, Network(str(value.network)))


def _regex(value: SigmaRegularExpression, field: Field, *_rest: Any) -> Expression:
    _need(field, number=False, what="modifier 're'")
    flags = "".join(sorted(value.sigma_to_re_flag[flag] for flag in value.flags))
    return Leaf(field.name, Pattern((f"(?{flags})" if flags else "") + str(value.regexp.original)))


def _reference(value: SigmaFieldReference, field: Field, fields: Mapping[str, Field], _lists: Lists) -> Expression:
    other = fields.get(value.field)
    if other is None:
        raise ValueError(f"unknown field {value.field!r}{suggest(value.field, fields)}")
    if is_text(field) != is_text(other) or is_number(field) != is_number(other) or field.kind == "time":
        raise ValueError(f"{field.name} ({field.kind}) cannot be compared to {other.name} ({other.kind})")
    where: Literal["all", "start", "end", "inside"] = "all"
    if value.starts_with or value.ends_with:
        _need(field, number=False, what="a part of the value")
        where = "inside" if value.starts_with and value.ends_with else "start" if value.starts_with else "end"
    return Leaf(field.name, SameAs(other.name, where))


def _string(value: SigmaString, field: Field, _fields: Mapping[str, Field], lists: Lists) -> Expression:
    whole = expand_whole(value, field, lists)
    if whole is not None:
        return AnyOf(tuple(Leaf(field.name, match) for match in whole))
    _need(field, number=False, what=f"text {str(value)!r:.60}")
    if value.contains_placeholder():
        return AnyOf(tuple(Leaf(field.name, _text_match(text)) for text in expand_inside(value, lists)))
    return Leaf(field.name, _text_match(value))


def _text_match(value: SigmaString) -> Match:
    """Choose the cheapest test that means the same as the wildcards."""
    cased = isinstance(value, SigmaCasedString)
    parts = list(value.s)
    many = SpecialChars.WILDCARD_MULTI
    if parts == [many]:
        return Missing(missing=False)
    texts = [part for part in parts if isinstance(part, str)]
    shape = [isinstance(part, str) for part in parts]
    text = "".join(texts) if cased else "".join(texts).casefold()
    if all(shape):
        return Equals(text, cased)
    if SpecialChars.WILDCARD_SINGLE not in parts and shape in ([True, False], [False, True], [False, True, False]):
        return Affix(text, "inside" if len(shape) == 3 else "start" if shape[0] else "end", cased)
    body = "".join(re.escape(part) if isinstance(part, str) else ".*" if part is many else "." for part in parts)
    regex = f"(?{'s' if cased else 'is'})\\A{body}\\z"
    try:
        compile_regex(regex)
    except default_policy.regex_engine.error as error:
        raise ValueError(f"wildcards cannot be compiled: {error}") from error
    return Pattern(regex)


def _need(field: Field, *, number: bool, what: str) -> None:
    if not (is_number(field) if number else is_text(field)):
        raise ValueError(_misfit(field, what))


def _misfit(field: Field, what: str) -> str:
    kind = f"a list of {'text' if is_text(field) else 'numbers'}" if is_list(field) else f"of kind {field.kind}"
    return f"{what} does not fit {field.name}, which is {kind}"


def _refused(value: SigmaType, *_rest: Any) -> Expression:
    raise ValueError(f"{type(value).__name__} is not supported")


_TRANSLATORS: tuple[tuple[type[SigmaType], Callable[..., Expression]], ...] = (
    (SigmaNull, _null),
    (SigmaExists, _exists),
    (SigmaBool, _boolean),
    (SigmaTimestampPart, _refused),
    (SigmaNumber, _number),
    (SigmaCompareExpression, _compare),
    (SigmaCIDRExpression, _cidr),
    (SigmaRegularExpression, _regex),
    (SigmaFieldReference, _reference),
    (SigmaString, _string),
)
