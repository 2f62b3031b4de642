"""Saved views on the page of alerts."""

from __future__ import annotations

import html
import json
import re
from urllib.parse import unquote

import pytest
from starlette.testclient import TestClient

from console.toast import COOKIE
from tests.support.consoles import EVER, Console
from tests.support.pages import Pages

QUERY = f"{EVER}&state=all&severity=high&cursor=x&selected=y"


def save(client: TestClient, name: str, **more: str) -> str:
    """Save a view of the alerts; gives where that leads."""
    answer = client.post("/views", data={"page": "/alerts", "name": name, "query": QUERY, **more})
    assert answer.status_code == 303, answer.text
    return str(answer.headers["location"])


def test_a_view_is_saved_renamed_deleted_and_brought_back(console: Console) -> None:
    """The page lists it, its link keeps filter and time but no place in the list; undo saves it again."""
    client = console.as_("reviewer")
    place = save(client, " Night  <shift> ")
    assert place == f"/alerts?{EVER}&state=all&severity=high"
    page = client.get(place).text
    assert "Night &lt;shift&gt;" in page
    assert 'name="shared"' not in page
    renaming = re.search(r'action="(/views/[^"]+)/rename"', page)
    assert renaming
    done = client.post(f"{renaming[1]}/rename", data={"name": "Day shift", "back": place})
    assert done.headers["location"] == place
    assert "Day shift" in client.get(place).text
    gone = client.post(f"{renaming[1]}/delete", data={"back": "https://elsewhere.example/"})
    assert gone.headers["location"] == "/alerts"
    assert "Day shift" not in client.get(place).text
    toast = json.loads(unquote(gone.cookies[COOKIE].strip('"')))
    fields = dict(part.split("=", 1) for part in toast["fields"].split("&"))
    again = client.post(toast["undo"], data={name: unquote(one.replace("+", " ")) for name, one in fields.items()})
    assert again.headers["location"] == place
    assert "Day shift" in client.get(place).text


def test_views_are_ones_own_unless_an_analyst_shares_them(console: Console) -> None:
    """Others see shared ones only, and do not change them; somebody bound to an enterprise sees none of others."""
    save(console.as_("analyst"), "mine alone")
    save(console.as_("analyst"), "for all", shared="1")
    assert 'name="shared"' in console.as_("analyst").get(f"/alerts?{EVER}").text
    seen = console.as_("reviewer").get(f"/alerts?{EVER}").text
    assert "for all" in seen
    assert "mine alone" not in seen
    assert "for all" not in console.as_("enterprise_user").get(f"/alerts?{EVER}").text
    refused = console.as_("reviewer").post("/views", data={"page": "/alerts", "name": "n", "query": "", "shared": "1"})
    assert refused.status_code == 400


@pytest.mark.parametrize("page", ["/incidents", "/assets", "/hunt"])
def test_each_page_with_a_list_has_its_own(console: Console, page: str) -> None:
    """A view saved there is listed there, marked while it is looked at, and not listed on another page."""
    client = console.as_("responder")
    name = f"of {page}"
    made = client.post("/views", data={"page": page, "name": name, "query": f"{EVER}&q=10.20.1.200&cursor=x"})
    place = str(made.headers["location"])
    assert place == f"{page}?{EVER}&q=10.20.1.200"
    text = html.unescape(client.get(place).text)
    assert f'href="{place}" aria-current="true"><span class="views-name">{name}</span>' in text
    assert name not in client.get(f"/alerts?{EVER}").text


@pytest.mark.needs_chromium
def test_a_view_is_saved_and_deleted_on_a_phone(pages: Pages) -> None:
    """From the menu of incidents, which stays within the page."""
    page = pages.open("/incidents?status=all&sort=-alerts", "analyst", width=390, bypass_policy=True)
    page.locator(".views > summary").click()
    page.get_by_label("Save this view as").fill("The busiest ones")
    page.locator(".views-new button").click()
    page.locator(".toast").wait_for()
    page.locator(".views > summary").click()
    shown = page.locator(".views-list .menu-item", has_text="The busiest ones")
    assert shown.get_attribute("aria-current") == "true"
    page.locator(".views-list li", has_text="The busiest ones").locator(".views-change > summary").click()
    box = page.locator(".views .menu-body").bounding_box()
    assert box is not None
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= 390
    pages.check(page)
    pages.shoot(page, "views-390-en-light")
    page.locator(".views-change[open]").get_by_role("button", name="Delete").click()
    page.wait_for_load_state("networkidle")
    assert page.locator(".views-name", has_text="The busiest ones").count() == 0


def test_what_is_no_view_is_refused(console: Console) -> None:
    """No name, a page that is none or not one's own, a query without end: told, and nothing is kept."""
    client = console.as_("leader")
    for given in (
        {"page": "/alerts", "name": "leaders see no alerts"},
        {"page": "//evil.example", "name": "elsewhere"},
        {"page": "/incidents", "name": " \t "},
        {"page": "/incidents", "name": "x" * 81},
        {"page": "/incidents", "name": "long", "query": "q=" + "x" * 9_000},
        {"page": "/incidents", "name": "many", "query": "&".join(["a=b"] * 200)},
    ):
        assert client.post("/views", data=given).status_code == 400, given
    assert client.post("/views/view-0/delete").status_code == 404
