"""Parts of registered domain names."""

from __future__ import annotations

import pytest

from parsers.dns_domain import Domain, split_domain


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("www.example.com", ("www", "example.com", "com")),
        ("a.b.example.com.cn", ("a.b", "example.com.cn", "com.cn")),
        ("example.co.uk", ("", "example.co.uk", "co.uk")),
        ("plc.example.js.cn", ("plc", "example.js.cn", "js.cn")),
        ("x.js.org", ("x", "js.org", "org")),
        ("com.cn", ("", "com.cn", "cn")),
        ("a\\.b.example.cn", ("a\\046b", "example.cn", "cn")),
        ("localhost", ("", "", "localhost")),
        ("5.0.0.10.in-addr.arpa", ("", "", "")),
        (".", ("", "", "")),
    ],
)
def test_parts(name: str, parts: tuple[str, str, str]) -> None:
    """One label and the top-level domain make the registered domain; second levels that countries keep count to it."""
    assert split_domain(name) == Domain(*parts)
