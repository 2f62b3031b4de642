"""Hunting as people see it: completion, pivot, panel, downloads; no grave fault of accessibility."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.support.consoles import EVER
from tests.support.pages import HEIGHTS, Pages

pytestmark = pytest.mark.needs_chromium
LIST = f"/hunt?{EVER}&dataset=dns"


def test_a_hunt_from_field_to_packets(pages: Pages) -> None:
    """A field and a value are completed, a value of the panel narrows further, the packets are shown."""
    page = pages.open(LIST, "analyst")
    page.locator("#query").click()
    page.keyboard.type("dns.question.ty", delay=20)
    expect(page.locator(".suggestion", has_text="dns.question.type")).to_be_visible()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.locator("#query")).to_have_value("dns.question.type:")
    expect(page.locator(".suggestion", has_text="TXT")).to_be_visible()
    page.locator(".suggestion", has_text="TXT").click()
    page.keyboard.press("Enter")
    expect(page.locator(".chip")).to_have_count(1)
    page.locator("tr.row .row-link").first.click()
    value = page.locator("#side dd .entity", has_text="10.20.").first
    value.hover()
    value.locator(".entity-menu").click()
    page.locator("[data-does=without]").click()
    expect(page.locator(".chip")).to_have_count(2)
    assert "NOT" in page.locator("#query").input_value()
    page.go_back()
    page.locator("tr.row .row-link").first.click()
    page.locator("#side .story-actions a").first.click()
    page.wait_for_url(re.compile("/evidence/"))
    expect(page.locator(".hex")).to_be_visible(timeout=30_000)


def test_escape_closes_the_suggestions_only(pages: Pages) -> None:
    """What was typed stays, and nothing is asked."""
    page = pages.open(LIST, "analyst")
    page.locator("#query").click()
    page.keyboard.type("source", delay=20)
    expect(page.locator("#suggestions")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#suggestions")).to_have_count(0)
    expect(page.locator("#query")).to_have_value("source")


@pytest.mark.parametrize("width", HEIGHTS)
@pytest.mark.parametrize(
    "path", [LIST, f"/identifiers?{EVER}", f"/identifiers?{EVER}&view=records", f"/hunt/rule?{EVER}&dataset=dns&q=A"]
)
def test_pages_have_no_grave_fault_of_accessibility(pages: Pages, path: str, width: int) -> None:
    """axe-core finds nothing serious, and no page is wider than the screen."""
    page = pages.open(path, "analyst", width=width, bypass_policy=True)
    pages.check(page)
    pages.check_width(page)


@pytest.mark.parametrize(
    ("path", "name"),
    [
        (LIST, "hunt"),
        ("/hunt", "hunt-empty"),
        (f"{LIST}&q=dns.id:(", "hunt-wrong-query"),
        (f"/identifiers?{EVER}", "identifiers"),
        (f"/identifiers?{EVER}&view=records", "identifier-records"),
    ],
)
def test_pages_are_kept_as_pictures(pages: Pages, path: str, name: str) -> None:
    """Pictures: one of each, all ways where they are asked for."""
    assert all(one.is_file() for one in pages.shoot_all(path, name, "analyst"))
    pages.faults = [one for one in pages.faults if "status of 40" not in one]
