r"""Names of files as text: on Linux a name is bytes, which need not be UTF-8 (GBK on many engineering stations).

Python gives such bytes as lone surrogates (PEP 383), which neither Arrow nor a database nor a terminal takes. They are
written as ``\xb2`` wherever a name is kept or shown.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

_ESCAPED = re.compile(rb"\\x([89a-f][0-9a-f])")


def write_path(path: Path | str) -> str:
    r"""Write a path as text that is UTF-8, bytes that are not as ``\xb2``."""
    return os.fsencode(path).decode("utf-8", "backslashreplace")


def find_path(text: str) -> Path:
    """Give the path that ``write_path`` wrote: as it stands where such a file is there, else with its bytes."""
    path = Path(text)
    if path.exists() or "\\x" not in text:
        return path
    return Path(os.fsdecode(_ESCAPED.sub(lambda found: bytes([int(found[1], 16)]), os.fsencode(text))))
