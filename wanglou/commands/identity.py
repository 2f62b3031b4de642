"""Ids that people type: an id cut short names what it names alone, so tables show short ids and commands take them."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from wanglou.errors import UsageError

if TYPE_CHECKING:
    from correlation.store import Capture, Store

SHORTEST = 6
"""Hexadecimal digits a short id shows at least."""
ALERT_DIGITS = 8
"""Hexadecimal digits of an alert's short id: two of ten thousand alerts share one in one lake of a hundred."""
_ALERT = re.compile(r"alert-[0-9a-f]{1,32}")
_RECORD = re.compile(r"(?P<key>[0-9a-f]{1,16}(?:@.*)?)(?P<rest>-[a-z]+-\d+-\d+)", re.ASCII)


class ShortIds:
    """Shortens the ids of captures, records and alerts to what tells them apart."""

    def __init__(self, captures: Iterable[Capture]) -> None:
        """Learn which captures there are."""
        self._keys = {capture.record.key for capture in captures}
        self._length = _tell_apart({key[:16] for key in self._keys}, SHORTEST)
        self._heads = [key[: self._length] for key in self._keys]

    def of_capture(self, key: str) -> str:
        """Shorten a capture's key; the enterprise stays where the digits alone name several captures."""
        head = key[: self._length]
        return head if self._heads.count(head) < 2 else head + key[16:]

    def of_event(self, event_id: str) -> str:
        """Shorten an ``event.id`` of a record or an alert."""
        if _ALERT.fullmatch(event_id):
            return event_id[: len("alert-") + ALERT_DIGITS]
        found = _RECORD.fullmatch(event_id)
        return self.of_capture(found["key"]) + found["rest"] if found else event_id


def _tell_apart(words: Collection[str], least: int) -> int:
    longest = max(map(len, words), default=least)
    lengths = range(least, longest)
    return next((length for length in lengths if len({word[:length] for word in words}) == len(words)), longest)


def find_capture(captures: Sequence[Capture], text: str) -> Capture:
    """Find the one capture whose id begins with ``text``, before and after the ``@``; or the one of that name.

    Raises UsageError when there is none, and when there are several.
    """
    head, at, enterprise = text.partition("@")
    found = [
        capture
        for capture in captures
        if text in (capture.record.name, Path(capture.record.name).name)
        or (
            head
            and capture.record.identity.startswith(head)
            and (not at or capture.record.key[16:] == f"@{enterprise}")
        )
    ]
    if len(found) == 1:
        return found[0]
    if not found:
        raise UsageError(f"no capture {text!r} in the lake", do="`wanglou capture list` shows them")
    ids = ", ".join(capture.record.key for capture in found[:5])
    raise UsageError(f"{text!r} names {len(found)} captures: {ids}", do="give more of the id")


def resolve_event(lake: Store, text: str) -> str:
    """Complete a short id of a record or an alert; raises UsageError when it names none or several."""
    if _ALERT.fullmatch(text):
        return _resolve_alert(lake, text)
    found = _RECORD.fullmatch(text)
    if found is None:
        raise UsageError(
            f"{text!r} is no id", do="give one from `wanglou search` or `wanglou alerts`, such as 4d30e9-modbus-20-0"
        )
    return find_capture(lake.captures(), found["key"]).record.key + found["rest"]


def _resolve_alert(lake: Store, text: str) -> str:
    ids = [
        identity
        for batch in lake.search("alert", f"event.id:{text}*", limit=2)
        for identity in batch.column("event.id").to_pylist()
    ]
    if not ids:
        raise UsageError(f"no alert {text!r} in the lake", do="`wanglou alerts` shows them")
    if len(ids) > 1:
        raise UsageError(f"{text!r} names several alerts", do="give more of the id")
    return str(ids[0])
