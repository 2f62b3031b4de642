"""Bodies of a batch's messages and what identifier interfaces say in them: each distinct body is read once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from parsers.http import HEADLESS, REST
from parsers.http_api import Call, find_identifier, find_user
from parsers.http_body import Body, make_sample, read_body
from parsers.http_head import CHUNKED
from parsers.http_result import Result, clean_text, parse_document, read_result
from parsers.http_text import Texts, code_contents, name_media
from parsers.spans import SPAN, TEXT_BYTES

Bytes = NDArray[np.uint8]

DECODED_BATCH = 1 << 26
"""Bytes that are made of the compressed bodies of one batch at most; those beyond stay as they are."""

_SECRET_ACTIONS = ("login", "challenge")


class Contents:
    """Distinct bodies of a batch's messages."""

    def __init__(self, data: Bytes, spill: Bytes, messages: Any, https: Any, media: Texts, codings: Texts) -> None:
        """Number the bodies by content; those longer than what spans are compared by are each their own."""
        self._buffers = (data, spill)
        self._table = https.view(np.ndarray)
        self._spill = messages["spill"]
        self._media, self._codings = media, codings
        self._left = DECODED_BATCH
        self.numbers, self._firsts = _number_bodies(data, spill, messages, https, media, codings)
        """int64[n]: number of each message's body, -1 where it has none."""
        self.skipped = 0
        """Compressed bodies that were left as they are."""
        self.bodies = [self._read(first) for first in self._firsts]
        self.samples = [
            make_sample(body.content, name_media(_text(media, first)))
            for first, body in zip(self._firsts, self.bodies, strict=True)
        ]

    def _read(self, message: int) -> Body:
        """Read the body of a message."""
        h = self._table[message]
        start = int(h["body_at"])
        kept = self._buffers[int(self._spill[message] != 0)][start : start + int(h["body_kept"])].tobytes()
        coding = _text(self._codings, message)
        if coding and self._left <= 0:
            self.skipped += 1
            coding = "skipped"
        body = read_body(kept, coding, chunked=bool(h["framing"] == CHUNKED), whole=bool(h["whole"]))
        self._left -= max(body.decoded_bytes, 0)
        return body

    def take(self, messages: NDArray[np.int64]) -> NDArray[np.int64]:
        """Numbers of the bodies of ``messages``; -1 where there is no message or no body."""
        return np.where(messages >= 0, self.numbers[messages], -1).astype(np.int64)

    def find(self, number: int) -> Body | None:
        """Body of a number."""
        return self.bodies[number] if number >= 0 else None

    def count(self, odd: int) -> int:
        """Distinct bodies of an oddity."""
        return sum(bool(body.odd & odd) for body in self.bodies)


def _number_bodies(
    data: Bytes, spill: Bytes, messages: Any, https: Any, media: Texts, codings: Texts
) -> tuple[NDArray[np.int64], list[int]]:
    """Number of each message's body and the first message of each number."""
    has_body = (https["kind"] != HEADLESS) & (https["kind"] != REST) & (https["body_kept"] > 0)
    numbers = np.full(len(messages), -1, dtype=np.int64)
    if not has_body.any():
        return numbers, []
    spans = np.recarray(len(messages), dtype=SPAN)
    spans["offset"], spans["spill"] = https["body_at"], messages["spill"]
    spans["length"] = np.where(has_body, https["body_kept"], -1)
    codes = code_contents(data, spill, spans).codes.astype(np.int64)
    places = np.arange(len(messages))
    codes = np.where(https["body_kept"] > TEXT_BYTES, len(messages) + places, codes)
    form = (media.take(places) + 1) * (len(codings.values) + 1) + codings.take(places) + 1
    _, form = np.unique(form, return_inverse=True)
    keys = (form.reshape(-1) * 2 * len(messages) + codes) * 8 + https["framing"] * 2 + (https["whole"] != 0)
    _, firsts, found = np.unique(keys[has_body], return_index=True, return_inverse=True)
    numbers[has_body] = found.reshape(-1)
    return numbers, np.flatnonzero(has_body)[firsts].tolist()


def _text(texts: Texts, message: int) -> str:
    code = int(texts.codes[message])
    return texts.values[code] if code >= 0 else ""


_NO_RESULT = Result(None, "", ())


@dataclass(frozen=True, slots=True)
class Said:
    """What an interface's bodies add to its call."""

    identifier: str = ""
    user: str = ""
    result: Result = _NO_RESULT
    is_secret: bool = False
    """True where the bodies hold passwords or tokens without a telling name: nothing of them is kept."""


NOTHING = Said()


def read_call(call: Call, request: Body | None, reply: Body | None) -> Said:
    """Read the bodies of a call."""
    if call.api in ("handle", "handle_proxy"):
        return Said(call.identifier)
    asked = parse_document(request.content) if request else None
    answered = parse_document(reply.content) if reply else None
    secret = call.action in _SECRET_ACTIONS
    result = read_result(answered)
    if secret:
        result = Result(result.code, "", ())
    identifier = call.identifier or find_identifier(asked)
    if not identifier and call.action in ("create", "resolve"):
        identifier = find_identifier(answered)
    return Said(clean_text(identifier), clean_text(find_user(asked)) if call.action == "login" else "", result, secret)
