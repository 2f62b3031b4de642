"""Real Handle traffic against its independent decode: every message, every key."""

from __future__ import annotations

from collections import Counter
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from parsers.handle_rows import Decoded
from parsers.packet import TCP, UDP
from tests.support.handle_capture import describe, read_expected, read_talk
from tests.support.handles import Record, decode_talk, tabulate

FOLDER = Path("captures") / "handle"
CAPTURE, EXPECTED = FOLDER / "teleinfo_cnri_loopback.pcap", FOLDER / "teleinfo_cnri_loopback.expected.jsonl"
CREDENTIAL_KEYS = ("sh", "si", "ty", "alg", "sig")
"""Of a credential; its version, reserved octet, options and inner length are passed over."""


@cache
def decode(path: Path, protocol: int) -> tuple[list[dict[str, Any]], Decoded]:
    """Every message of a capture over TCP or UDP, in the words of the expected decode."""
    talk = read_talk(path, (protocol,))
    http = {k for k, (_, _, app) in enumerate(talk.ends) if app != talk.ends[0][2]}
    talk.events = [event for event in talk.events if event.conversation not in http]
    decoded = decode_talk(talk)
    return [describe(decoded, row) for row in range(len(decoded.heads))], decoded


@cache
def records(path: Path) -> list[Record]:
    """Rows of the capture."""
    return tabulate(read_talk(path))[0]


@pytest.mark.parametrize("protocol", [UDP, TCP])
def test_every_message_is_decoded_as_expected(shared: Path, protocol: int) -> None:
    """Envelope, header, body and credential of all 148 messages are those of the independent decode."""
    found, _ = decode(shared / CAPTURE, protocol)
    expected = [e for e in read_expected(shared / EXPECTED) if e["where"].startswith("tcp") == (protocol == TCP)]
    assert len(found) == len(expected) == 74
    keyed = {(m["request"], m["rc"], m["op"]): m for m in found}
    for message in expected:
        where = message.pop("where")
        if message["cred"] is not None:
            message["cred"] = {key: message["cred"][key] for key in CREDENTIAL_KEYS}
        assert keyed[message["request"], message["rc"], message["op"]] == message, where


def test_every_transaction_is_paired(shared: Path) -> None:
    """Of UDP, TCP and HTTP all requests find their replies, and every outcome is that of the stub server."""
    found = records(shared / CAPTURE)
    assert Counter(record["wanglou.pairing"] for record in found) == {"paired": 76}
    assert Counter(record["handle.transport"] for record in found) == {"udp": 37, "tcp": 37, "http": 2}
    assert [record["error.code"] for record in found if record["error.code"]] == []
    responses = Counter(record["handle.response.code"] for record in found)
    expected = Counter(e["rc"] for e in read_expected(shared / EXPECTED) if e["rc"])
    assert responses == expected + Counter({1: 1, 100: 1})  # those over HTTP


def test_changes_tell_who_changed_what(shared: Path) -> None:
    """Each answered challenge of the capture names the key, the operation and the handle."""
    found = Counter(
        (
            record["handle.operation"], record["handle.identifier"], record["handle.admin.handle"],
            record["handle.challenge.state"],
        )
        for record in records(shared / CAPTURE)
        if record["handle.op.code"] == 200
    )  # fmt: skip
    admin = "88.100.1/admin"
    operations = ("create_handle", "add_value", "modify_value", "remove_value", "delete_handle")
    expected = {(name, "88.100.1/new1", admin, "accepted"): 2 for name in operations} | {
        ("delete_handle", "88.100.1/new2", "88.100.1/bad", "refused"): 2,
        ("list_handle", "0.NA/88.100.1", admin, "accepted"): 2,
        ("login_id_system", None, admin, "accepted"): 1,
    }
    assert found == expected


def test_request_digests_are_those_of_the_requests(shared: Path) -> None:
    """All digests in the capture's replies are right."""
    digests = Counter(record["handle.digest.matches"] for record in records(shared / CAPTURE))
    expected = sum("rd" in e["body"] for e in read_expected(shared / EXPECTED))
    assert digests == {True: expected, None: 76 - expected}


def test_cuts_of_batches_do_not_matter(shared: Path) -> None:
    """Read message by message, the capture gives the same records."""
    talk = read_talk(shared / CAPTURE)
    parts, _ = tabulate(talk, cuts=[1] * len(talk.events))
    assert sorted(map(str, parts)) == sorted(map(str, records(shared / CAPTURE)))
