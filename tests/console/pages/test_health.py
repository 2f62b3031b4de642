"""The page of health."""

from __future__ import annotations

import pytest

from tests.support.consoles import Console
from tests.support.pages import Pages


def test_it_tells_how_things_are(console: Console) -> None:
    """In both languages; accounts only to whom they concern."""
    for language, word in (("zh", "记录存储"), ("en", "The store of records")):
        page = console.as_("park_admin", language).get("/health")
        assert page.status_code == 200
        assert word in page.text
    assert "Accounts</h2>" in page.text
    assert "Accounts</h2>" not in console.as_("analyst").get("/health").text


@pytest.mark.needs_chromium
def test_it_is_readable(pages: Pages) -> None:
    """No fault of accessibility."""
    pages.check(pages.open("/health", "park_admin", bypass_policy=True))
    pages.shoot_all("/health", "health", "park_admin")
