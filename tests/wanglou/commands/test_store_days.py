"""What goes is told as an age or as the first day that stays."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from wanglou.commands.store_days import read_age
from wanglou.errors import UsageError


def test_ages() -> None:
    """Days, weeks, or the first day that stays."""
    today = datetime.now(UTC).date()
    assert read_age("2026-11-21") == date(2026, 11, 21)
    assert read_age("14d") in (read_age("2w"), read_age("2w") + timedelta(days=1))
    assert today - read_age("0d") <= timedelta(days=1)
    for wrong in ("", "d", "-1d", "1y", "2026-13-01", "99999999d", "²d", "2999-01-01"):
        with pytest.raises(UsageError):
            read_age(wrong)
