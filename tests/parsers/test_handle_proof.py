"""Parts of Handle bodies that prove who asks; those without real traffic are made by hand after RFC 3652."""

from __future__ import annotations

import hashlib
import struct
from typing import Any

import pytest

from tests.support.handles import FLAGS, RD, Record, Talk, message, numbers, query, said, tabulate, text, values

KEY = text("88.1/admin") + struct.pack("!I", 301)


def exchange(op: int, asked: bytes, response: int = 1, answered: bytes = b"", **fields: Any) -> Record:
    """The one record of a request and its reply; ``fields`` are those of the reply."""
    records, _ = tabulate(Talk().ask(message(op, asked)).reply(message(op, answered, response, **fields)))
    assert len(records) == 1
    return said(records[0])


def told(record: Record, *names: str) -> list[Any]:
    """Values of columns ``handle.*``; None where there is none."""
    return [record.get(f"handle.{name}") for name in names]


@pytest.mark.parametrize(
    ("algorithm", "octet", "name"), [("md5", b"\x01", "md5"), ("sha1", b"\x02", "sha1"), ("sha256", b"\x03", "sha256"),
                                     ("md5", b"\0\0\0\x10", "old")]
)  # fmt: skip
def test_request_digests(algorithm: str, octet: bytes, name: str) -> None:
    """A digest is compared with the request that was seen (RFC 3652 §2.2.3)."""
    asked = query("88.1/x")
    digest = hashlib.new(algorithm, asked[20:-4]).digest()
    for content, matches, error in ((digest, True, None), (bytes(len(digest)), False, "digest_mismatch")):
        body = octet + content + text("88.1/x") + values()
        records, _ = tabulate(Talk().ask(asked).reply(message(1, body, 1, flags=FLAGS | RD)))
        assert told(records[0], "digest.algorithm", "digest.matches", "value.count") == [name, matches, 0]
        assert records[0]["error.code"] == error


def test_verification() -> None:
    """A server asks another whether an answer is right; the digest has either form (made by hand)."""
    for digest in (text(bytes(20)), b"\x02" + bytes(20)):
        body = KEY + text(bytes(20)) + digest + text(b"\x13" + bytes(32))
        for verdict in (0, 1):
            record = exchange(201, body, 1, bytes([verdict]))
            assert told(record, "verify.matches", "trailing_bytes") == [bool(verdict), None]
            assert "error.code" not in record
    assert tabulate(Talk().reply(message(201, b"", 1)))[0][0]["error.code"] == "truncated"


def test_session_setups() -> None:
    """Mode, lifetime, identity and the kind of key are told, two trailing bytes are counted."""
    head = struct.pack("!HI", 1, 60) + KEY
    record = exchange(400, head + text(text("RSA_PUB_KEY") + bytes(9)) + bytes(2), 1, b"\0\x01" + text(bytes(8)))
    assert told(record, "session.mode", "session.timeout", "session.key_type") == ["client_key", 60, "RSA_PUB_KEY"]
    assert told(record, "trailing_bytes", "admin.handle", "admin.index") == [2, "88.1/admin", 301]
    record = exchange(400, struct.pack("!HI", 3, 60) + KEY + text("88.1/k") + struct.pack("!I", 5))
    assert told(record, "session.exchange_handle", "session.exchange_index") == ["88.1/k", 5]
    assert told(exchange(400, struct.pack("!HI", 2, 60) + KEY), "session.mode") == ["server_key"]
    assert told(exchange(400, struct.pack("!HI", 9, 60) + KEY), "session.mode") == ["mode_9"]
    assert told(exchange(400, numbers(0)), "trailing_bytes") == [8]
    assert "handle.session.key_type" not in exchange(400, head + text(b"abc"))


def test_exchanged_keys_are_not_kept() -> None:
    """Of SESSION_EXCHANGEKEY nothing but itself is told (made by hand)."""
    for body in (text(b"secret!!"), text(b"secret!!") + text("AES")):
        record = exchange(402, body)
        assert "error.code" not in record
        assert "secret" not in str(record)
        assert b"secret".hex() not in str(record)
