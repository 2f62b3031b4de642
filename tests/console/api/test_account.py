"""The API of one's own account."""

from __future__ import annotations

import pyotp
from httpx2 import Response
from starlette.testclient import TestClient

from console.visit import CSRF_HEADER, SESSION_COOKIE
from tests.support.accounts import ADMIN, OTHER, PASSWORD
from tests.support.consoles import Console


def test_one_reads_and_changes_what_is_ones_own(console: Console) -> None:
    """Preferences, sessions, tokens; a zone that is none is refused."""
    client = console.as_("responder")
    assert client.get("/api/v1/account").json()["user"]["name"] == "responder"
    kept = client.patch("/api/v1/account/preferences", json={"zone": "UTC"}).json()
    assert kept["preferences"]["zone"] == "UTC"
    assert client.patch("/api/v1/account/preferences", json={"zone": "x"}).status_code == 400
    client.patch("/api/v1/account/preferences", json={"zone": "Asia/Shanghai"})
    console.enter("responder")
    items = client.get("/api/v1/account/sessions").json()["items"]
    other = next(one["id"] for one in items if not one["is_current"])
    assert client.delete(f"/api/v1/account/sessions/{other}").status_code == 204
    assert client.delete(f"/api/v1/account/sessions/{other}").status_code == 404
    assert client.delete("/api/v1/account/sessions").status_code == 204
    made = client.post("/api/v1/account/tokens", json={"name": "x", "permissions": ["alerts.read"]}).json()
    assert made["token"] in client.get("/api/v1/account/tokens").json()["items"]
    assert client.delete(f"/api/v1/account/tokens/{made['token']['id']}").status_code == 204


def test_a_token_changes_nothing_of_its_owners_account(console: Console) -> None:
    """403, whatever it was granted."""
    program = console.program("responder")
    assert program.get("/api/v1/account").status_code == 403
    assert program.post("/api/v1/account/tokens", json={"name": "x"}).status_code == 403


def test_password_and_second_factor(console: Console) -> None:
    """Each gives the session another cookie."""
    _, secret = console.services.door.accounts.create("sun", ("leader",), ADMIN)
    console.services.door.accounts.change_password("sun", secret, PASSWORD, "testclient")
    client = console.as_("sun")
    assert client.put("/api/v1/account/password", json={"old": "x", "new": OTHER}).status_code == 400
    assert client.put("/api/v1/account/password", json={"old": PASSWORD, "new": "x"}).status_code == 400
    done = client.put("/api/v1/account/password", json={"old": PASSWORD, "new": OTHER})
    assert done.status_code == 204
    _follow(console, client, done)
    begun = client.post("/api/v1/account/second-factor", json={}).json()
    assert client.post("/api/v1/account/second-factor/confirm", json={"code": "0"}).status_code == 400
    code = pyotp.TOTP(begun["secret"]).now()
    enrolled = client.post("/api/v1/account/second-factor/confirm", json={"code": code})
    assert len(enrolled.json()["codes"]) == 10
    _follow(console, client, enrolled)
    assert client.post("/api/v1/account/second-factor", json={}).status_code == 400
    assert len(client.post("/api/v1/account/recovery-codes", json={"password": OTHER}).json()["codes"]) == 10
    assert client.post("/api/v1/account/second-factor/remove", json={"password": "x"}).status_code == 400
    assert client.post("/api/v1/account/second-factor/remove", json={"password": OTHER}).status_code == 204


def _follow(console: Console, client: TestClient, answer: Response) -> None:
    cookie = answer.headers["set-cookie"].partition(f"{SESSION_COOKIE}=")[2].partition(";")[0]
    guest = console.services.door.find_session(cookie)
    assert guest is not None
    client.cookies.clear()
    client.cookies.set(SESSION_COOKIE, cookie)
    client.headers[CSRF_HEADER] = guest.csrf
