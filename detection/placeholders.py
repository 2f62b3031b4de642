"""``|expand``: ``%name%`` in a rule stands for every value of that list of the site file; an absent list is empty."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator, Mapping

from sigma.exceptions import SigmaError
from sigma.types import Placeholder, SigmaCasedString, SigmaString, SpecialChars

from detection.columns import is_number, is_text
from detection.matches import Compare, Equals, Match, Network
from parsers.schema import Field
from wanglou.site import ListValue

Lists = Mapping[str, tuple[ListValue, ...]]


def expand_whole(text: SigmaString, field: Field, lists: Lists) -> list[Match] | None:
    """Expand a value that is one placeholder and nothing else; None when it is not.

    On address fields a list value with a slash is a range. Raises ``ValueError`` for a list value of the wrong type.
    """
    if len(text.s) != 1 or not isinstance(text.s[0], Placeholder):
        return None
    name = text.s[0].name
    cased = isinstance(text, SigmaCasedString)
    return [_match(value, name, field, cased=cased) for value in lists.get(name, ())]


def expand_inside(text: SigmaString, lists: Lists) -> list[SigmaString]:
    """Expand placeholders amid other text, at most 200 results.

    Raises ``ValueError`` when there are more.
    """

    def values(placeholder: Placeholder) -> Iterator[str | SpecialChars | Placeholder | SigmaString]:
        yield from (str(value) for value in lists.get(placeholder.name, ()))

    try:
        return text.replace_placeholders(values)
    except SigmaError as error:
        raise ValueError(str(error)) from error


def _match(value: ListValue, name: str, field: Field, *, cased: bool) -> Match:
    if is_text(field) and isinstance(value, str):
        if field.kind == "ip" and "/" in value:
            return Network(str(ipaddress.ip_network(value, strict=False)))
        return Equals(value if cased else value.casefold(), cased)
    if is_number(field) and isinstance(value, int | float) and not isinstance(value, bool):
        return Compare("eq", value)
    raise ValueError(
        f"value {value!r} of the site's list {name!r} does not fit {field.name}, which is of kind {field.kind}"
    )
