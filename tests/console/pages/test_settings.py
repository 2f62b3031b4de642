"""The page of settings."""

from __future__ import annotations

import pytest

from tests.support.consoles import Console
from tests.support.pages import Pages
from wanglou.config import SETTINGS


def test_every_setting_is_told(console: Console) -> None:
    """In both languages, with its key; nobody but the administrator sees them."""
    for language in ("zh", "en"):
        page = console.as_("park_admin", language).get("/settings")
        assert page.status_code == 200
        assert all(f">{one.key}<" in page.text for one in SETTINGS)
    assert console.as_("analyst").get("/settings").status_code == 403


@pytest.mark.needs_chromium
def test_it_is_readable(pages: Pages) -> None:
    """No fault of accessibility."""
    pages.check(pages.open("/settings", "park_admin", bypass_policy=True))
    pages.shoot_all("/settings", "settings", "park_admin")
