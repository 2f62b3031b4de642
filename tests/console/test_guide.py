"""The question mark of each page."""

from __future__ import annotations

import html
import re
from urllib.parse import unquote

import pytest

from console.guide import HEADINGS, find_heading
from console.navigation import GROUPS
from console.routing import list_routes
from tests.support.consoles import EVER, Console
from tests.support.pages import Pages

HELP = re.compile(r'<a class="top-help" hx-boost="false" href="(/help/console#([^"]+))"')
READERS = {"/users": "park_admin", "/settings": "park_admin", "/audit": "auditor"}
"""Who reads the pages that an analyst does not."""
PLACES = [place.path for _, places in GROUPS for place in places]


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_page_of_the_navigation_leads_to_its_section(console: Console, language: str) -> None:
    """The section is there, in the reader's language, under a heading of its own."""
    seen = set()
    for path in PLACES:
        client = console.as_(READERS.get(path, "analyst"), language)
        page = client.get(f"{path}?{EVER}")
        assert page.status_code == 200, path
        found = HELP.search(page.text)
        assert found is not None, path
        guide = client.get(html.unescape(found[1]).partition("#")[0])
        assert f'id="{unquote(html.unescape(found[2]))}"' in guide.text, path
        assert ('lang="zh-CN"' in guide.text) == (language == "zh")
        seen.add(found[2])
    assert len(seen) == len(PLACES)


def test_every_page_that_is_served_has_a_section(console: Console) -> None:
    """Whatever stands in the frame; and no line of the table is about a page that is not there."""
    bare = {"/sign-in", "/start", "/events", "/healthz", "/readyz", "/metrics"}
    paths = {one.path for one in list_routes(console.app) if one.method == "GET" and not one.path.startswith("/api/")}
    assert {path for path in paths - bare if find_heading(path) is None} == set()
    first = {"/" + path.strip("/").partition("/")[0] for path in paths}
    assert set(HEADINGS) <= first


@pytest.mark.needs_chromium
def test_the_question_mark_opens_the_section_of_the_page(pages: Pages) -> None:
    """On a phone too; the section stands in view."""
    page = pages.open(f"/incidents?{EVER}", "analyst", width=390, language="zh", bypass_policy=True)
    pages.check_width(page)
    page.locator(".top-help").click()
    page.wait_for_url("**/help/console#*")
    page.get_by_role("heading", name="事件", exact=True).wait_for()
    box = page.get_by_role("heading", name="事件", exact=True).bounding_box()
    assert box is not None
    assert 0 <= box["y"] < 844
    pages.check(page)
    pages.shoot(page, "help-390-zh-light")
