"""What a batch's messages are before they are decoded."""

from __future__ import annotations

import numpy as np

from parsers.handle_intake import return_messages, store_message, take_messages
from tests.support.handles import Talk, answer, array, fragments, make_messages, query, value

BIG = answer("88.1/big", *(value(k, "URL", "x" * 100) for k in range(9)), request=2)


def test_whole_messages_are_not_copied() -> None:
    """Without fragments and stored messages the batch is taken as it is."""
    messages, data = make_messages(Talk().ask(query("88.1/x")).events, 0)
    intake = take_messages(data, array(b""), messages, np.array([True]), [], most=9, flush=False)
    assert intake.data is data
    assert (intake.count, intake.fragments.tolist(), intake.faults.tolist()) == (1, [1], [0])
    back = return_messages(messages, intake, np.array([0], dtype=np.int32), np.array([1], dtype=np.uint8))
    assert (len(back), back["duplicate"].tolist()) == (1, [1])


def test_stored_messages_come_behind() -> None:
    """A stored message is copied with its bytes, cut to the bound, and is none of the batch's."""
    old, before = make_messages(Talk().ask(query("88.1/old")).events, 0)
    stored = store_message(before, array(b""), old[:1], 60)
    assert (len(stored.content), int(stored.message["wire"][0])) == (60, len(query("88.1/old")))
    messages, data = make_messages(Talk().ask(query("88.1/x")).events, 0)
    intake = take_messages(data, array(b""), messages, np.array([True]), [stored], most=9, flush=False)
    assert (intake.count, len(intake.messages)) == (1, 2)
    at = int(intake.messages["offset"][1])
    assert intake.spill[at : at + 60].tobytes() == query("88.1/old")[:60]


def test_messages_that_come_again() -> None:
    """Fragments that wait and those of a request that waits come back in packet order."""
    talk, pieces = Talk(), fragments(BIG)
    for content in (pieces[0], query("88.1/x"), *pieces[1:], fragments(BIG[:8] + b"\0\0\0\7" + BIG[12:])[0]):
        talk.ask(content)
    for event in talk.events:
        event.status = 0
    messages, data = make_messages(talk.events, 0)
    datagram = np.ones(len(messages), dtype=np.bool_)
    intake = take_messages(data, array(b""), messages, datagram, [], most=9, flush=False)
    assert (intake.count, intake.fragments.tolist()) == (2, [1, 3])
    waiting, marks = np.array([0, 1], dtype=np.int32), np.zeros(2, dtype=np.uint8)
    assert return_messages(messages, intake, waiting, marks)["packet"].tolist() == [0, 1, 2, 3, 4]
    assert return_messages(messages, intake, waiting[:1], marks[:1])["packet"].tolist() == [1, 4]
