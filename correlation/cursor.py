"""Cursors: where a list goes on, as a text that clients give back as they got it."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Sequence

from wanglou.errors import UsageError

LONGEST = 2_048
"""Characters of a cursor."""
Part = str | int


def write_cursor(list_name: str, *parts: Part) -> str:
    """Write the place behind a row; ``list_name`` keeps the cursors of lists in different orders apart."""
    text = json.dumps([list_name, *parts], separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def read_cursor(text: str, list_name: str, kinds: Sequence[type]) -> list[Part] | None:
    """Read what ``write_cursor`` wrote, None for an empty text; raises UsageError for anything else."""
    if not text:
        return None
    try:
        found = json.loads(base64.b64decode(text[:LONGEST] + "=" * (-len(text) % 4), b"-_", validate=True))
    except (ValueError, binascii.Error, RecursionError):
        found = None
    is_ours = isinstance(found, list) and found[:1] == [list_name] and [type(part) for part in found[1:]] == [*kinds]
    if not is_ours or any(isinstance(part, int) and not -(2**63) <= part < 2**63 for part in found[1:]):
        raise UsageError(f"no cursor of this list: {text[:40]!r}", do="begin again without a cursor")
    return list(found[1:])
