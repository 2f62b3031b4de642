"""Texts of the handles that transactions are about."""

from __future__ import annotations

import numpy as np

from parsers.handle_handles import make_handles, make_identifiers
from parsers.spans import TEXT_BYTES, Coded

VALUES = [b"88.1/a/b", b"/", b"88.1/\xff", b"", b"0.NA", "86.1.2/设".encode()]


def code(values: list[bytes], codes: list[int]) -> Coded:
    """Coded texts, none of which is cut."""
    return Coded(np.array(codes, dtype=np.int32), values, np.array([len(value) for value in values], dtype=np.int32))


def test_parts() -> None:
    """A handle is split at its first slash; an empty part is a part; again from memory."""
    coded, handles = code(VALUES, [4, 0, -1, 1, 2, 3, 5]), make_handles()
    for _ in range(2):
        columns = make_identifiers(coded, handles)
        assert columns["handle.prefix"].to_pylist() == [None, "88.1", None, "", "88.1", None, "86.1.2"]
        assert columns["handle.suffix"].to_pylist() == [None, "a/b", None, "", "\\xff", None, "设"]
        assert columns["handle.suffix_length"].to_pylist() == [None, 3, None, 0, 1, None, 3]
        names = columns["handle.identifier"].to_pylist()
        assert names == ["0.NA", "88.1/a/b", None, "/", "88.1/\\xff", "", "86.1.2/设"]


def test_a_handle_that_was_cut() -> None:
    """It ends in an ellipsis, is another than the one that ends there, and its length is the whole one."""
    beginning = b"88.1/" + b"x" * (TEXT_BYTES - 5)
    lengths = np.array([TEXT_BYTES, 5_000], dtype=np.int32)
    coded, handles = Coded(np.array([0, 1], dtype=np.int32), [beginning, beginning], lengths), make_handles()
    columns = make_identifiers(coded, handles)
    assert columns["handle.identifier"].to_pylist() == [beginning.decode(), beginning.decode() + "\u2026"]
    assert columns["handle.suffix_length"].to_pylist() == [TEXT_BYTES - 5, 4_995]


def test_no_handles() -> None:
    """Nothing is told of nothing."""
    coded, handles = code([], [-1, -1]), make_handles()
    assert make_identifiers(coded, handles)["handle.prefix"].to_pylist() == [None, None]
