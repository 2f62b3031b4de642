"""Layouts of payloads."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from parsers.payload import JSON, KINDS, classify_payload, is_plain_text
from parsers.payload_layout import (
    LAYOUTS,
    LONGEST,
    WORD,
    Layouts,
    find_layout,
    has_layout,
    learn_layout,
    make_layouts,
    mark_layout,
    view_words,
)
from tests.support.mqtt_packets import array


def learn(layouts: Layouts, data: bytes, times: int = 2) -> tuple[int, int]:
    """Read a payload and remember its layout; its kind and shape."""
    buf = array(data)
    kind, shape = classify_payload(buf, 0, len(data), len(data), 1)
    mark = mark_layout(view_words(buf), 0, len(data))
    for _ in range(times if mark >= 0 else 0):
        learn_layout(buf, view_words(buf), 0, len(data), mark, kind, shape, layouts)
    return int(kind), int(shape)


def find(layouts: Layouts, data: bytes) -> tuple[int, int, int] | None:
    """Kind, shape and plainness of a payload by its layout."""
    words = view_words(array(data))
    mark = mark_layout(words, 0, len(data))
    number = find_layout(words, 0, len(data), mark, layouts) if mark >= 0 else -1
    layout = layouts.table[number]
    return (int(layout.kind), int(layout.form), int(layout.plain)) if number >= 0 else None


def test_other_numbers_are_of_the_same_layout() -> None:
    """Digits may differ, but not those of keys; all else may not, nor the length."""
    layouts = make_layouts()
    kind, shape = learn(layouts, b'{"t1": -20.5, "u":"C7", "ok":true}')
    assert (KINDS[kind], find(layouts, b'{"t1": -99.0, "u":"C0", "ok":true}')) == ("json", (JSON, shape, 1))
    for other in (
        b'{"t2": -20.5, "u":"C7", "ok":true}', b'{"t1": -2.05, "u":"C7", "ok":true}',
        b'{"t1": -2:.5, "u":"C7", "ok":true}', b'{"t1": -2?.5, "u":"C7", "ok":true}',
        b'{"t1": -20.5, "u":"C7", "ok":true} ', b'{"t1": -20.5, "u":"C7", "ok":trud}', b'{"t1": -20.5, "u":"C7"}',
    ):  # fmt: skip
        assert find(layouts, other) is None


def test_a_layout_is_learnt_at_second_sight() -> None:
    """What comes once only takes no other's place."""
    layouts = make_layouts()
    learn(layouts, b"temperature 20", times=1)
    assert find(layouts, b"temperature 20") is None
    learn(layouts, b"temperature 20", times=1)
    assert find(layouts, b"temperature 99") == (KINDS.index("text"), 0, 1)


def test_the_oldest_of_a_set_is_replaced() -> None:
    """Any number of layouts can be learnt; the last one is known."""
    layouts = make_layouts()
    for number in range(3 * LAYOUTS):
        data = bytes([97 + number % 26, 97 + number // 26]) * 8
        learn(layouts, data)
        assert find(layouts, data) is not None


@pytest.mark.parametrize("length", [0, WORD - 1, LONGEST + 1])
def test_lengths_that_have_no_layout(length: int) -> None:
    """Short payloads are quickly read, long ones have no room."""
    assert mark_layout(view_words(array(b"1" * length)), 0, length) == -1


def test_words_of_short_buffers() -> None:
    """There are words of any buffer, and they are its bytes."""
    for length in range(30):
        data = np.arange(length, dtype=np.uint8)
        words = view_words(data)
        assert len(words) >= 2
        assert not words.flags.c_contiguous
        assert [word & 0xFF for word in words[: max(length - 7, 0)].tolist()] == data[: max(length - 7, 0)].tolist()


@given(
    st.dictionaries(st.text('a1"\\', max_size=3), st.integers() | st.text("9:x{", max_size=5) | st.none(), max_size=4)
    .map(lambda document: json.dumps(document).encode())
    | st.binary(min_size=8, max_size=40)
    | st.text('0123{}[]":,\\tfn', min_size=8, max_size=30).map(str.encode),
    st.randoms(use_true_random=False),
)  # fmt: skip
def test_what_fits_is_of_the_same_kind(data: bytes, random: object) -> None:
    """Any payload with other digits either does not fit, or is what its layout says."""
    layouts = make_layouts()
    learn(layouts, data)
    digits = b"0123456789"
    other = bytes(random.choice(digits) if byte in digits else byte for byte in data)  # type: ignore[attr-defined]
    found = find(layouts, other)
    buf = array(other)
    if found is not None:
        read = classify_payload(buf, 0, len(other), len(other), 1)
        assert found == (*read, int(is_plain_text(buf, 0, len(other))))
        assert has_layout(view_words(buf), 0, len(other), int(np.flatnonzero(layouts.table["length"])[0]), layouts)
    elif len(data) >= WORD:
        assert find(layouts, data) is not None
        assert classify_payload(buf, 0, len(other), len(other), 1)[0] == JSON
