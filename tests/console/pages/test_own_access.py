"""One's own sessions and tokens."""

from __future__ import annotations

import re

import pytest

from console.visit import SESSION_COOKIE
from tests.support.consoles import Console
from tests.support.pages import Pages


def test_other_sessions_are_ended(console: Console) -> None:
    """One by one or all at once; this one stays."""
    client = console.as_("reviewer")
    others = [console.enter("reviewer")[0] for _ in range(2)]
    door = console.services.door
    named = next(one for one in door.sessions.list("reviewer") if one.id == _id(console, others[0]))
    assert client.post(f"/account/sessions/{named.id}/end").status_code == 303
    assert door.find_session(others[0]) is None
    assert door.find_session(others[1]) is not None
    assert client.post("/account/sessions/end").status_code == 303
    assert door.find_session(others[1]) is None
    assert client.get("/account").status_code == 200


def test_a_token_is_shown_once_and_revoked(console: Console) -> None:
    """With what was granted; wrong input is told at its field."""
    client = console.as_("analyst")
    assert client.post("/account/tokens", data={"label": "x"}).status_code == 422
    assert client.post("/account/tokens", data={"label": "x", "permission": "users.manage"}).status_code == 422
    made = client.post("/account/tokens", data={"label": "feed", "permission": "alerts.read", "days": "3"})
    found = re.search(r'id="secret">(wanglou_[\w-]+)<', made.text)
    assert found is not None
    assert found[1] not in client.get("/account/tokens").text
    token = console.services.door.tokens.find(found[1])
    assert token is not None
    assert token.permissions == {"alerts.read"}
    assert client.post(f"/account/tokens/{token.id}/revoke").status_code == 303
    assert console.services.door.tokens.find(found[1]) is None


def test_a_token_for_the_wall_comes_with_its_address(console: Console) -> None:
    """What follows the # opens the wall; a token that may not read it has no such address."""
    client = console.as_("analyst")
    other = client.post("/account/tokens", data={"label": "feed", "permission": "alerts.read", "days": "3"})
    assert "/wall/open#token=" not in other.text
    made = client.post("/account/tokens", data={"label": "screen", "permission": "wall.read", "days": "3"})
    found = re.search(r'id="wall-address">http://testserver/wall/open#token=(wanglou_[\w-]+)<', made.text)
    assert found is not None
    assert console.services.displays.admit(found[1], "testclient") is not None


@pytest.mark.needs_chromium
def test_the_address_of_the_wall_is_copied_and_opens_it(pages: Pages) -> None:
    """On a phone a token is issued, its address copied, and that address shows the wall to nobody signed in."""
    page = pages.open("/account/tokens", "analyst", width=390, bypass_policy=True)
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.get_by_label("What it is for").fill("screen in the hall")
    page.locator("input[value='wall.read']").check()
    page.get_by_role("button", name="Issue the token").click()
    page.bring_to_front()  # a page that lies behind another may not write to the clipboard
    page.locator("[data-from='#wall-address']").click()
    page.locator(".toast").wait_for()
    address = page.evaluate("() => navigator.clipboard.readText()")
    assert address == page.locator("#wall-address").inner_text()
    pages.check(page)
    pages.check_width(page)
    pages.shoot(page, "token-390-en-light", whole=True)
    screen = pages.open(address.removeprefix(pages.address))
    screen.wait_for_url("**/wall")
    assert screen.locator("#wall").count() == 1


def test_things_of_others_are_not_there(console: Console) -> None:
    """Sessions and tokens of another account cannot be ended: 404."""
    cookie, _ = console.enter("auditor")
    client = console.as_("analyst")
    assert client.post(f"/account/sessions/{_id(console, cookie)}/end").status_code == 404
    assert console.services.door.find_session(cookie) is not None
    assert client.cookies[SESSION_COOKIE] != cookie


def _id(console: Console, cookie: str) -> str:
    guest = console.services.door.find_session(cookie)
    assert guest is not None
    return guest.id
