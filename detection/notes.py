"""Reads what a rule says about itself in Chinese; Sigma's own ``title``, ``description`` and the like are English.

Whatever a page shows of a rule in one language it must be able to show in the other: a rule that explains itself in
English only has a fault.
"""

from __future__ import annotations

from typing import Any

from detection.rule import Notes
from detection.sigma import Head

_AT = ("wanglou", "zh")


def is_feeder(top: dict[str, Any], *, is_main: bool) -> bool:
    """Tell whether a document is a base rule that never alerts: its ``wanglou`` block, if any, only translates it."""
    block = top.get("wanglou", {})
    return not is_main and isinstance(block, dict) and set(block) <= {"zh"}


def read_chinese(head: Head, *, is_main: bool) -> Notes:
    """Read ``wanglou.zh`` as far as it is about the rule itself; what is missing there becomes a fault."""
    reader = head.reader
    top: dict[str, Any] = reader.document.value
    block = top.get("wanglou", {})
    given = block.get("zh", {}) if isinstance(block, dict) else None
    if is_feeder(top, is_main=is_main):
        if not given:
            reader.fault('its title in Chinese is missing; write wanglou: {zh: {title: "..."}}', *_AT)
            return Notes("", "", ())
        given = reader.mapping(block, "zh", "wanglou")
        reader.check_keys(given, ("title", "description", "falsepositives"), *_AT)
        reader.text(given, "title", *_AT, required=bool(given))
    if not isinstance(given, dict) or not given:
        return Notes("", "", ())  # whoever reads the block tells what is wrong with it
    description = reader.text(given, "description", *_AT, required=bool(head.description))
    return Notes(str(given.get("title", "")), description, _read_falsepositives(head, given))


def _read_falsepositives(head: Head, given: dict[str, Any]) -> tuple[str, ...]:
    english = head.lists.get("falsepositives", ())
    chinese = head.reader.texts(given, "falsepositives", *_AT, required=bool(english))
    if "falsepositives" in given and len(chinese) != len(english):
        message = f"'falsepositives' must say what the rule's own say: {len(english)} of them, not {len(chinese)}"
        head.reader.fault(message, *_AT, "falsepositives")
    return chinese
