"""Pages of assets and risk in a browser: what people come for, their looks, and that they can be used by everybody."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from tests.support.consoles import EVER, Console
from tests.support.pages import Pages, look_at

pytestmark = pytest.mark.needs_chromium
PATHS = {
    "assets": "/assets",
    "asset": "/assets/{id}",
    "asset-edit": "/assets/{id}/edit",
    "asset-history": "/assets/{id}?tab=history",
    "asset-dealings": f"/assets/{{id}}?tab=dealings&{EVER}",
    "asset-values": f"/assets/{{id}}?tab=values&{EVER}",
    "asset-alerts": f"/assets/{{id}}?tab=alerts&{EVER}",
    "asset-risk": "/assets/{id}?tab=risk",
    "assets-none": "/assets?q=nothing-is-called-so",
    "assets-import": "/assets/import",
    "topology": f"/assets/topology?{EVER}",
    "conversations": f"/assets/conversations?{EVER}",
    "risk": "/risk",
    "risk-weights": "/risk/weights",
}


@pytest.fixture(scope="module")
def identity(stock: Console) -> str:
    """Id of a controller."""
    return str(stock.program("analyst").get("/api/v1/assets?type=plc&sort=-risk").json()["items"][0]["id"])


@pytest.fixture
def stocked(stock: Console, chromium: Browser) -> Iterator[Pages]:
    """Give pages of the console with assets; at the end none may have had a fault."""
    with look_at(chromium, stock) as pages:
        yield pages
        pages.finish()


def test_an_asset_is_found_opened_edited_and_taken_back(stocked: Pages) -> None:
    """From the list by a facet and the panel to the form, by keyboard and mouse; the toast takes it back."""
    page = stocked.open("/alerts", "analyst")
    page.locator("#nav a[href^='/assets']").click()
    expect(page.locator("h1")).to_have_text("Assets")
    page.locator(".facet-menu summary", has_text="Type").click()
    page.locator(".facet-choice", has_text="Controller").first.click()
    expect(page.locator(".facet-menu.is-on")).to_have_count(1)
    page.locator("h1").click()
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    expect(page.locator("#side .story-title")).to_be_visible()
    page.locator("#side").get_by_role("link", name="Edit").click()
    page.fill("#field-owner", "Wang")
    page.get_by_role("button", name="Save").click()
    expect(page.locator(".toast")).to_be_visible()
    expect(page.locator(".facts").first).to_contain_text("Wang")
    page.locator(".toast button").first.click()
    expect(page.locator(".facts").first).not_to_contain_text("Wang")


def test_a_file_is_read_into_the_form(stocked: Pages) -> None:
    """Its text is put into the box, also from GB 18030, and its faults are told."""
    page = stocked.open("/assets/import", "analyst", language="zh")
    content = "addresses,owner\nx,张工\n".encode("gb18030")
    page.set_input_files("#import-file", {"name": "a.csv", "mimeType": "text/csv", "buffer": content})
    expect(page.locator("[data-file-name]")).to_have_text("a.csv")
    expect(page.locator("#field-text")).to_have_value("addresses,owner\nx,张工\n")
    page.get_by_role("button", name="检查").click()
    expect(page.locator(".summary")).to_contain_text("不是 IP 地址")
    stocked.expect_fault("422")


@pytest.mark.parametrize("name", PATHS)
def test_everybody_can_use_the_page(stocked: Pages, identity: str, name: str) -> None:
    """axe-core finds nothing serious, light and dark, and no page is wider than a phone."""
    for width, theme in ((1280, "light"), (390, "dark")):
        page = stocked.open(
            PATHS[name].format(id=identity), "analyst", width=width, theme=theme, bypass_policy=True  # type: ignore[arg-type] # one of both
        )  # fmt: skip
        stocked.check(page)
        stocked.check_width(page)


@pytest.mark.parametrize("name", PATHS)
def test_the_page_is_kept_as_a_picture(stocked: Pages, identity: str, name: str) -> None:
    """One picture of each, all ways where they are asked for."""
    assert all(one.is_file() for one in stocked.shoot_all(PATHS[name].format(id=identity), name, "analyst"))
