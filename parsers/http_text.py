"""Texts of HTTP messages as columns: each distinct span is decoded once, then taken by the records."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from parsers.columns import make_distinct, make_keywords
from parsers.http_url import decode_path
from parsers.spans import Coded, code_spans, decode_values

Bytes = NDArray[np.uint8]
Codes = NDArray[np.int64]


class Texts:
    """One text of every message of a batch: a code each, and the distinct texts."""

    def __init__(self, data: Bytes, spill: Bytes, spans: NDArray[Any]) -> None:
        """Decode SPAN[n]."""
        self.codes: NDArray[np.int32] = np.full(len(spans), -1, dtype=np.int32)
        self.values: list[str] = []
        if (spans["length"] >= 0).any():
            coded = code_contents(data, spill, spans)
            self.codes, self.values = coded.codes, decode_values(coded)

    def take(self, messages: Codes) -> Codes:
        """Codes of the texts of ``messages``; -1 where there is no message or no text."""
        return np.where(messages >= 0, self.codes[messages], -1).astype(np.int64)

    def make_column(self, messages: Codes, change: Callable[[str], str] = str) -> pa.Array:
        """Column of the texts of ``messages``, each distinct one changed once; an empty one is null."""
        return map_codes(self.take(messages), [change(value) for value in self.values])


def code_contents(data: Bytes, spill: Bytes, spans: NDArray[Any]) -> Coded:
    """Number SPAN[n] by content."""
    with np.errstate(over="ignore"):  # uncompiled, numpy tells of the hash's overflow, which is meant
        return code_spans(data, spill, spans)


def map_codes(codes: Codes, texts: Sequence[str]) -> pa.Array:
    """Column of ``texts`` by code; texts that are equal are one, an empty one is null."""
    if not texts:
        return make_keywords(np.full(len(codes), -1, dtype=np.int32), [])
    numbers, distinct = make_distinct(texts)
    return make_keywords(np.where(codes >= 0, numbers[codes], -1).astype(np.int32), distinct)


def map_booleans(codes: Codes, values: Sequence[bool]) -> pa.Array:
    """Column of ``values`` by code; null where there is none."""
    if not values:
        return pa.nulls(len(codes), pa.bool_())
    return pa.array(np.array(values)[codes], pa.bool_(), mask=codes < 0)


def name_media(text: str) -> str:
    """Media type without its parameters (RFC 9110 §8.3.1), in small letters."""
    return text.partition(";")[0].strip().lower()


def name_scheme(text: str) -> str:
    """Scheme of an Authorization field (RFC 9110 §11.4), in small letters."""
    return text.partition(" ")[0].lower()[:32]


def has_secret(text: str) -> bool:
    """True where an Authorization field brings a password or token in clear (RFC 7617, RFC 6750)."""
    scheme, _, value = text.partition(" ")
    if scheme.lower() == "basic":
        return bool(_decode_basic(value).partition(":")[2])
    return scheme.lower() in ("bearer", "token") and bool(value.strip())


def name_user(text: str) -> str:
    """User of Basic authentication; one that is a Handle is per cent encoded there. The password is not kept."""
    scheme, _, value = text.partition(" ")
    if scheme.lower() != "basic":
        return ""
    user = _decode_basic(value).partition(":")[0]
    user = decode_path(user) if "%3a" in user.lower() else user
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in user[:256])


def _decode_basic(value: str) -> str:
    try:
        return base64.b64decode(value.strip().rstrip("\u2026"), validate=True).decode("utf-8", "backslashreplace")
    except (binascii.Error, ValueError):
        return ""
