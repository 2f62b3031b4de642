"""Headers of every answer."""

from __future__ import annotations

import pytest

from console import failures
from console.security_headers import POLICY
from tests.support.consoles import Console


@pytest.mark.parametrize(
    "path", ["/sign-in", "/healthz", "/nothing", "/api/v1/alerts", "/static/icons.svg", "/static/none"]
)
def test_every_answer_has_them(console: Console, path: str) -> None:
    """Errors and static files too; each its own id."""
    client = console.as_("")
    first, second = client.get(path), client.get(path)
    assert first.headers["content-security-policy"] == POLICY
    assert first.headers["x-content-type-options"] == "nosniff"
    assert first.headers["x-frame-options"] == "DENY"
    assert first.headers["x-request-id"] != second.headers["x-request-id"]
    assert "server" not in first.headers


def test_the_policy_is_the_one_that_was_decided() -> None:
    """Nothing inline, nothing from elsewhere."""
    assert POLICY == (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
        "font-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
    )


def test_encrypted_answers_ask_for_encryption(console: Console) -> None:
    """HSTS only where TLS is spoken, and cookies that stay on it."""
    client = console.as_("")
    client.base_url = client.base_url.copy_with(scheme="https")
    answer = client.get("/sign-in")
    assert "strict-transport-security" in answer.headers
    assert "secure" in answer.headers["set-cookie"].lower()
    assert "strict-transport-security" not in console.as_("").get("/sign-in").headers


def test_every_cookie_stays_on_tls(console: Console) -> None:
    """Those of messages too, which tell what was done; over plain HTTP none would come back at all."""
    for scheme, is_secure in (("https", True), ("http", False)):
        client = console.as_("analyst")
        client.base_url = client.base_url.copy_with(scheme=scheme)
        answer = client.post("/account/sessions/end")
        cookies = answer.headers.get_list("set-cookie")
        assert cookies
        assert all(("; secure" in one.lower()) is is_secure for one in cookies)


def test_no_answer_is_blank(console: Console, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where even the page that tells of a failure fails, its number is told."""

    def fail(*_: object) -> None:
        raise RuntimeError("a secret")

    monkeypatch.setattr(failures, "_answer_person", fail)
    answer = console.as_("analyst").get("/nothing")
    assert answer.status_code == 500
    assert answer.headers["x-request-id"] in answer.text
    assert "secret" not in answer.text
