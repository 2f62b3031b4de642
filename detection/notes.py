"""Reads what a rule says about itself in Chinese; Sigma's own ``title``, ``description`` and the like are English.

Whatever a page shows of a rule in one language it must be able to show in the other: a rule that explains itself in
English only has a fault.
"""

from __future__ import annotations

from typing import Any

from detection.rule import Notes
from detection.sigma import Head

_AT = ("wanglou", "zh")
_NOTHING = Notes("", "", (), ())


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
            return _NOTHING
        given = reader.mapping(block, "zh", "wanglou")
        reader.check_keys(given, ("title", "description", "falsepositives", "references"), *_AT)
        reader.text(given, "title", *_AT, required=bool(given))
    if not isinstance(given, dict) or not given:
        return _NOTHING  # whoever reads the block tells what is wrong with it
    description = reader.text(given, "description", *_AT, required=bool(head.description))
    falsepositives = _read_list(head, given, "falsepositives", required=True)
    references = _read_list(head, given, "references", required=False) or head.lists.get("references", ())
    return Notes(str(given.get("title", "")), description, falsepositives, references)


def _read_list(head: Head, given: dict[str, Any], key: str, *, required: bool) -> tuple[str, ...]:
    """Read the Chinese of a list of the rule; references may be left out, where they are names of documents alone."""
    english = head.lists.get(key, ())
    chinese = head.reader.texts(given, key, *_AT, required=required and bool(english))
    if key in given and len(chinese) != len(english):
        message = f"{key!r} must say what the rule's own say: {len(english)} of them, not {len(chinese)}"
        head.reader.fault(message, *_AT, key)
    return chinese
