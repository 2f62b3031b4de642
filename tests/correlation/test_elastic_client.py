"""Addresses of clusters, and the client made of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from correlation.elastic_client import Address, connect, parse_address
from wanglou.errors import StoreError, UsageError


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("http://127.0.0.1:9200", Address(("http://127.0.0.1:9200",))),
        ("https://a:9200/, https://b:9201", Address(("https://a:9200", "https://b:9201"))),
        (
            "https://[::1]:9200?ca=/x/ca.pem&key=k&dead=d&prefix=park_2",
            Address(("https://[::1]:9200",), Path("/x/ca.pem"), Path("k"), Path("d"), "park_2"),
        ),
    ],
)
def test_addresses(text: str, address: Address) -> None:
    """Several nodes, and options behind one question mark."""
    assert parse_address(text) == address


@pytest.mark.parametrize(("text", "room"), [("700", 700), ("5K", 5_000), ("2G", 2 * 10**9)])
def test_room_of_a_spool(text: str, room: int) -> None:
    """In bytes, or in powers of a thousand."""
    found = parse_address(f"https://a:9200?spool=/x/s&spool_max={text}")
    assert (found.spool, found.spool_max) == (Path("/x/s"), room)


@pytest.mark.parametrize(
    "text",
    [
        "https://a:9200?spool_max=0", "https://a:9200?spool_max=much", "https://a:9200?spool_max=-1",
        "", "https://", "ftp://a:1", "https://a", "https://a:99999", "https://a:x", "https://u:secret@a:9200", "https://a:9200?pw=x",
        "https://a:9200?prefix=A", "https://a:9200?prefix=a-b", "https://a:9200,", "https://a:9200?prefix=",
    ],
)  # fmt: skip
def test_what_is_no_address(text: str) -> None:
    """Told with an example; a password is not repeated."""
    with pytest.raises(UsageError) as error:
        parse_address(text)
    assert "secret" not in str(error.value)


def test_a_name_for_messages() -> None:
    """The first node stands for all."""
    assert str(Address(("http://a:1",))) == "http://a:1"
    assert str(Address(("http://a:1", "http://b:1", "http://c:1"))) == "http://a:1 (and 2 more)"


@pytest.mark.parametrize("content", ["", "two words", "line\nline"])
def test_a_file_that_holds_no_key(tmp_path: Path, content: str) -> None:
    """Its content is not repeated either."""
    (tmp_path / "key").write_text(content, encoding="utf-8")
    with pytest.raises(UsageError, match="holds no API key"):
        connect(Address(("https://a:9200",), key=tmp_path / "key"))


@pytest.mark.parametrize("name", ["key", "ca"])
def test_files_that_are_missing(tmp_path: Path, name: str) -> None:
    """Told with their path before anything is sent."""
    with pytest.raises(StoreError, match=r"none: cannot read: No such file.*correct the address"):
        connect(parse_address(f"https://a:9200?{name}={tmp_path}/none"))


def test_a_key_is_sent(tmp_path: Path) -> None:
    """As an API key, without the line's end."""
    (tmp_path / "key").write_text("c2VjcmV0\n", encoding="utf-8")
    with connect(Address(("https://a:9200",), key=tmp_path / "key")) as client:
        assert client._headers["authorization"] == "ApiKey c2VjcmV0"
