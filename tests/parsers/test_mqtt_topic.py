"""Topics by content, wherever they lie."""

from __future__ import annotations

import numpy as np

from parsers.mqtt_topic import _join
from parsers.spans import Coded
from tests.support.mqtt_packets import block, modern, publish, records


def coded(codes: list[int], values: list[bytes]) -> Coded:
    """Spans by content, made by hand."""
    return Coded(np.array(codes, dtype=np.int32), values, np.array([len(value) for value in values], dtype=np.int32))


def test_coded_apart_is_coded_together() -> None:
    """Contents of both are numbered once."""
    both = _join(coded([0, -1, 1, -1], [b"a", b"b"]), coded([-1, 0, -1, 1], [b"b", b"c"]))
    assert both.codes.tolist() == [0, 1, 1, 2]
    assert (list(both.values), both.lengths.tolist()) == ([b"a", b"b", b"c"], [1, 1, 1])


def test_topics_of_several_batches() -> None:
    """A topic of this batch and one that an alias brought from an earlier one are one text."""
    named, short = block(b"\x23\0\1"), publish("", properties=block(b"\x23\0\1"))
    connection = modern().ask(publish("a", properties=named)).ask(short + publish("a", properties=b"\0") + short)
    assert [r["mqtt.topic"] for r in records(connection, [6])[1:]] == ["a"] * 4
