"""One request and what pages are made of."""

from __future__ import annotations

import pytest

from console.visit import THEME_COOKIE, ZONE_COOKIE
from tests.support.visits import make_account, make_guest, make_visit


@pytest.mark.parametrize(
    ("accepted", "language"),
    [("zh-CN,zh;q=0.9", "zh"), ("de, en;q=0.8", "en"), ("fr", "zh"), ("", "zh"), (";;;,,,", "zh")],
)
def test_the_language_is_the_browsers_unless_chosen(accepted: str, language: str) -> None:
    """Else that of the settings."""
    assert make_visit(language="", headers={"accept-language": accepted}).language == language
    assert make_visit(language="en", headers={"accept-language": accepted}).language == "en"


def test_the_account_remembers_better_than_the_browser() -> None:
    """What it chose holds on every machine."""
    visit = make_visit(language="en", cookies=f"{THEME_COOKIE}=light; {ZONE_COOKIE}=UTC")
    assert (visit.theme, visit.zone.key) == ("light", "UTC")
    visit = make_visit(language="en")
    visit.guest = make_guest("analyst")
    object.__setattr__(visit.guest, "account", make_account("analyst", preferences={"language": "zh", "theme": "dark"}))
    assert (visit.language, visit.theme) == ("zh", "dark")


def test_hostile_cookies_are_not_believed() -> None:
    """Neither a theme nor a zone that does not exist."""
    visit = make_visit(cookies=f"{THEME_COOKIE}=<x>; {ZONE_COOKIE}=../../etc/passwd")
    assert (visit.theme, visit.zone.key) == ("auto", "Asia/Shanghai")


def test_addresses_hold_the_whole_state() -> None:
    """A change keeps what else stands there; None takes away; other pages keep the time."""
    visit = make_visit(query="q=a&from=now-1h&state=all&cursor=x")
    assert visit.address(state="closed", cursor=None) == "/alerts?q=a&from=now-1h&state=closed"
    assert visit.address(from_="now-6h", q="", cursor=None) == "/alerts?from=now-6h&state=all"
    assert visit.keep("/assets") == "/assets?from=now-1h"
    assert visit.keep("/assets", q="x y") == "/assets?from=now-1h&q=x+y"


def test_nobody_may_nothing() -> None:
    """And sees nothing."""
    visit = make_visit(role=None)
    assert not visit.may("help.read")
    assert visit.enterprises == frozenset()
    assert not visit.scope.admits("chem")
    assert make_visit(role="analyst").may("alerts.read")


def test_parts_are_asked_for_by_htmx() -> None:
    """A boosted link asks for a page; so does what restores the history."""
    part = {"hx-request": "true", "hx-target": "side"}
    assert make_visit(headers=part).target == "side"
    assert make_visit(headers={**part, "hx-boosted": "true"}).target == ""
    assert make_visit(headers={**part, "hx-history-restore-request": "true"}).target == ""
    assert make_visit().target == ""


def test_the_actor_is_told_to_the_audit() -> None:
    """Who, and from where."""
    actor = make_visit(role="analyst").actor
    assert (actor.name, actor.origin) == ("user:li", "10.0.0.7")
