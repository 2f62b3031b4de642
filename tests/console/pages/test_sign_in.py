"""Signing in and out."""

from __future__ import annotations

import pytest
from starlette.testclient import TestClient

from console.visit import FORM_COOKIE, SESSION_COOKIE
from tests.support.accounts import PASSWORD
from tests.support.consoles import Console
from wanglou.errors import ConflictError


def attempt(client: TestClient, name: str, password: str, **more: str) -> int:
    """Send the form; gives the status."""
    client.get("/sign-in")
    data = {"name": name, "password": password, "csrf": client.cookies[FORM_COOKIE], **more}
    return client.post("/sign-in", data=data).status_code


def test_the_right_password_leads_to_what_was_asked_for(console: Console) -> None:
    """With a cookie that scripts cannot read; the session is another one each time."""
    client = console.as_("")
    client.get("/sign-in")
    data = {"name": "analyst", "password": PASSWORD, "csrf": client.cookies[FORM_COOKIE], "next": "/alerts?state=all"}
    answer = client.post("/sign-in", data=data)
    assert (answer.status_code, answer.headers["location"]) == (303, "/alerts?state=all")
    cookie = next(one for one in answer.headers.get_list("set-cookie") if one.startswith(SESSION_COOKIE))
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    assert client.get("/alerts").status_code == 200
    first = client.cookies[SESSION_COOKIE]
    client.post("/sign-out", headers={"x-csrf-token": console.services.door.find_session(first).csrf})  # type: ignore[union-attr] # it is there
    assert client.get("/alerts").status_code == 303
    assert console.services.door.find_session(first) is None


def test_what_was_wrong_is_not_told(console: Console) -> None:
    """The same page for a wrong name and a wrong password, with the name kept."""
    texts = []
    for name in ("leader", "nobody"):
        client = console.as_("")
        client.get("/sign-in")
        data = {"name": name, "password": "wrong", "csrf": client.cookies[FORM_COOKIE]}
        page = client.post("/sign-in", data=data)
        assert page.status_code == 401
        assert f'value="{name}"' in page.text
        texts.append(page.text.replace(name, "").replace(client.cookies[FORM_COOKIE], ""))
    assert texts[0] == texts[1]


def test_one_is_led_nowhere_else(console: Console) -> None:
    """``next`` of another site is not followed."""
    client = console.as_("")
    client.get("/sign-in")
    data = {
        "name": "analyst",
        "password": PASSWORD,
        "csrf": client.cookies[FORM_COOKIE],
        "next": "https://evil.example",
    }
    assert client.post("/sign-in", data=data).headers["location"] == "/start"
    assert client.get("/start").headers["location"] == "/"
    assert client.get("/sign-in?next=//evil.example").headers["location"] == "/start"


def test_guessing_is_slowed(console: Console) -> None:
    """After some failures the answer is 429 with the time to wait."""
    client = console.as_("")
    statuses = [attempt(client, "guessed", "wrong") for _ in range(8)]
    assert statuses[0] == 401
    assert statuses[-1] == 429


def test_hostile_forms_are_answered(console: Console) -> None:
    """Long, empty and odd fields are wrong passwords, not faults."""
    client = console.as_("")
    for text in ("", "\x00", "a" * 5_000, "'; DROP TABLE account; --", "\u202e"):
        assert attempt(client, text, text) in (401, 429)


def test_who_was_changed_while_signing_in_signs_in_again(console: Console, monkeypatch: pytest.MonkeyPatch) -> None:
    """The account was given other rights between the password and the session: the form, with words for it."""

    def fail(*_: object, **__: object) -> None:
        raise ConflictError("account leader was changed meanwhile", do="sign in again")

    monkeypatch.setattr(console.services.door.sessions, "begin", fail)
    client = console.as_("")
    client.get("/sign-in")
    data = {"name": "leader", "password": PASSWORD, "csrf": client.cookies[FORM_COOKIE]}
    page = client.post("/sign-in", data=data)
    assert page.status_code == 401
    assert "changed just now" in page.text
    assert 'name="code"' in page.text
