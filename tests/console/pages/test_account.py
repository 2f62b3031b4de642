"""One's own account."""

from __future__ import annotations

import re

import pyotp

from console.visit import CSRF_HEADER, LANGUAGE_COOKIE, SESSION_COOKIE
from tests.support.accounts import ADMIN, PASSWORD
from tests.support.consoles import Console

NEW = "Seven 7 grey Cranes at dusk"


def test_a_first_password_is_chosen(console: Console) -> None:
    """Faults beside the field, then a new session; the old one has ended."""
    accounts = console.services.door.accounts
    _, secret = accounts.create("newcomer", ("analyst",), ADMIN)
    client = console.as_("newcomer")
    old = client.cookies[SESSION_COOKIE]
    for new, again, word in (("short", "short", "less than"), (NEW, "other", "not equal"), (NEW, NEW, "")):
        answer = client.post("/password", data={"old": secret, "new": new, "again": again})
        assert answer.status_code == (422 if word else 303)
        assert word in answer.text
    assert client.get("/alerts").status_code == 200
    assert console.services.door.find_session(old) is None


def test_a_wrong_old_password_changes_nothing(console: Console) -> None:
    """It is told at its field."""
    answer = console.as_("responder").post("/password", data={"old": "wrong", "new": NEW, "again": NEW})
    assert answer.status_code == 422
    assert 'id="fault-old"' in answer.text


def test_a_second_factor_is_set_up_and_removed(console: Console) -> None:
    """The secret is shown once, a wrong code keeps it, the right one gives recovery codes; the password removes it."""
    client = console.as_("auditor")
    shown = client.post("/second-factor/begin").text
    found = re.search(r'id="key">([A-Z2-7]+)<', shown)
    assert found is not None
    assert '<svg class="code-picture"' in shown
    wrong = client.post("/second-factor/confirm", data={"code": "000000"})
    assert wrong.status_code == 422
    assert found[1] in wrong.text
    done = client.post("/second-factor/confirm", data={"code": pyotp.TOTP(found[1]).now()})
    assert done.status_code == 200
    assert done.text.count("<li>") >= 10
    account = console.services.door.accounts.find("auditor")
    assert account is not None
    assert account.has_totp
    cookie = client.cookies.get(SESSION_COOKIE, domain="testserver.local")
    guest = console.services.door.find_session(cookie or "")
    assert guest is not None
    client.cookies.clear()
    client.cookies.set(SESSION_COOKIE, cookie or "")
    client.cookies.set(LANGUAGE_COOKIE, "en")
    client.headers[CSRF_HEADER] = guest.csrf
    for path in ("begin", "recovery", "remove"):
        assert client.post(f"/second-factor/{path}", data={"password": "wrong"}).status_code == 422
    renewed = client.post("/second-factor/recovery", data={"password": PASSWORD})
    assert renewed.text.count("<li>") >= 10
    assert client.post("/second-factor/remove", data={"password": PASSWORD}).status_code == 303
    assert "It is off" in client.get("/second-factor").text


def test_a_code_for_what_was_not_begun_begins_again(console: Console) -> None:
    """It says that the set-up was interrupted."""
    _, secret = console.services.door.accounts.create("latecomer", ("leader",), ADMIN)
    console.services.door.accounts.change_password("latecomer", secret or "", PASSWORD, "testclient")
    answer = console.as_("latecomer").post("/second-factor/confirm", data={"code": "000000"})
    assert answer.status_code == 422
    assert "Begin again" in answer.text
