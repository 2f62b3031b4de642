"""Request targets and hosts."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parsers.http_url import Target, decode_path, list_parameters, split_host, split_target


@pytest.mark.parametrize(
    ("text", "method", "target"),
    [
        ("/a/b?c=d", "GET", Target("/a/b?c=d", "/a/b", "c=d", "", -1)),
        ("*", "OPTIONS", Target("*", "*", "", "", -1)),
        ("http://User:pw@Host:81/p?q", "GET", Target("http://User:***@Host:81/p?q", "/p", "q", "host", 81)),
        ("http://h", "GET", Target("http://h", "", "", "h", -1)),
        ("h.example:443", "CONNECT", Target("h.example:443", "", "", "h.example", 443)),
        ("/x?token=1", "GET", Target("/x?token=***", "/x", "token=***", "", -1)),
        ("/l;password=SECRET", "GET", Target("/l;password=***", "/l;password=***", "", "", -1)),
        ("u:SECRET@h:443", "CONNECT", Target("u:***@h:443", "", "", "h", 443)),
        ("/go?u=http://a/b", "GET", Target("/go?u=http://a/b", "/go", "u=http://a/b", "", -1)),
    ],
)
def test_targets(text: str, method: str, target: Target) -> None:
    """The four forms of RFC 9112 §3.2."""
    assert split_target(text, method) == target


@pytest.mark.parametrize(
    ("text", "host"),
    [
        ("A.b:80", ("a.b", 80)), ("a", ("a", -1)), ("[::1]:8000", ("::1", 8000)),
        ("[2001:db8::1]", ("2001:db8::1", -1)), ("a:", ("a:", -1)), ("a:99999", ("a:99999", -1)),
        ("", ("", -1)), ("a:٣", ("a:٣", -1)),
    ],
)  # fmt: skip
def test_hosts(text: str, host: tuple[str, int]) -> None:
    """Name and port of a Host field; what is no port belongs to the name."""
    assert split_host(text) == host


def test_parameters() -> None:
    """Repeated names keep their order; their number is bounded."""
    assert list_parameters("index=1&index=2&type=URL&x") == {"index": ["1", "2"], "type": ["URL"], "x": [""]}
    assert len(list_parameters("&".join(f"a{k}=1" for k in range(1000)))) == 64
    assert decode_path("/88.1%2Fa%ff") == "/88.1/a\\xff"


@given(st.text(max_size=60), st.sampled_from(["GET", "CONNECT"]))
def test_any_text(text: str, method: str) -> None:
    """No target raises."""
    target = split_target(text, method)
    assert -1 <= target.port <= 65_535
    assert isinstance(list_parameters(target.query), dict)
