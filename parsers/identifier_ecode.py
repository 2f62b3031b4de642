"""Ecode, read only where the context says that a text is one: digits alone tell nothing.

Source: GB/T 31866-2023 (version, numbering system identifier, master data); lengths of its 2015 edition, which the
numbers below are from, are told as reasons but for the version, because the 2023 text was not available.
"""

from __future__ import annotations

import re

from parsers.identifier_form import LONGEST, Identifier

_ECODE = re.compile(r"([1-4])([0-9A-Za-z]{4,5})(.+)")
_SHAPES = {
    "1": (4, re.compile(r"\d{1,20}")),
    "2": (4, re.compile(r"\d{1,28}")),
    "3": (5, re.compile(r"[0-9A-Za-z]{1,39}")),
    "4": (5, re.compile(r".+")),
}
"""Length of the numbering system identifier, and form of the master data, by version."""


def parse_ecode(text: str) -> Identifier | None:
    """Read an Ecode of version 1 to 4; None when it cannot be one. Version 0 is GS1's and carries no version."""
    body = text[:LONGEST].strip()
    if not _ECODE.fullmatch(body):
        return None
    version = body[0]
    size, shape = _SHAPES[version]
    system, data = body[1 : 1 + size], body[1 + size :]
    reasons = [] if shape.fullmatch(data) else ["master_data"]
    return Identifier("ecode", text, f"ecode:{body}", f"{version}{system}", data, tuple(reasons))
