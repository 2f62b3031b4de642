"""Names that mean passwords, tokens or keys, however they are written or escaped."""

from __future__ import annotations

import html
import re
from urllib.parse import unquote_plus

_NAME_MOST = 256
_ESCAPES = 3
_INSIDE = re.compile(
    r"passw(?:or)?d|passwd|passphrase|pwd|secret|token|jwt|credential|signature|authorization|session_?id|"
    r"(?:private|api|auth|access|app|client|master|encryption|sec)_?key"
)
_LAST = frozenset(("pass", "sign", "ak", "sk"))
_WHOLE = frozenset(("key", *_LAST))
_PARTS = re.compile(r"[^\w-]+")
_WORDS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[^\W_a-zA-Z]+")
_UNICODE = re.compile(r"\\u([0-9a-fA-F]{4})")
HINT = re.compile(
    r"(?i)pass|pwd|secret|token|jwt|key|credential|sign|authorization|session|(?<![a-z])[as]k(?![a-z])|eyJ|://|bearer|"
    r"basic|[a-z][AS][kK](?![a-z])|%[0-9a-f]{2}|\\u|&#|&\w+;"
)
"""What a text with a secret holds at least: it is looked for first, because it is cheap."""


def resolve_escapes(text: str) -> str:
    """Undo per cent signs, JSON's unicode escapes and character references, three deep."""
    for _ in range(_ESCAPES):
        plain = _UNICODE.sub(lambda found: chr(int(found[1], 16)), html.unescape(unquote_plus(text)))
        if plain == text:
            break
        text = plain
    return text


def is_secret_name(name: str) -> bool:
    """True where a name, or a part of it in brackets or behind a dot, means a secret; a very long one is taken so."""
    if len(name) > _NAME_MOST:
        return bool(HINT.search(name))
    return any(_is_secret_part(part) for part in _PARTS.split(resolve_escapes(name)) if part)


def _is_secret_part(part: str) -> bool:
    words = [word.lower() for word in _WORDS.findall(part)]
    if not words:
        return False
    joined = "_".join(words)
    return part.lower() in _WHOLE or words[-1] in _LAST or bool(_INSIDE.search(joined) or _INSIDE.search(part.lower()))
