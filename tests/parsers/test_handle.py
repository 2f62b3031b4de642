"""Handle messages to fields: envelope, header, credential, and what is wrong with them."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from parsers.handle_pdu import ERRORS, PDU
from tests.support.handles import (
    RD,
    Record,
    Talk,
    admin,
    answer,
    decode_talk,
    message,
    query,
    said,
    tabulate,
    text,
    texts,
    value,
    values,
)

MESSAGES = {
    "resolution": query("88.100.1/dev0001", indexes=[1, 100], types=["URL"]),
    "answer": answer("88.100.1/dev0001", value(1, "URL", "http://a/"), value(100, "HS_ADMIN", admin("0.NA/88", 300))),
    "create": message(100, text("88.1/new") + values(value(1, "URL", "http://a/", references=[("88.1/sig", 400)]))),
    "challenge": message(100, b"\x03" + bytes(32) + text(bytes(16)), 402, flags=RD, session=7),
    "response": message(200, text("HS_SECKEY") + text("88.1/admin") + struct.pack("!I", 301) + text(b"\x13" * 33)),
    "listing": message(105, texts("88.1/a", "88.1/b"), 1),
    "setup": message(400, struct.pack("!HI", 1, 60) + text("88.1/a") + struct.pack("!I", 300) + text(bytes(9))),
    "signed": answer("88.1/a", credential=bytes(4) + text("") + bytes(4) + text("HS_SIGNED") + bytes(4)
                     + text("SHA-256") + text(bytes(128))),
}  # fmt: skip


def one(content: bytes, wire: int = 0) -> Record:
    """The one record of a message; what is null is left out."""
    records, _ = tabulate(Talk().say(content, wire=wire))
    assert len(records) == 1
    return said(records[0])


@pytest.mark.parametrize("name", MESSAGES)
def test_whole_messages_are_sound(name: str) -> None:
    """Each kind of message is read to its end without complaint."""
    record = one(MESSAGES[name])
    assert "error.code" not in record
    assert "handle.trailing_bytes" not in record
    assert record["wanglou.pairing"] in ("no_response", "no_request")


@pytest.mark.parametrize("name", MESSAGES)
def test_a_message_cut_anywhere_is_malformed(name: str) -> None:
    """Truncated at every byte, a message is one row that says so; nothing is raised."""
    content = MESSAGES[name]
    for size in range(1, len(content)):
        record = one(content[:size])
        assert record["wanglou.pairing"] == "malformed", size
        assert record["event.action"] == "malformed"
        assert record["error.code"] in ("gap", "truncated", "envelope")


@pytest.mark.parametrize("name", MESSAGES)
def test_a_body_cut_anywhere_is_malformed(name: str) -> None:
    """An envelope that admits to fewer bytes than the layout needs gives one malformed row."""
    content = MESSAGES[name]
    for size in range(44, len(content) - 4):
        if size == 44 + int.from_bytes(content[40:44], "big"):
            continue  # ends with its body, as messages of old peers do
        cut = content[:16] + struct.pack("!I", size - 20) + content[20:size]
        record = one(cut)
        assert record["wanglou.pairing"] == "malformed", size
        assert record["error.code"] == "body_length" or size >= 44 + int.from_bytes(content[40:44], "big")


@pytest.mark.parametrize(
    ("content", "error", "malformed"),
    [
        (message(1, text("88.1/x") + b"\xff\xff\xff\xff" + bytes(8)), "count", True),
        (message(1, text("88.1/x") + bytes(4) + b"\xff\xff\xff\xff"), "count", True),
        (message(100, text("88.1/x") + b"\xff\xff\xff\xff"), "count", True),
        (message(105, b"\xff\xff\xff\xff", 1), "count", True),
        (message(1, b"\xff\xff\xff\xff88.1/x"), "truncated", True),
        (message(1, text("88.1/x") + bytes(8), body_length=999), "body_length", True),
        (message(1, text("88.1/x") + bytes(8), credential_length=7), "credential_length", True),
        (message(1, text("88.1/x") + bytes(8), credential=bytes(9)), "credential", True),
        (message(1, text("88.1/x") + bytes(8), reserved=1), "reserved", False),
        (message(7, b"abc"), "op_code", False),
        (message(100, b"\x09abc", 402, flags=RD), "truncated", True),
    ],
)
def test_what_is_wrong(content: bytes, error: str, malformed: bool) -> None:
    """Counts and lengths beyond the bytes make a message malformed; oddities are only named."""
    record = one(content)
    assert (record["error.code"], record["wanglou.pairing"] == "malformed") == (error, malformed)
    assert error in ERRORS


@pytest.mark.parametrize("version", [(3, 0), (5, 0)])
def test_other_versions(version: tuple[int, int]) -> None:
    """DO-IRP 3 keeps the layouts, and 5 is an old client's 2 (made by hand: no real traffic has them)."""
    record = one(query("88.1/x", version=version))
    assert (record["handle.version"], record["handle.identifier"]) == (f"{version[0]}.0", "88.1/x")


def test_header_fields() -> None:
    """Every field of envelope and header is told."""
    content = query("88.1/x", session=9, request=77, serial=6, recursions=3, flags=0x90000001, expires=1_700_000_060)
    record = one(content)
    told = {
        "handle.session_id": 9, "handle.request_id": 77, "handle.site.serial": 6, "handle.recursion_count": 3,
        "handle.expires_in": 60, "handle.op_flag": 0x90000001, "handle.request.bytes": len(content),
        "handle.flags": ["authoritative", "recursive", "trusted_result"], "handle.suggested_version": "2.11",
    }  # fmt: skip
    assert {name: record[name] for name in told} == told


def test_sealed_messages_are_opaque() -> None:
    """Of an encrypted or compressed message only the envelope is told (made by hand)."""
    for bits, action in ((0x42, "encrypted"), (0x82, "compressed")):
        record = one(query("88.1/x", envelope=bits))
        assert (record["event.action"], record["handle.envelope.flags"]) == (action, [action])
        assert "handle.op.code" not in record
        assert "handle.identifier" not in record


def test_the_beginning_of_a_long_message_is_enough() -> None:
    """A message of which only the beginning was kept is cut, not malformed."""
    content = answer("88.1/x", *(value(k, "URL", "x" * 50) for k in range(20)))
    record = one(content[:300], wire=len(content))
    assert record["wanglou.pairing"] == "no_request"
    assert "error.code" not in record
    assert len(record["handle.value.indexes"]) == 3


def test_old_peers_send_no_credential_length() -> None:
    """A message may end with its body."""
    record = one(query("88.1/x", credential=None))
    assert "error.code" not in record
    assert record["handle.credential.present"] is False


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(sorted(MESSAGES)), st.lists(st.tuples(st.integers(0, 400), st.integers(0, 255)), max_size=6))
def test_mutated_messages_never_raise(name: str, changes: list[tuple[int, int]]) -> None:
    """Whatever bytes are changed, there are rows and no exceptions."""
    content = bytearray(MESSAGES[name])
    for at, byte in changes:
        content[at % len(content)] = byte
    records, _ = tabulate(Talk().say(bytes(content)))
    assert records


@settings(max_examples=60, deadline=None)
@given(st.binary(min_size=1, max_size=200), st.sampled_from([1, 2, 100, 103, 105, 200, 201, 400, 402, 2000, 2001]),
       st.sampled_from([0, 1, 2, 302, 402]), st.booleans())  # fmt: skip
def test_any_body_is_read(body: bytes, op: int, response: int, digest: bool) -> None:
    """No body raises, and each gives one row."""
    records, _ = tabulate(Talk().say(message(op, body, response, flags=RD if digest else 0)))
    assert len(records) == 1


@settings(max_examples=30, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(sorted(MESSAGES)), st.integers(0, 400), st.integers(0, 255)), max_size=8))
def test_a_message_leaves_nothing_to_the_next(chosen: list[tuple[str, int, int]]) -> None:
    """What a message tells does not depend on those before it."""
    talk = Talk()
    for name, at, byte in chosen:
        content = bytearray(MESSAGES[name])
        content[at % len(content)] = byte
        talk.say(bytes(content))
    for row, event in enumerate(talk.events):
        alone = Talk()
        alone.events.append(event)
        alone.join()
        both, own = decode_talk(talk), decode_talk(alone)
        told = [name for name in PDU.names or () if not name.endswith("_at") and not name.startswith("first_")]
        assert [both.get(row, name) for name in told] == [own.get(0, name) for name in told]
