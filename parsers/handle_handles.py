"""Texts of the handles that transactions are about: whole, and split at the first slash (RFC 3651 §2)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa

from parsers.columns import make_keywords, make_numbers
from parsers.glossary import Glossary
from parsers.spans import Coded, decode_text

MOST_HANDLES = 16_384
"""Handles that are remembered beyond a batch."""
MOST_LETTERS = 2_000_000
"""Characters of their texts."""

_ELLIPSIS = "\u2026".encode()


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


def make_identifiers(coded: Coded, handles: Glossary[bytes]) -> dict[str, pa.Array]:
    """Columns of handles, their prefixes and suffixes: what a content says is found once, and then taken by code."""
    numbers = np.append(handles.number(key_handles(coded)), 0)  # the last is that of no handle
    found = {}
    for field, name in enumerate(("identifier", "prefix", "suffix")):
        codes, texts = handles.code_texts(field, numbers)
        found[f"handle.{name}"] = make_keywords(codes[coded.codes], texts)
    cut = handles.take_numbers(0, numbers)
    sizes = np.where(cut >= 0, np.append(coded.lengths, 0) - cut - 1, -1)
    found["handle.suffix_length"] = make_numbers(sizes[coded.codes], pa.int64())
    return found
