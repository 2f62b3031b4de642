"""The API of settings."""

from __future__ import annotations

from tests.support.consoles import Console
from wanglou.config import SETTINGS


def test_settings_are_listed(console: Console) -> None:
    """All of them."""
    answer = console.program("park_admin").get("/api/v1/settings").json()
    assert [one["key"] for one in answer["items"]] == [one.key for one in SETTINGS]
    assert answer["faults"] == []
