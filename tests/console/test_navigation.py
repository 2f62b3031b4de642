"""Which pages a reader sees."""

from __future__ import annotations

import re

from console.assets import STATIC
from console.navigation import GROUPS, find_home, list_groups, list_short
from tests.support.visits import make_visit


def test_a_role_sees_what_it_may_use() -> None:
    """Also only pages that this console has."""
    visit = make_visit(role="analyst", paths={"/alerts", "/users", "/hunt"})
    names = [one.place.name for _, entries in list_groups(visit) for one in entries]
    assert names == ["alerts", "hunt"]
    assert find_home(visit) == "/alerts"
    assert find_home(make_visit(role="auditor", paths={"/alerts"})) == "/account"


def test_the_current_page_is_marked() -> None:
    """Pages below it too."""
    visit = make_visit(role="analyst", path="/alerts/alert-1", paths={"/alerts", "/assets"})
    assert [one.is_current for _, entries in list_groups(visit) for one in entries] == [True, False]
    assert len(list_short(visit)) == 2


def test_keys_and_icons_are_there_once() -> None:
    """No two pages share a key; each has its icon."""
    places = [place for _, group in GROUPS for place in group]
    keys = [place.key for place in places if place.key]
    assert len(keys) == len(set(keys))
    icons = set(re.findall(r'<symbol id="(\w+)"', (STATIC / "icons.svg").read_text()))
    assert {place.name for place in places} <= icons
