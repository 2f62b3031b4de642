"""Bodies of HTTP messages: chunks joined, gzip and deflate undone within bounds, the beginning kept as text.

Standards: RFC 9112 §7.1 (chunks), RFC 1950 to 1952 (zlib, deflate, gzip). Secrets are masked before anything is kept.
"""

from __future__ import annotations

import hashlib
import zlib
from typing import NamedTuple

from parsers.http_head import BAD_CODING, DECODED_BOUND, RATIO_BOUND
from parsers.http_secret import MASK, mask_text
from parsers.spans import decode_text

DECODED_MOST = 1 << 20
"""Bytes that are made of a compressed body at most."""
RATIO_MOST = 100
"""Times its size that a body may grow beyond ``RATIO_FREE`` bytes; text rarely compresses tenfold."""
RATIO_FREE = 65_536
SAMPLE_BYTES = 512
"""Bytes of a text that are kept."""

_MASKED_FROM = 4 * SAMPLE_BYTES
_CHUNKS_MOST = 16_384


class Body(NamedTuple):
    """What is known of a body."""

    content: bytes
    """Decoded, as far as it was kept and within the bounds."""
    decoded_bytes: int
    """-1: it was not compressed, or with what we do not undo."""
    sha256: str
    """Empty where not all of it was kept."""
    odd: int
    """Oddities of parsers.http_head."""


def join_chunks(kept: bytes) -> bytes:
    """Data of the chunks as far as they are there; what cannot be read ends them."""
    parts, at = [], 0
    for _ in range(_CHUNKS_MOST):
        line_end = kept.find(b"\n", at, at + 300)
        digits = kept[at : max(line_end, at)].partition(b";")[0].strip()
        if line_end < 0 or not digits or len(digits) > 8 or digits.strip(b"0123456789abcdefABCDEF"):
            break
        size = int(digits, 16)
        parts.append(kept[line_end + 1 : line_end + 1 + size])
        at = line_end + 1 + size + 2
        if size == 0 or at >= len(kept):
            break
    return b"".join(parts)


def read_body(kept: bytes, coding: str, *, chunked: bool, whole: bool) -> Body:
    """Undo framing and coding of what was kept of a body; ``coding`` is the Content-Encoding header."""
    plain = join_chunks(kept) if chunked else kept
    sha256 = hashlib.sha256(plain).hexdigest() if whole and plain else ""
    codings = [name.strip().lower() for name in coding.split(",") if name.strip()]
    if codings not in (["gzip"], ["x-gzip"], ["deflate"]):
        return Body(plain if not codings or codings == ["identity"] else b"", -1, sha256, 0)
    content, odd = _inflate(plain, whole=whole)
    return Body(content, len(content), sha256, odd)


def _inflate(packed: bytes, *, whole: bool) -> tuple[bytes, int]:
    """Content and oddities; deflate comes with a zlib header or, from some servers, without."""
    bound = min(DECODED_MOST, max(RATIO_FREE, RATIO_MOST * len(packed)))
    for window in (47, -15):
        unpacker = zlib.decompressobj(wbits=window)
        try:
            content = unpacker.decompress(packed, bound)
        except zlib.error:
            continue
        if len(content) >= bound and not unpacker.eof:
            return content, DECODED_BOUND if bound == DECODED_MOST else RATIO_BOUND
        return content, 0 if unpacker.eof or not whole or not packed else BAD_CODING
    return b"", BAD_CODING if packed else 0


def make_sample(content: bytes, mime_type: str) -> str:
    """Return the beginning of a text without secrets; empty where it is none."""
    if not content:
        return ""
    try:
        text = content[:_MASKED_FROM].decode()
    except UnicodeDecodeError as error:
        if error.start < len(content[:_MASKED_FROM]) - 3 and not _is_text(mime_type):
            return ""
        text = content[:_MASKED_FROM].decode("utf-8", "backslashreplace" if _is_text(mime_type) else "ignore")
    if not _is_text(mime_type) and any(ord(c) < 32 and c not in "\t\r\n" for c in text):
        return ""
    masked = mask_text(text)
    sample = decode_text(masked[:SAMPLE_BYTES].encode("utf-8", "backslashreplace"))
    return MASK if masked == MASK else sample + ("\u2026" if len(content) > SAMPLE_BYTES else "")


def _is_text(mime_type: str) -> bool:
    return mime_type.startswith("text/") or mime_type.endswith(("json", "xml", "x-www-form-urlencoded"))
