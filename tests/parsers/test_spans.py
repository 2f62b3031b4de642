"""Distinct byte spans."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from parsers.spans import SPAN, TEXT_BYTES, code_spans, decode_text, make_text_lists, make_texts

TEXTS = st.lists(st.none() | st.binary(max_size=6) | st.binary(min_size=TEXT_BYTES - 1, max_size=TEXT_BYTES + 2))


def lay_out(values: list[bytes | None]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Data, spill and spans of values, every other one in the spill buffer."""
    buffers = [bytearray(b"."), bytearray(b":")]
    spans = np.zeros(len(values), dtype=SPAN)
    for at, value in enumerate(values):
        buffer = buffers[at % 2]
        spans[at] = (len(buffer), -1 if value is None else len(value), at % 2)
        buffer += value or b""
    data, spill = (np.frombuffer(bytes(buffer), dtype=np.uint8).copy() for buffer in buffers)
    return data, spill, spans


@given(TEXTS)
def test_equal_contents_have_one_code(values: list[bytes | None]) -> None:
    """Two spans have the same code just where as much as is looked at, and their length, is the same."""
    coded = code_spans(*lay_out(values))
    keys = [None if value is None else (value[:TEXT_BYTES], len(value)) for value in values]
    assert [code < 0 for code in coded.codes] == [key is None for key in keys]
    assert [(coded.values[c], int(coded.lengths[c])) if c >= 0 else None for c in coded.codes] == keys
    assert len(coded.values) == len({key for key in keys if key is not None})


def test_texts_are_one_column() -> None:
    """Each distinct text is in the dictionary once; a missing one is null; a long one ends in an ellipsis."""
    column = make_texts(code_spans(*lay_out([b"a", None, b"b", b"a", b"x" * 2_000])))
    assert column.to_pylist() == ["a", None, "b", "a", "x" * TEXT_BYTES + "\u2026"]
    assert len(column.dictionary) == 3


def test_lists_of_texts() -> None:
    """Lists take their spans in order, an absent one as null; an empty list is null."""
    coded = code_spans(*lay_out([b"a", b"b", None, b"a"]))
    column = make_text_lists(np.array([0, 2, 2, 4], dtype=np.int32), coded)
    assert column.to_pylist() == [["a", "b"], None, [None, "a"]]
    assert make_text_lists(np.array([0, 0], dtype=np.int32), code_spans(*lay_out([]))).to_pylist() == [None]


def test_no_control_character_stays() -> None:
    """Bytes that are no UTF-8 and characters that do not print are escaped, others are left alone."""
    assert decode_text("望楼 a\\b".encode()) == "望楼 a\\b"
    assert decode_text(b"a\x00\xff\n") == "a\\x00\\xff\\n"
