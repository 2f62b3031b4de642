"""Addresses of static files."""

from __future__ import annotations

import pytest

from console.assets import STATIC, address_of


def test_an_address_changes_with_the_contents() -> None:
    """Its parameter is a digest, so it may be kept for ever."""
    assert address_of("css/tokens.css").startswith("/static/css/tokens.css?v=")
    assert address_of("css/tokens.css") != address_of("css/base.css").replace("base", "tokens")


def test_a_missing_file_is_told() -> None:
    """A template that names a file that is not there fails, and does not serve a broken page."""
    with pytest.raises(FileNotFoundError):
        address_of("css/none.css")


def test_no_style_stands_in_a_template() -> None:
    """The policy forbids style attributes and inline scripts; no template has one."""
    templates = sorted((STATIC.parent / "templates").rglob("*.html"))
    assert templates
    for path in templates:
        text = path.read_text(encoding="utf-8")
        assert " style=" not in text, path
        assert "<style" not in text, path
        assert "<script>" not in text, path
        assert " onclick=" not in text, path
