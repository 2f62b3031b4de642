"""Addresses that browsers give back."""

from __future__ import annotations

import pytest

from console.address import local_address, local_path

ELSEWHERE = ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)", "", "alerts"]
ELSEWHERE += ["/a\nb", "/\t/x"]


@pytest.mark.parametrize("text", ELSEWHERE)
def test_nothing_leads_elsewhere(text: str) -> None:
    """Whatever is not a path of this console becomes the default."""
    assert local_address(text, "/alerts") == "/alerts"


def test_paths_are_kept() -> None:
    """A path with its query is followed as it is."""
    assert local_address("/alerts?q=a%20b", "/") == "/alerts?q=a%20b"


def test_an_address_is_cut_to_its_path() -> None:
    """Of what htmx tells, host and scheme are left out."""
    assert local_path("https://console.example/alerts?state=all") == "/alerts?state=all"
    assert local_path("http://[") == ""
