"""Topics by content, wherever they lie."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from parsers import mqtt_topic
from parsers.mqtt_packet import ARENA, KEPT, PACKET
from parsers.mqtt_topic import Buffers, Topics, has_room, number_topic
from parsers.spans import TEXT_BYTES
from tests.support.mqtt_packets import array, block, modern, publish, records


def code(topics: Topics, values: list[bytes], spill: int = 0) -> list[str | None]:
    """Texts of the column of one batch whose topics lie one behind the other in a buffer."""
    nothing = np.empty(0, dtype=np.uint8)
    buffers = [nothing] * 4
    buffers[spill] = array(b"".join(values))
    packets: Any = np.recarray(len(values), dtype=PACKET)
    lengths = np.array([*map(len, values)], dtype=np.int64)
    packets["topic_at"], packets["topic_length"] = np.cumsum(lengths) - lengths, lengths
    packets["topic_spill"] = spill
    viewed = Buffers.view(*buffers)
    topics.begin()
    codes = np.empty(len(values), dtype=np.int32)
    for row, packet in enumerate(packets):
        while not has_room(topics.book):
            topics.grow()
        codes[row] = topics.book.topics[number_topic(viewed, packet, topics.book)].code
        assert viewed.read_topic(packet) == values[row]
    column = topics.make_columns(codes)["mqtt.topic"]
    column.validate(full=True)
    assert len(column.dictionary) == len({(value[:TEXT_BYTES], len(value)) for value in values})
    return list(column.to_pylist())


@given(st.lists(st.lists(st.binary(min_size=1, max_size=20).map(lambda value: value * 3), max_size=8), max_size=4))
def test_topics_are_numbered_by_content(batches: list[list[bytes]]) -> None:
    """Each batch has the texts of its own topics, each once, whatever was remembered."""
    topics = Topics()
    for values in batches:
        expected = [value.decode("utf-8", "backslashreplace") for value in values]
        for text, wanted in zip(code(topics, values), expected, strict=True):
            assert text == wanted or not wanted.isprintable()


def test_more_topics_than_there_is_room_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """Room grows within a batch; beyond the bound all is forgotten before the next one."""
    monkeypatch.setattr(mqtt_topic, "MOST_TOPICS", 1_500)
    values = [b"line%d/temperature" % number for number in range(2_000)] * 2
    topics = Topics()
    for _ in range(2):
        assert code(topics, values) == [value.decode() for value in values]
    assert code(topics, values[:3]) == [value.decode() for value in values[:3]]


def test_where_topics_lie() -> None:
    """The same topic is the same text, whichever buffer it lies in."""
    topics = Topics()
    for spill in (0, 1, ARENA, KEPT):
        assert code(topics, [b"a", b"plant/line", b"a"], spill) == ["a", "plant/line", "a"]


def test_long_topics() -> None:
    """A topic is cut; those that differ beyond are one, those of other lengths are not."""
    start = b"t" * TEXT_BYTES
    found = code(Topics(), [start, start + b"a", start + b"b", start + b"cd"])
    assert found == ["t" * TEXT_BYTES, *["t" * TEXT_BYTES + "…"] * 3]


def test_topics_of_several_batches() -> None:
    """A topic of this batch and one that an alias brought from an earlier one are one text."""
    named, short = block(b"\x23\0\1"), publish("", properties=block(b"\x23\0\1"))
    connection = modern().ask(publish("a", properties=named)).ask(short + publish("a", properties=b"\0") + short)
    assert [r["mqtt.topic"] for r in records(connection, [6])[1:]] == ["a"] * 4
