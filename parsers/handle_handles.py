"""Texts of the handles that transactions are about: whole, and split at the first slash (RFC 3651 §2)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from parsers.columns import make_numbers
from parsers.glossary import Glossary
from parsers.spans import Coded, decode_text

MOST_HANDLES = 16_384
"""Handles that are remembered beyond a batch."""
MOST_LETTERS = 2_000_000
"""Characters of their texts."""

_ELLIPSIS = "\u2026".encode()
_PREFIX, _SUFFIX = 1, 2

Numbers = NDArray[np.int64]


def make_handles() -> Glossary[bytes]:
    """Glossary of handles: texts of the whole, prefix and suffix, and where in the bytes the slash is."""
    return Glossary(_read_handle, 3, 1, most=MOST_HANDLES, most_letters=MOST_LETTERS)


def _read_handle(value: bytes) -> tuple[str | int | None, ...]:
    name = decode_text(value)
    prefix, slash, suffix = name.partition("/")
    return (name, prefix, suffix, value.index(b"/")) if slash else (name, None, None, -1)


def key_handles(coded: Coded) -> Sequence[bytes]:
    """Content of each code; one that was cut ends in an ellipsis, and is longer so than one that was not."""
    if not len(coded.lengths) or int(coded.lengths.max()) <= min(map(len, coded.values)):
        return coded.values
    return [
        value if len(value) >= length else value + _ELLIPSIS
        for value, length in zip(coded.values, coded.lengths.tolist(), strict=True)
    ]


def split_identifiers(
    codes: NDArray[np.int32], lengths: NDArray[np.int32], numbers: Numbers, handles: Glossary[bytes]
) -> dict[str, pa.Array]:
    """Columns of prefix and suffix; ``lengths`` int32[k] are whole, ``numbers`` int64[k + 1] end with that of none."""
    cut = handles.take_numbers(0, numbers[codes])
    sizes = np.append(lengths, 0)[codes] - cut - 1
    return {
        "handle.prefix": handles.take_texts(_PREFIX, numbers[codes]),
        "handle.suffix": handles.take_texts(_SUFFIX, numbers[codes]),
        "handle.suffix_length": make_numbers(np.where(cut >= 0, sizes, -1), pa.int64()),
    }
