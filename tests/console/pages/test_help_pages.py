"""Help in the console."""

from __future__ import annotations

import pytest

from tests.support.consoles import Console
from tests.support.pages import Pages


def test_pages_are_listed_and_searched(console: Console) -> None:
    """Whoever has an account of a person may read them."""
    for name in ("analyst", "auditor", "park_admin", "enterprise_user"):
        assert 'href="/help/site-file"' in console.as_(name).get("/help").text
    found = console.as_("analyst").get("/help?q=Purdue").text
    assert "/help/site-file" in found
    assert "Nothing was found" in console.as_("analyst").get("/help?q=xyzzy-plugh").text


def test_one_page_is_shown(console: Console) -> None:
    """With its title; one that is not there answers 404."""
    page = console.as_("analyst").get("/help/site-file")
    assert '<h1 lang="en">The site file</h1>' in page.text
    assert "<table>" in page.text
    assert console.as_("analyst").get("/help/README").status_code == 404
    assert console.as_("analyst").get("/help/..%2FREADME").status_code == 404


def test_a_page_of_the_other_language_says_so(console: Console) -> None:
    """The reader learns why it is not in his."""
    assert "这一篇还没有中文" in console.as_("analyst", "zh").get("/help/site-file").text
    assert "这一篇还没有中文" not in console.as_("analyst", "zh").get("/help/risk").text


@pytest.mark.needs_chromium
def test_a_reader_finds_a_page(pages: Pages) -> None:
    """By words, then by a link."""
    page = pages.open("/help", "analyst", bypass_policy=True)
    page.locator("#main input[name=q]").fill("ground plan")
    page.keyboard.press("Enter")
    page.locator(".help-list a").first.click()
    page.locator("article.help-text").wait_for()
    pages.check(page)
    pages.shoot_all("/help/site-file", "help", "analyst")
