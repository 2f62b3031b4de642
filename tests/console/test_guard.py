"""The guard before every route."""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import parse_qs, urlsplit

import pytest

from console.guard import is_still_in
from console.visit import CSRF_HEADER, FORM_COOKIE, SESSION_COOKIE
from tests.support.consoles import Console
from tests.support.visits import make_visit


def test_nobody_is_sent_to_sign_in_and_back(console: Console) -> None:
    """The address that was asked for is kept; a part of a page sends the whole page."""
    client = console.as_("")
    answer = client.get("/alerts?q=a%26b")
    assert answer.status_code == 303
    assert parse_qs(urlsplit(answer.headers["location"]).query)["next"] == ["/alerts?q=a%26b"]
    part = client.get("/alerts", headers={"hx-request": "true"})
    assert (part.status_code, part.headers["hx-redirect"]) == (401, "/sign-in")


def test_a_program_is_told_to_bring_a_token(console: Console) -> None:
    """401 with problem details; a wrong token is none."""
    for headers in ({}, {"authorization": "Bearer wanglou_x"}, {"authorization": "Basic eDp5"}):
        answer = console.as_("").get("/api/v1/alerts", headers=headers)
        assert answer.status_code == 401
        assert answer.headers["www-authenticate"].startswith("Bearer")
        assert answer.json()["do"]


@pytest.mark.parametrize("token", ["", "wrong", "csrf", "\u00ff"])
def test_a_form_without_the_token_of_its_session_changes_nothing(console: Console, token: str) -> None:
    """Neither without one nor with another's."""
    client = console.as_("analyst")
    headers = {CSRF_HEADER: token.encode("latin-1")}
    answer = client.post("/alerts/triage", data={"id": "alert-0", "state": "closed"}, headers=headers)  # type: ignore[arg-type] # bytes pass
    assert answer.status_code == 403
    assert "out of date" in answer.text


def test_a_form_of_another_site_changes_nothing(console: Console) -> None:
    """Whatever token it has: the browser tells where it comes from."""
    client = console.as_("analyst")
    for headers in (
        {"origin": "https://evil.example"},
        {"sec-fetch-site": "cross-site"},
        {"origin": "null"},
        {"origin": "http://[x"},
    ):
        answer = client.post("/look", data={"theme": "dark"}, headers=headers)
        assert answer.status_code == 403
        assert "another site" in answer.text


def test_the_form_of_signing_in_has_a_token_too(console: Console) -> None:
    """So that no site can sign somebody in as another: cookie and field must agree."""
    client = console.as_("")
    data = {"name": "analyst", "password": "wrong"}
    assert client.post("/sign-in", data=data).status_code == 403
    client.get("/sign-in")
    token = client.cookies[FORM_COOKIE]
    assert client.post("/sign-in", data={**data, "csrf": "other"}).status_code == 403
    assert client.post("/sign-in", data={**data, "csrf": token}).status_code == 401


def test_a_made_up_session_is_none(console: Console) -> None:
    """Nor does one that is sent before signing in stay afterwards."""
    client = console.as_("")
    client.cookies.set(SESSION_COOKIE, "x" * 43)
    assert client.get("/alerts").status_code == 303


def test_a_session_cookie_is_no_token_of_the_api_without_its_form_token(console: Console) -> None:
    """A page of another site cannot make the browser change something by the API."""
    client = console.as_("analyst")
    del client.headers[CSRF_HEADER]
    assert client.get("/api/v1/alerts").status_code == 200
    assert client.patch("/api/v1/alerts/alert-0", json={}).status_code == 403


def test_who_must_change_the_password_does_that_first(console: Console) -> None:
    """Every page leads there, the API refuses."""
    accounts = console.services.door.accounts
    if accounts.find("fresh") is None:
        from tests.support.accounts import ADMIN  # noqa: PLC0415 - here only

        accounts.create("fresh", ("analyst",), ADMIN)
    client = console.as_("fresh")
    assert client.get("/alerts").headers["location"] == "/password"
    assert client.get("/api/v1/alerts").status_code == 401
    page = client.get("/password")
    assert page.status_code == 200
    assert "one-time password" in page.text


def test_who_was_let_in_is_looked_at_again(console: Console) -> None:
    """True while session and rights are what they were: false once it ended, or for nobody."""
    cookie, _ = console.enter("analyst")
    visit = make_visit(cookies=f"{SESSION_COOKIE}={cookie}")
    visit.services = console.services
    visit.guest = console.services.door.find_session(cookie)
    assert is_still_in(visit)
    assert visit.guest is not None
    visit.guest = replace(visit.guest, permissions=frozenset())
    assert not is_still_in(visit)
    visit.guest = console.services.door.find_session(cookie)
    console.services.door.sign_out(cookie)
    assert not is_still_in(visit)
    visit.guest = None
    assert not is_still_in(visit)
