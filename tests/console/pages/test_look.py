"""How one looks at the console."""

from __future__ import annotations

import pytest

from console.visit import LANGUAGE_COOKIE, THEME_COOKIE
from tests.support.consoles import Console


def test_what_was_chosen_is_kept_with_the_account(console: Console) -> None:
    """And in the browser; one comes back to where one was."""
    client = console.as_("reviewer", "zh")
    answer = client.post("/look", data={"language": "en", "theme": "dark", "zone": "UTC", "back": "/account"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/account")
    assert (client.cookies.get(LANGUAGE_COOKIE, domain="testserver.local"), client.cookies[THEME_COOKIE]) == (
        "en",
        "dark",
    )
    other = console.as_("reviewer", "zh").get("/account")
    assert 'lang="en"' in other.text
    assert 'data-theme="dark"' in other.text


@pytest.mark.parametrize("fields", [{"language": "xx"}, {"theme": "<b>"}, {"zone": "../x"}])
def test_what_does_not_exist_is_refused(console: Console, fields: dict[str, str]) -> None:
    """In words."""
    assert console.as_("leader").post("/look", data=fields).status_code == 400


def test_one_is_led_nowhere_else(console: Console) -> None:
    """An address of another site is not followed."""
    answer = console.as_("leader").post("/look", data={"theme": "auto", "back": "//evil.example"})
    assert answer.headers["location"] == "/start"
