"""The pages of incidents as people use them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from tests.support.cases import list_cases, open_cases
from tests.support.pages import HEIGHTS, Pages, Theme, look_at

pytestmark = pytest.mark.needs_chromium


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory, chromium: Browser) -> Iterator[Pages]:
    """Serve a console with incidents of its own."""
    with open_cases(tmp_path_factory.mktemp("pages")) as console, look_at(chromium, console) as pages:
        yield pages


@pytest.fixture
def pages(served: Pages) -> Iterator[Pages]:
    """Give its pages; at the end no page may have had a fault."""
    yield served
    served.finish()


def path_of(pages: Pages, part: str = "") -> str:
    """Give the address of the incident with the most alerts."""
    return f"/incidents/{list_cases(pages.console)[0].id}{part}"


@pytest.mark.parametrize("width", HEIGHTS)
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_pages_have_no_grave_fault_of_accessibility(pages: Pages, width: int, theme: Theme) -> None:
    """axe-core finds nothing serious, and no page is wider than the screen."""
    for path in ("/incidents", path_of(pages), path_of(pages, "/split"), path_of(pages, "/evidence")):
        page = pages.open(path, "analyst", width=width, theme=theme, bypass_policy=True)
        pages.check(page)
        pages.check_width(page)
        page.context.close()


def test_an_incident_is_opened_looked_at_and_closed(pages: Pages) -> None:
    """From the list on: a node lights its lines, tabs load, closing asks for a verdict, undo opens it again."""
    case = list_cases(pages.console)[0]
    page = pages.open("/alerts", "analyst")
    page.locator("#nav a", has_text="Incidents").click()
    page.locator(f"#row-{case.id} .is-status").click()
    expect(page.locator("#side .story-title")).to_have_text(case.incident.title_en)
    page.locator("#side .button.is-main").click()
    expect(page.locator("h1")).to_have_text(case.incident.title_en)
    node = page.locator(".graph-node").first
    node.focus()
    page.keyboard.press("Enter")
    expect(node).to_have_attribute("aria-pressed", "true")
    expect(page.locator(".moment.is-lit").first).to_be_visible()
    page.locator("[data-does=unselect]").click()
    expect(page.locator(".moment.is-lit")).to_have_count(0)
    page.locator("button.moment-title").nth(1).click()
    expect(page.locator(".graph-edge.is-lit")).to_have_count(1)
    page.locator(".stage button").first.click()
    expect(page.locator(".moment.is-lit").first).to_be_visible()
    for tab, inside in (("alerts", ".alert-lines li"), ("evidence", ".evidence-alert"), ("assets", "tbody tr")):
        page.locator(f"#incident-tabs-{tab}").click()
        expect(page.locator(f"#incident-tabs-{tab}-panel {inside}").first).to_be_visible()
    page.locator("#field-comment").fill("looked at")
    page.locator("button[name=status]").click()
    pages.expect_fault("status of 422")
    expect(page.locator("#field-comment")).to_have_value("looked at")
    page.locator("#field-verdict").select_option("attack")
    page.locator("button[name=status]").click()
    expect(page.locator(".incident-badges")).to_contain_text("Closed")
    page.locator(".toast button").first.click()
    expect(page.locator(".incident-badges")).to_contain_text("New")


def test_a_merge_from_the_list_is_taken_back(pages: Pages) -> None:
    """Two are chosen, one is left; the toast gives both back."""
    page = pages.open("/incidents", "analyst")
    rows = page.locator("tr.row")
    count = rows.count()
    for place in (0, 1):
        rows.nth(place).locator("input").check()
    page.locator("#bulk .button.is-main").click()
    expect(rows).to_have_count(count - 1)
    page.locator(".toast button").first.click()
    expect(page.locator("h1")).to_be_visible()
    page.goto(f"{pages.address}/incidents")
    expect(rows).to_have_count(count)


def test_filters_change_the_address(pages: Pages) -> None:
    """A choice shows at once what fits, and back goes back."""
    page = pages.open("/incidents", "analyst")
    page.locator("select[name=stage]").select_option("Discovery")
    expect(page.locator("tr.row")).to_have_count(1)
    assert "stage=Discovery" in page.url
    page.go_back()
    expect(page.locator("select[name=stage]")).to_have_value("")
