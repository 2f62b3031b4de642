"""Handle messages in fragments over UDP."""

from __future__ import annotations

import random
import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from parsers.handle_frame import MOST_FRAGMENTS
from parsers.packet import UDP
from parsers.tracker import Limits
from tests.support.handles import Record, Talk, answer, fragments, query, said, tabulate, value

WHOLE = answer("88.1/big", *(value(k, "URL", f"http://a/{k:0100}") for k in range(12)))
PIECES = fragments(WHOLE)


def start() -> Talk:
    """A UDP conversation whose client has asked."""
    talk = Talk()
    talk.join(UDP)
    return talk.ask(query("88.1/big"))


def send(*pieces: bytes) -> list[Record]:
    """Records of the question and fragments of its answer."""
    talk = start()
    for piece in pieces:
        talk.reply(piece)
    return [said(record) for record in tabulate(talk)[0]]


@pytest.mark.parametrize("order", [(0, 1, 2, 3), (3, 2, 1, 0), (2, 0, 3, 1)])
def test_fragments_in_any_order(order: tuple[int, ...]) -> None:
    """The message is whole when its last fragment has come, in whatever order."""
    assert len(PIECES) == 4
    (record,) = send(*(PIECES[k] for k in order))
    assert record["wanglou.pairing"] == "paired"
    assert (record["handle.response.fragments"], record["handle.response.bytes"]) == (4, len(WHOLE))
    assert record["handle.value.indexes"] == list(range(12))
    assert (record["wanglou.packet"], record["wanglou.packet_end"]) == (0, 4)
    assert record["handle.envelope.flags"] == ["truncated"]


def test_fragments_without_their_flag() -> None:
    """TC is often not set: a length beyond a full datagram is enough."""
    plain = [piece[:2] + bytes([piece[2] & 0x1F]) + piece[3:] for piece in PIECES]
    (record,) = send(*plain)
    assert record["handle.response.fragments"] == 4


def test_doubled_fragments() -> None:
    """A fragment that comes again changes nothing, and is counted."""
    talk = start()
    for piece in (PIECES[0], PIECES[1], PIECES[1], PIECES[2], PIECES[0], PIECES[3]):
        talk.reply(piece)
    records, table = tabulate(talk)
    assert [record["wanglou.pairing"] for record in records] == ["paired"]
    assert table.counters["handle_fragments_doubled"] == 2


def test_conflicting_fragments() -> None:
    """The first arrival wins, and the conflict is told."""
    forged = PIECES[1][:-4] + b"evil"
    (record,) = send(PIECES[0], PIECES[1], forged, PIECES[2], PIECES[3])
    assert record["error.code"] == "fragment_conflict"
    assert "evil" not in str(record)


def test_missing_fragments() -> None:
    """What never becomes whole is a malformed row, and the request has no reply."""
    records = send(*PIECES[:3])
    assert sorted((record["wanglou.pairing"], record.get("error.code", "")) for record in records) == [
        ("malformed", "fragment_missing"),
        ("no_response", ""),
    ]


@pytest.mark.parametrize("number", [4, MOST_FRAGMENTS, 0xFFFFFFFF])
def test_impossible_fragments(number: int) -> None:
    """A number or length that no fragment of the message can have is a row of its own."""
    forged = PIECES[0][:12] + struct.pack("!I", number) + PIECES[0][16:]
    records = send(forged, *PIECES)
    assert sorted(record.get("error.code", "") for record in records) == ["", "fragment_number"]
    records = send(PIECES[1][:-1], *PIECES)
    assert sorted(record.get("error.code", "") for record in records) == ["", "fragment_number"]


def test_a_length_that_changes() -> None:
    """Fragments that disagree about the whole length are no one message."""
    other = PIECES[1][:16] + struct.pack("!I", len(WHOLE) - 21) + PIECES[1][20:]
    errors = sorted(record.get("error.code", "") for record in send(PIECES[0], other, *PIECES[1:]))
    assert "fragment_missing" in errors


def test_fragments_that_come_too_late() -> None:
    """After ten seconds a set is given up; a retransmission begins anew."""
    talk = start().reply(PIECES[0]).wait(11)
    for piece in PIECES:
        talk.reply(piece)
    records, _ = tabulate(talk)
    assert sorted(record["wanglou.pairing"] for record in records) == ["malformed", "paired"]


def test_fragmented_requests_wait_for_their_reply() -> None:
    """A request in fragments is joined anew in each batch until its reply has come."""
    talk = Talk()
    talk.join(UDP)
    for piece in fragments(query("88.1/x", types=["T" * 400, "U" * 400])):
        talk.ask(piece)
    talk.ask(query("88.1/y", request=2)).reply(answer("88.1/x"))
    for cuts in ([], [1, 1, 1, 1], [2, 1]):
        records, _ = tabulate(talk, cuts=cuts)
        found = {record["handle.identifier"]: record["wanglou.pairing"] for record in records}
        assert found == {"88.1/x": "paired", "88.1/y": "no_response"}


def test_waiting_fragments_are_bounded() -> None:
    """A flood of first fragments keeps no more of them than it may."""
    talk = Talk()
    talk.join(UDP)
    for number in range(40):
        talk.reply(PIECES[0][:8] + struct.pack("!I", number) + PIECES[0][12:])
    talk.ask(query("88.1/x", request=99))
    records, table = tabulate(talk, cuts=[40], limits=Limits(pending=64, fragments=8))
    assert sum(record["error.code"] == "fragment_missing" for record in records) == 40
    assert table.counters["handle_malformed"] == 40


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(1, 3), max_size=4), st.randoms(use_true_random=False))
def test_cuts_of_batches_do_not_matter(cuts: list[int], chance: random.Random) -> None:
    """Wherever the batches are cut, the same fragments give the same records."""
    talk = start()
    pieces = [*PIECES, *PIECES[:2]]
    chance.shuffle(pieces)
    for piece in pieces:
        talk.reply(piece)
    whole, parts = (tabulate(talk, cuts=sizes)[0] for sizes in ([], cuts))
    assert sorted(map(str, whole)) == sorted(map(str, parts))
