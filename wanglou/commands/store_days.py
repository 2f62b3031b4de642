"""Days of a store that go: which, and how much they hold."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

from wanglou.commands.figures import write_count, write_size
from wanglou.errors import UsageError

if TYPE_CHECKING:
    from correlation.store import Expired


def read_age(text: str) -> date:
    """Read ``90d``, ``12w`` or a day ``2026-11-21`` as the first day that stays; raises UsageError.

    Days after tomorrow are refused: nothing would stay, which is hardly what was meant.
    """
    today = datetime.now(UTC).date()
    if text[-1:] in ("d", "w") and text[:-1].isdecimal() and len(text) <= 6:
        return today - timedelta(days=int(text[:-1]) * (7 if text[-1] == "w" else 1))
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise UsageError(f"{text!r} is no age", where="--older-than", do="give 90d, 12w, or a day 2026-11-21") from None
    last = today + timedelta(days=1)
    if day > last:
        raise UsageError(f"{day} is yet to come", where="--older-than", do=f"give a day up to {last}")
    return day


def add_up(gone: Sequence[Expired]) -> dict[str, str]:
    """Add up days, records and bytes, for a sentence."""
    records = sum(sum(day.rows.values()) for day in gone)
    size = write_size(sum(day.size_bytes for day in gone))
    return {"days": write_count(len(gone)), "records": write_count(records), "size": size}


def tell_days(gone: Sequence[Expired]) -> Iterator[tuple[str, ...]]:
    """Give day, records and size, for a table."""
    for day in gone:
        yield day.day, write_count(sum(day.rows.values())), write_size(day.size_bytes)
