"""The frame as people see it: keyboard, side panel, filters, narrow screens, both themes."""

from __future__ import annotations

import re
from typing import Literal

import pytest
from playwright.sync_api import Page, expect

from tests.support.accounts import ADMIN
from tests.support.consoles import EVER
from tests.support.pages import HEIGHTS, Pages

pytestmark = pytest.mark.needs_chromium
LIST = f"/alerts?{EVER}"


@pytest.mark.parametrize("width", HEIGHTS)
@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("path", [LIST, "/account", "/alerts/nothing", f"{LIST}&q=rule.name:("])
def test_pages_have_no_grave_fault_of_accessibility(
    pages: Pages, path: str, width: int, theme: Literal["light", "dark"]
) -> None:
    """axe-core finds nothing serious, and no page is wider than the screen."""
    page = pages.open(path, "analyst", width=width, theme=theme, bypass_policy=True)
    pages.check(page)
    pages.check_width(page)
    if path not in {LIST, "/account"}:
        pages.expect_fault("status of 40")


def test_tabs_are_all_there_without_scripts(pages: Pages) -> None:
    """One below the other, each with its title; with scripts one at a time."""
    alert = pages.console.as_("analyst").get(f"/api/v1/alerts?{EVER}").json()["items"][0]["id"]
    for has_script, shown in ((True, 1), (False, 5)):
        page = pages.open(f"{LIST}&selected={alert}", "analyst", has_script=has_script)
        panels = page.locator("[role=tabpanel]")
        expect(panels).to_have_count(5)
        assert sum(panels.nth(place).is_visible() for place in range(5)) == shown


def test_the_keyboard_does_what_the_mouse_does(pages: Pages) -> None:
    """Keys j and k move, Enter opens the panel, Escape closes it, / goes to the query, ? shows the keys."""
    page = pages.open(LIST, "analyst")
    for key in "jjk":
        page.keyboard.press(key)
    expect(page.locator("tr.row").first).to_have_class(re.compile("is-here"))
    page.keyboard.press("Enter")
    expect(page.locator("#side .story-title")).to_be_visible()
    assert "selected=alert-" in page.url
    page.keyboard.press("Escape")
    expect(page.locator("#side")).to_be_hidden()
    page.keyboard.press("/")
    expect(page.locator("#query")).to_be_focused()
    page.locator("h1").click()
    page.keyboard.press("?")
    expect(page.locator("#keys")).to_be_visible()


def test_an_alert_is_acknowledged_and_taken_back(pages: Pages) -> None:
    """Key x selects, e acknowledges, the toast takes it back."""
    page = pages.open(LIST, "analyst")
    rows = page.locator("tr.row")
    page.keyboard.press("j")
    page.keyboard.press("x")
    expect(page.locator("#bulk")).to_be_visible()
    page.keyboard.press("e")
    expect(page.locator(".toast")).to_be_visible()
    expect(rows.first.locator(".is-state")).to_contain_text("Acknowledged")
    page.locator(".toast button").first.click()
    expect(rows.first.locator(".is-state")).to_contain_text("New")


def test_an_entity_filters_the_list(pages: Pages) -> None:
    """Its menu adds it to the query; the chip takes it away; the address holds both; back works."""
    page = pages.open(LIST, "analyst")
    entity = page.locator(".is-source .entity").first
    entity.hover()
    entity.locator(".entity-menu").click()
    page.locator("[data-does=only]").click()
    expect(page.locator(".chip")).to_have_count(1)
    assert "source.ip" in page.url
    page.locator(".chip a").first.click()
    expect(page.locator(".chip")).to_have_count(0)
    page.go_back()
    expect(page.locator(".chip")).to_have_count(1)


def test_shift_selects_a_range(pages: Pages) -> None:
    """Two clicks with shift choose what lies between them too."""
    page = pages.open(LIST, "analyst")
    boxes = page.locator("tr.row input[name=id]")
    boxes.nth(0).click()
    boxes.nth(3).click(modifiers=["Shift"])
    expect(page.locator("#bulk output")).to_have_text("4")


def test_brushing_the_histogram_narrows_the_time(pages: Pages) -> None:
    """What was brushed becomes ?from= and ?to=."""
    page = pages.open(LIST, "analyst")
    expect(page.locator(".chart canvas")).to_be_visible()
    box = page.locator(".chart").bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 30, box["y"] + 20)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.6, box["y"] + 20, steps=8)
    page.mouse.up()
    page.wait_for_url(re.compile(r"from=\d{4}-\d\d-\d\dT"))


def test_language_and_theme_are_switched(pages: Pages) -> None:
    """The menu switches both; they stay."""
    page = pages.open("/account", "leader", language="en")
    _press(page, "theme", "dark")
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    _press(page, "language", "zh")
    expect(page.locator("html")).to_have_attribute("lang", "zh-CN")
    pages.console.services.door.accounts.set_preferences("leader", {"language": "", "theme": ""}, ADMIN)


def test_a_phone_has_the_bar_below_and_cards(pages: Pages) -> None:
    """Below 720 px rows are cards, and the panel covers the page."""
    page = pages.open(LIST, "analyst", width=390)
    expect(page.locator("#bar")).to_be_visible()
    expect(page.locator("#nav")).to_be_hidden()
    page.locator("tr.row .row-link").first.click()
    expect(page.locator("#side .story-title")).to_be_visible()
    pages.shoot(page, "alert-panel-390-en-light")


def test_signing_in_leads_on(pages: Pages) -> None:
    """A wrong password says so without telling which field it was; the right one leads to where one wanted."""
    page = pages.open("/alerts?state=all")
    expect(page).to_have_url(re.compile("/sign-in"))
    page.fill("#field-name", "analyst")
    page.fill("#field-password", "wrong")
    page.keyboard.press("Enter")
    expect(page.locator(".notice.is-fault")).to_be_visible()
    pages.expect_fault("401")
    page.fill("#field-password", "Tall-Crane 47 over the Basin")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("/alerts.state=all"))


@pytest.mark.parametrize(
    ("path", "name", "who"),
    [
        (LIST, "alerts", "analyst"),
        (f"{LIST}&q=rule.name:(&from=2026-01-01", "wrong-query", "analyst"),
        ("/alerts", "alerts-empty", "analyst"),
        ("/account", "account", "analyst"),
        ("/second-factor", "second-factor", "analyst"),
        ("/password", "password", "analyst"),
        ("/sign-in", "sign-in", ""),
        ("/nothing", "not-found", "analyst"),
        ("/alerts", "not-permitted", "auditor"),
    ],
)
def test_pages_are_kept_as_pictures(pages: Pages, path: str, name: str, who: str) -> None:
    """Pictures of the frame's pages: one of each, all ways where they are asked for."""
    assert all(one.is_file() for one in pages.shoot_all(path, name, who))
    pages.faults = [one for one in pages.faults if "status of 40" not in one]


def _press(page: Page, name: str, value: str) -> None:
    page.locator(f"#main button[name={name}][value={value}]").click()
