"""Contents of DNS messages, numbered one by one."""

from __future__ import annotations

import numpy as np

from parsers.dns_contents import NAME, Contents, number_content


def make_contents() -> Contents:
    """Contents whose texts are their bytes in hexadecimal, options with a sign before them."""
    return Contents(bytes.hex, lambda value: "+" + value.hex())


def number(contents: Contents, value: bytes, sort: int = NAME) -> int:
    """Number of a content."""
    words = np.full(len(value) // 8 + 1, -1, dtype=np.int64)
    text = words.view(np.uint8)
    text[: len(value)] = np.frombuffer(value, dtype=np.uint8)
    return int(number_content(contents.store, sort, text, words, len(value)))
