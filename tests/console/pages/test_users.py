"""The pages of accounts."""

from __future__ import annotations

import re

import pytest

from tests.support.consoles import Console
from tests.support.pages import Pages


def _secret(text: str) -> str:
    found = re.search(r'id="secret">([\w-]+)<', text)
    assert found is not None, text[-2000:]
    return found[1]


def test_an_account_is_made_changed_locked_and_reset(console: Console) -> None:
    """Its one-time secret opens the door; each change is in the audit under the administrator's name."""
    client, accounts = console.as_("park_admin"), console.services.door.accounts
    data = {"name": "Zhao", "display": "赵六", "role": ["analyst"]}
    made = client.post("/users", data=data)
    assert made.headers["cache-control"] == "no-store"
    secret = _secret(made.text)
    assert console.services.door.sign_in("zhao", secret, "", "testclient").cookie
    again = client.post("/users", data=data)
    assert again.status_code == 422
    assert "already" in again.text
    steps: tuple[tuple[str, dict[str, str]], ...] = (
        ("rights", {"role": "enterprise_user", "enterprise": "chem"}),
        ("display", {"display": "Zhao"}),
        ("lock", {"reason": "left"}),
        ("unlock", {}),
        ("sessions/end", {}),
    )
    for path, fields in steps:
        assert client.post(f"/users/zhao/{path}", data=fields).status_code == 303, path
    account = accounts.find("zhao")
    assert account is not None
    assert (account.display, [*account.roles], [*account.enterprises]) == ("Zhao", ["enterprise_user"], ["chem"])
    assert _secret(client.post("/users/zhao/reset", data={"totp": "1"}).text) != secret
    audit = console.as_("auditor").get("/audit?subject=zhao").text
    assert audit.count("user:park_admin") >= 6


def test_wrong_input_is_told_beside_the_form(console: Console) -> None:
    """In either language, and nothing is changed."""
    for language, word in (("en", "several duties"), ("zh", "不同的职责")):
        client = console.as_("park_admin", language)
        page = client.post("/users", data={"name": "x1", "role": ["analyst", "auditor"]})
        assert page.status_code == 422
        assert word in page.text
        assert client.post("/users/park_admin/lock", data={"reason": "x"}).status_code == 422
        assert client.post("/users/leader/rights", data={"role": "nobody"}).status_code == 422
        assert client.post("/users/leader/rights", data={"role": "leader", "enterprise": "other"}).status_code == 422
    assert console.services.door.accounts.find("x1") is None


def test_a_change_of_what_was_read_before_another_is_refused(console: Console) -> None:
    """The form carries the version that it was made from."""
    client = console.as_("park_admin")
    assert client.post("/users/reviewer/lock", data={"reason": "x", "version": "1"}).status_code == 412
    account = console.services.door.accounts.find("reviewer")
    assert account is not None
    assert account.is_active


def test_tokens_are_made_for_machines_only(console: Console) -> None:
    """An administrator does not act as an analyst."""
    client = console.as_("park_admin")
    data = {"label": "probe", "days": "10", "permission": "sensors.report"}
    secret = _secret(client.post("/users/sensor/tokens", data=data).text)
    token = console.services.door.tokens.find(secret)
    assert token is not None
    assert client.post(f"/users/analyst/tokens/{token.id}/revoke").status_code == 404
    assert client.post(f"/users/sensor/tokens/{token.id}/revoke").status_code == 303
    assert client.post("/users/analyst/tokens", data={"label": "x", "permission": "alerts.read"}).status_code == 422


def test_lists_are_narrowed(console: Console) -> None:
    """By text, role and state."""
    client = console.as_("park_admin")
    assert 'data-id="auditor"' in client.get("/users?q=audit").text
    assert 'data-id="auditor"' not in client.get("/users?role=analyst").text
    assert client.get("/users/nobody").status_code == client.get("/users/%00").status_code == 404
    assert "三权分立" in console.as_("park_admin", "zh").get("/users/~roles").text


@pytest.mark.needs_chromium
def test_an_administrator_makes_an_account(pages: Pages) -> None:
    """From the list to the secret; no fault of accessibility."""
    page = pages.open("/users", "park_admin", bypass_policy=True)
    pages.check(page)
    page.get_by_role("link", name="New account").click()
    page.get_by_label("Account", exact=True).fill("by-browser")
    page.get_by_label("Reviewer").check()
    pages.check(page)
    page.get_by_role("button", name="Make the account").click()
    page.locator("#secret").wait_for()
    page.goto(f"{pages.address}/users/by-browser")
    pages.check(page)
    pages.shoot_all("/users", "users", "park_admin")
    pages.shoot_all("/users/by-browser", "user", "park_admin")
