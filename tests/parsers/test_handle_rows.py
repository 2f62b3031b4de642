"""Rows out of paired messages: names, lists and sparse columns."""

from __future__ import annotations

import numpy as np
import pytest

from parsers.handle_pdu import SPANS
from parsers.handle_rows import (
    code_numbers,
    expand,
    flatten,
    make_keyword_lists,
    make_names,
    make_number_lists,
    make_sparse_numbers,
    make_sparse_texts,
)
from tests.support.handles import Talk, answer, decode_talk, message, query, text

NUMBERS = np.array([5, -1, 7, 5], dtype=np.int64)


def test_numbers_are_coded() -> None:
    """Equal numbers share a code, negative ones have none."""
    codes, distinct = code_numbers(NUMBERS)
    assert [distinct[code] if code >= 0 else None for code in codes] == [5, None, 7, 5]
    assert code_numbers(np.full(3, 9, dtype=np.int64))[1] == [9]
    assert code_numbers(np.empty(0, dtype=np.int64))[1] == []
    assert code_numbers(np.full(2, -1, dtype=np.int64))[0].tolist() == [-1, -1]


def test_names() -> None:
    """Names are made once per number; an empty one is null."""
    assert make_names(NUMBERS, lambda n: "" if n == 7 else f"n{n}").to_pylist() == ["n5", None, None, "n5"]
    assert make_names(np.full(2, -1, dtype=np.int64), str).to_pylist() == [None, None]


def test_lists() -> None:
    """Lists are made of what each occurrence adds to its row."""
    assert flatten(np.array([4, 0, 9]), np.array([2, 0, 1]))[1].tolist() == [4, 5, 9]
    rows, codes = np.array([0, 0, 2]), np.array([1, 0, 1])
    assert make_keyword_lists(rows, codes, [["a"], ["b", "c"]], 3).to_pylist() == [["b", "c", "a"], None, ["b", "c"]]
    assert make_number_lists(rows, codes, [[], [1]], 3).to_pylist() == [[1], None, [1]]
    nothing = np.empty(0, dtype=np.int64)
    assert make_keyword_lists(nothing, nothing, [], 2).to_pylist() == [None, None]
    assert expand(nothing, nothing, [], 0)[0].tolist() == [0]


def test_sparse_columns() -> None:
    """Few values among many rows."""
    assert make_sparse_texts(3, {1: "a"}).to_pylist() == [None, "a", None]
    assert make_sparse_numbers(3, {2: 8}).tolist() == [-1, -1, 8]
    assert make_sparse_numbers(2, {}).tolist() == [-1, -1]


@pytest.mark.parametrize(
    ("content", "names"),
    [
        (query("88.1/x"), {"handle"}),
        (message(1, text("88.1/x") + bytes(8) + text("id")), {"handle", "identity"}),
        (message(1, text("88.1/x") + bytes(8) + text("")), {"handle"}),
        (message(2, b"abc", 1), {"site"}),
        (message(7, b"abc"), {"rest"}),
        (message(1, text("why"), 100), {"reason"}),
        (message(200, text("a") + text("b") + bytes(4) + text("c")), {"method", "key_handle", "answer"}),
        (message(400, b"\0\x03" + bytes(4) + text("a") + bytes(4) + text("b") + bytes(4)), {"key_handle", "exchange"}),
        (message(400, b"\0\x01" + bytes(4) + text("a") + bytes(4) + text("b")), {"key_handle", "key"}),
        (message(1, b"\x01" + bytes(16) + text("n"), 402, flags=0x00800000), {"digest", "nonce"}),
        (
            answer("88.1/x", credential=bytes(4) + text("s") + bytes(4) + text("t") + bytes(4) + text("d") + text("")),
            {"handle", "signer", "kind", "algorithm"},
        ),
    ],
)
def test_which_spans_there_are(content: bytes, names: set[str]) -> None:
    """The bits name just the spans that a message has."""
    decoded = decode_talk(Talk().ask(content))
    assert {name for name in SPANS if decoded.has(name)} == names
    assert all(decoded.read(0, name, 99) for name in names if name != "algorithm")


def test_rows_without_a_message() -> None:
    """Where a row has no message its fields are missing."""
    decoded = decode_talk(Talk().ask(query("88.1/x")))
    assert decoded.take(np.array([0, -1]), "op").tolist() == [1, -1]
    assert decoded.spans(np.array([-1]), "handle")["length"].tolist() == [-1]
