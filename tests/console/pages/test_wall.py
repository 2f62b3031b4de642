"""The wall view."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from console.display import COOKIE
from tests.support.accounts import ADMIN
from tests.support.consoles import EVER, Console
from tests.support.pages import Pages

PARTS = ["top", "answer", "risk", "incidents", "map", "alerts", "kinds", "intake", "foot"]


def issue(console: Console, *permissions: str) -> tuple[str, str]:
    """Issue a token of the analyst; gives its secret and id."""
    secret, token = console.services.door.tokens.issue("analyst", "hall", permissions or ("wall.read",), ADMIN)
    return secret, token.id


def exchange(console: Console, secret: str) -> tuple[int, str, dict[str, str]]:
    """Send the form of the exchange as a browser does; gives status, text and cookies."""
    client = console.as_()
    form = re.search(r'name="csrf" value="([^"]+)"', client.get("/wall/open").text)
    assert form is not None
    answer = client.post("/wall/open", data={"csrf": form[1], "token": secret})
    return answer.status_code, answer.text, dict(answer.cookies)


def test_it_shows_six_panels(console: Console) -> None:
    """To a leader who is signed in, in the reader's language, over a time of one's own too."""
    for language, word in (("zh", "态势大屏"), ("en", "Wall view")):
        text = console.as_("leader", language).get(f"/wall?{EVER}").text
        assert word in text
        assert re.findall(r'data-part="(\w+)"', text) == PARTS
        assert text.count('class="wall-part') == 6


def test_alerts_are_as_many_as_their_own_page_counts(console: Console) -> None:
    """The same number as the list of alerts over the same time."""
    wall = console.program("analyst", "wall.read").get(f"/api/v1/wall?{EVER}").json()
    answer = re.search(r'id="answer">\D*(\d[\d,]*)', console.as_("analyst").get(f"/alerts?{EVER}").text)
    assert answer is not None
    assert wall["figures"]["alerts"]["total"] == int(answer[1].replace(",", ""))


def test_a_token_opens_it_and_nothing_else(console: Console) -> None:
    """The display reads the wall with a cookie of its own, and no page besides."""
    secret, identity = issue(console, "wall.read", "alerts.read")
    status, _, cookies = exchange(console, secret)
    assert status == 303
    screen = console.as_()
    screen.cookies.set(COOKIE, cookies[COOKIE])
    assert screen.get(f"/wall?{EVER}").status_code == 200
    assert screen.get(f"/wall/state?{EVER}").status_code == 200
    assert screen.get("/alerts").headers["location"].startswith("/sign-in")
    assert screen.get("/api/v1/wall").status_code == 401
    console.services.door.tokens.revoke(identity, ADMIN)
    assert screen.get("/wall/state").headers["location"] == "/wall/open"


@pytest.mark.parametrize("permission", ["alerts.read", ""])
def test_another_token_is_refused_in_words(console: Console, permission: str) -> None:
    """Without a form to sign in, and without telling why exactly."""
    secret = issue(console, permission)[0] if permission else "wanglou_made-up"
    status, text, cookies = exchange(console, secret)
    assert status == 401
    assert "This screen was not let in" in text
    assert 'type="password"' not in text
    assert COOKIE not in cookies


def test_a_screen_that_is_not_let_in_is_asked_for_no_password(console: Console) -> None:
    """It is sent to the exchange; a foreign form is refused there."""
    assert console.as_().get("/wall").headers["location"] == "/wall/open"
    assert console.as_().post("/wall/open", data={"token": "x"}).status_code == 403


def test_who_may_not_read_it_is_refused(console: Console) -> None:
    """One enterprise does not see the park; administration sees no figures."""
    for name in ("enterprise_user", "park_admin", "auditor"):
        assert console.as_(name).get("/wall").status_code == 403


def test_there_is_no_plan_without_one(console: Console) -> None:
    """The bundled site file has none: 404."""
    assert console.as_("analyst").get("/wall/plan.svg").status_code == 404


def open_screen(pages: Pages, secret: str, width: int, height: int) -> Page:
    """Open the address of a display as its browser does."""
    page = pages.open(f"/wall/open#token={secret}", width=width, bypass_policy=width == 1920)
    page.set_viewport_size({"width": width, "height": height})
    page.wait_for_url("**/wall")
    return page


@pytest.mark.needs_chromium
def test_a_screen_opens_by_its_address(pages: Pages, console: Console) -> None:
    """The token leaves the address; everything fits both sizes; the screen says when the server is away."""
    secret, _ = issue(console)
    for width, height in ((1920, 1080), (3840, 2160)):
        page = open_screen(pages, secret, width, height)
        assert secret not in page.url
        expect(page.locator(".wall-part")).to_have_count(6)
        over = page.evaluate(
            "() => [...document.querySelectorAll('.wall-part, .wall-page, .wall-foot')]"
            ".filter((one) => one.scrollHeight > one.clientHeight + 1 || one.scrollWidth > one.clientWidth + 1)"
            ".map((one) => `${one.className} ${one.scrollHeight} > ${one.clientHeight}`)"
        )
        assert over == []
        pages.check_width(page)
        pages.shoot(page, f"wall-{width}")
    pages.check(open_screen(pages, secret, 1920, 1080))


@pytest.mark.needs_chromium
def test_it_keeps_what_it_showed_when_the_server_is_away(pages: Pages, console: Console) -> None:
    """The state stays, with its time; once the server is back, so is the screen, without being loaded anew."""
    secret, identity = issue(console)
    page = pages.open("/wall/open")
    page.clock.install()
    page.goto(f"{pages.address}/wall/open#token={secret}")
    page.reload()
    page.wait_for_url("**/wall")
    page.evaluate("() => { window.isSame = true; }")
    page.route("**/wall/state*", lambda route: route.abort())
    page.clock.run_for(16_000)
    expect(page.locator("#away")).to_contain_text("The server is away")
    expect(page.locator(".wall-part")).to_have_count(6)
    page.unroute("**/wall/state*")
    page.clock.run_for(16_000)
    expect(page.locator("#away")).to_be_hidden()
    console.services.door.tokens.revoke(identity, ADMIN)
    page.clock.run_for(16_000)
    expect(page.locator("#away")).to_contain_text("token of this screen has ended")
    assert page.evaluate("() => window.isSame")
    pages.expect_fault("/wall/state")
    pages.expect_fault("Failed to load resource")
