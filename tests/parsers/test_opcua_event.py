"""An event says where a value's bytes lie, or what number it is; what says nothing is null."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from parsers.opcua_event import EVENT, NULL, NUMBER, keep_plain
from parsers.opcua_program import INT16, LOCALIZED_TEXT, NODE_ID, QUALIFIED_NAME, STRING

TEXT = b"\x02\x00\x00\x00ab"


@pytest.mark.parametrize(
    ("content", "kind", "value", "length", "place"),
    [
        (b"\xff\xff", INT16, -1, NUMBER, 3),
        (b"\x00\x55", NODE_ID, 3, 2, -1),
        (TEXT, STRING, 7, 2, -1),
        (b"\xff" * 4, STRING, 7, NULL, -1),
        (b"\x00\x00" + TEXT, QUALIFIED_NAME, 3, 8, -1),
        (b"\x00\x00" + b"\xff" * 4, QUALIFIED_NAME, 3, NULL, -1),
        (b"\x01\x00" + b"\xff" * 4, QUALIFIED_NAME, 3, 6, -1),
        (b"\x03" + TEXT * 2, LOCALIZED_TEXT, 14, 2, -1),
        (b"\x01" + TEXT, LOCALIZED_TEXT, 3, NULL, -1),
    ],
)
def test_what_is_kept(content: bytes, kind: int, value: int, length: int, place: int) -> None:
    """Of a text the words without locale or length, of a number itself and its place behind the body's beginning."""
    buf = np.frombuffer(b"xyz" + content, dtype=np.uint8)
    events: Any = np.recarray(2, dtype=EVENT)
    assert keep_plain(buf, 3, len(buf), kind, 9, 4, 1, events, 0, 0) == 1
    e = events[0]
    assert (int(e.value), int(e.length), int(e.place)) == (value, length, place)
    assert (int(e.tag), int(e.kind), int(e.message), int(e.spill)) == (9, kind, 4, 1)
