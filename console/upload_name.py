"""Names of uploaded files: what somebody calls a file, made safe to be one's name on a disk and on a page."""

from __future__ import annotations

import unicodedata

MOST_BYTES = 180
"""Longest name in UTF-8; file systems take 255 bytes."""
UNNAMED = "capture"

_KEPT_ENDINGS = 2
"""Endings that a cut leaves alone, as ``.pcap.gz`` has."""
_MOST_ENDING = 8


def clean_name(text: str) -> str:
    """Make a file's name of what a browser sent: no folders, no control or formatting characters, no leading dots.

    What is left of an empty name is ``capture``. A name that is too long is cut before its endings.
    """
    last = text.replace("\\", "/").rstrip("/").rpartition("/")[2]
    kept = "".join(
        " " if character.isspace() else character
        for character in unicodedata.normalize("NFC", last)
        if character.isspace() or unicodedata.category(character)[0] != "C"
    )
    name = " ".join(kept.translate(_FORBIDDEN).split()).lstrip(".-~ ").rstrip(". ")
    return _cut(name) or UNNAMED


_FORBIDDEN = str.maketrans(dict.fromkeys('<>:"|?*', "_"))
"""Characters that other systems refuse in names, as people download what they uploaded."""


def _cut(name: str) -> str:
    if len(name.encode()) <= MOST_BYTES:
        return name
    parts = name.rsplit(".", _KEPT_ENDINGS)
    endings = [part for part in parts[1:] if len(part.encode()) <= _MOST_ENDING]
    tail = "".join(f".{part}" for part in endings) if len(endings) == len(parts) - 1 else ""
    head = name.removesuffix(tail).encode()[: MOST_BYTES - len(tail.encode())].decode(errors="ignore")
    return head.rstrip(". ") + tail
