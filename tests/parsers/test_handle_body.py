"""Bodies by OpCode and ResponseCode; those without real traffic are made by hand after RFC 3652."""

from __future__ import annotations

import struct
from typing import Any

import pytest

from tests.support.handles import (
    FLAGS,
    Record,
    Talk,
    message,
    numbers,
    said,
    site,
    tabulate,
    text,
    texts,
    value,
    values,
)


def exchange(op: int, asked: bytes, response: int = 1, answered: bytes = b"", **fields: Any) -> Record:
    """The one record of a request and its reply; ``fields`` are those of the reply."""
    records, _ = tabulate(Talk().ask(message(op, asked)).reply(message(op, answered, response, **fields)))
    assert len(records) == 1
    return said(records[0])


def told(record: Record, *names: str) -> list[Any]:
    """Values of columns ``handle.*``; None where there is none."""
    return [record.get(f"handle.{name}") for name in names]


def test_resolution() -> None:
    """Indexes and types asked for, values answered."""
    record = exchange(
        1, text("88.1/x") + numbers(1, 2) + texts("URL", "HS_"), 1,
        text("88.1/x") + values(value(1, "URL", "http://a/", ttl=60, ttl_type=1, permissions=15)),
    )  # fmt: skip
    assert told(record, "identifier", "prefix", "suffix") == ["88.1/x", "88.1", "x"]
    assert told(record, "indexes", "types") == [[1, 2], ["URL", "HS_"]]
    assert told(record, "value.count", "value.indexes", "value.texts") == [1, [1], ["http://a/"]]
    assert told(record, "value.ttls", "value.ttl_types", "value.permissions") == [[60], [1], [15]]
    assert told(record, "trailing_bytes", "response.identifier") == [None, None]


def test_recursion_authentication() -> None:
    """What Chinese clients append is told by its presence and identity, never by its signature."""
    identity = b'{"identity":"88.1/app","sig":"deadbeef"}'
    records, _ = tabulate(Talk().ask(message(1, text("88.1/x") + bytes(8) + text(identity), flags=FLAGS | 4)))
    assert told(records[0], "recursion_auth.present", "recursion_auth.identity") == [True, "88.1/app"]
    assert "deadbeef" not in str(records[0])
    for odd in (b"[1]", b'{"identity":5}', b"\xff", b"[" * 2_000):
        records, _ = tabulate(Talk().ask(message(1, text("88.1/x") + bytes(8) + text(odd))))
        assert told(records[0], "recursion_auth.present", "recursion_auth.identity") == [True, None]


@pytest.mark.parametrize("op", [101, 105, 106, 2, 300, 301, 302, 401])
def test_requests_of_one_handle(op: int) -> None:
    """Deleting, listing, homing and their kin name one handle."""
    record = exchange(op, text("0.NA/88.1"), 2, text("no"))
    assert told(record, "identifier", "message") == ["0.NA/88.1", "no"]
    assert record["event.outcome"] == "failure"


def test_an_empty_termination() -> None:
    """RFC 3652 §3.8.4 gives it no body."""
    assert "error.code" not in exchange(401, b"")


@pytest.mark.parametrize("op", [105, 106, 302])
def test_listings(op: int) -> None:
    """A listing answers handles."""
    record = exchange(op, text("0.NA/88.1"), 1, texts("88.1/a", "88.1/b"))
    assert told(record, "handles", "handle_count") == [["88.1/a", "88.1/b"], 2]


def test_changes() -> None:
    """Values to be stored are told with the request, removed indexes too."""
    body = text("88.1/x") + values(value(3, "HS_SECKEY", "pw123456"), value(1, "URL", "http://a/"))
    for op in (100, 102, 104):
        record = exchange(op, body)
        assert told(record, "value.types", "value.secret") == [["HS_SECKEY", "URL"], True]
        assert record["event.outcome"] == "success"
        assert "pw123456" not in str(record)
    assert told(exchange(103, text("88.1/x") + numbers(3, 4)), "indexes") == [[3, 4]]


def test_a_minted_name() -> None:
    """A server that completes a name answers it."""
    record = exchange(100, text("88.1/") + values(), 1, text("88.1/4711"))
    assert told(record, "identifier", "response.identifier") == ["88.1/", "88.1/4711"]


def test_site_information() -> None:
    """GET_SITEINFO answers a site record without a length before it."""
    record = exchange(2, text("/"), 1, site())
    assert told(record, "value.site.serials", "value.site.interfaces") == [[6], ["tcp://10.20.30.40:2641"]]


@pytest.mark.parametrize("response", [302, 303])
def test_referrals(response: int) -> None:
    """A referral names a handle, or the global registry, and may hold the site itself."""
    record = exchange(1, text("88.1/x") + bytes(8), response, text("0.SERV/88"))
    assert told(record, "referral", "value.count") == ["0.SERV/88", None]
    assert record["event.outcome"] == "success"
    body = text("") + values(value(1, "HS_SITE.PREFIX", site()))
    record = exchange(1, text("88.1/x") + bytes(8), response, body)
    assert told(record, "referral", "value.site.addresses") == ["", ["10.20.30.40"]]
    assert "handle.referral" not in exchange(1, text("88.1/x") + bytes(8), response)


def test_errors() -> None:
    """An error may tell why, and of which indexes."""
    record = exchange(103, text("88.1/x") + numbers(), 200, text("no such value") + numbers(7))
    assert told(record, "message", "indexes", "response.name") == ["no such value", [7], "value_not_found"]
    assert "handle.message" not in exchange(1, text("88.1/x") + bytes(8), 100, text(""))
    assert "error.code" not in exchange(1, text("88.1/x") + bytes(8), 100)


def test_password_logins() -> None:
    """User and the presence of a password are told; the password is not (vector of the CAICT SDK)."""
    content = bytes.fromhex(
        "0203020a00000000020cef0f0000000000000043000007d00000000000000000ffff00006b01f0e400000027"
        "0000000f38382e313030302e322f61646d696e000000000000000100000008707731323334353600000000"
    )
    records, _ = tabulate(Talk().ask(content))
    record = said(records[0])
    assert told(record, "op.name", "password_present", "authentication.kind") == ["login", True, "password"]
    assert record["user.name"] == "88.1000.2/admin"
    assert "handle.identifier" not in record
    assert "pw123456" not in str(record)
    assert b"pw123456".hex() not in str(record)


def test_other_operations() -> None:
    """Replication and metadata bodies are opaque but for a transaction number (made by hand)."""
    assert told(exchange(1000, b"", 1, struct.pack("!Q", 77)), "transaction_id") == [77]
    assert told(exchange(1000, b"", 1, b"\xff" * 8), "transaction_id") == [None]
    for op in (606, 609, 1001, 1003, 1004):
        record = exchange(op, b"abc")
        assert told(record, "trailing_bytes") == [3]
        assert "error.code" not in record
