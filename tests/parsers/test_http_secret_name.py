"""Names that mean secrets."""

from __future__ import annotations

import pytest

from parsers.http_secret_name import is_secret_name, resolve_escapes


@pytest.mark.parametrize(
    "name",
    [
        "pass", "key", "ak", "SK", "userPass", "secretKey", "accessToken", "APIKey", "X-Api-Key", "password[]",
        "user[password]", "user.pwd", "pass%77ord", "p%252561ssword", "pass\\u0077ord", "&#112;wd", "sign",
    ],
)  # fmt: skip
def test_secret_names(name: str) -> None:
    """Whole names, last words, parts in brackets and escaped names count."""
    assert is_secret_name(name)


@pytest.mark.parametrize("name", ["bypass", "assign", "design", "task", "publicKey", "keyboard", "handle", "", "auth"])
def test_other_names(name: str) -> None:
    """What only looks alike does not."""
    assert not is_secret_name(name)


def test_escapes_are_resolved_three_deep() -> None:
    """Nested escapes are undone, but not without end."""
    assert resolve_escapes("%25252561") == "%61"
    assert resolve_escapes("%252561+b") == "a b"
