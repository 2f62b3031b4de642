"""What the replies of identifier interfaces say: a code, a message, and the values that were resolved.

Sources: as parsers.http_api. Keys, passwords and tokens are masked; texts and lists are bounded.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import islice
from typing import Any, NamedTuple

from parsers.http_secret import MASK, mask_text

VALUES_MOST = 16
TEXT_MOST = 256
"""Characters of a message or a value that are kept."""

_DOCUMENT_MOST = 65_536
_CODES = ("responseCode", "errorCode", "code", "status")
_MESSAGES = ("message", "msg", "errorMsg", "error")
_SECRET_TYPES = ("HS_SECKEY",)


class Result(NamedTuple):
    """What a reply says."""

    code: int | None
    message: str
    values: tuple[str, ...]


def parse_document(content: bytes) -> Any:
    """JSON of a body; None where it is none, is cut, or is too large or deep."""
    if not content or len(content) > _DOCUMENT_MOST or content.lstrip()[:1] not in (b"{", b"["):
        return None
    try:
        return json.loads(content)
    except (ValueError, RecursionError):
        return None


def read_result(document: Any) -> Result:
    """Code, message and values of a reply; of what is no object there is nothing to say."""
    if not isinstance(document, dict):
        return Result(None, "", ())
    codes = (_to_number(document.get(name)) for name in _CODES)
    code = next((value for value in codes if value is not None), None)
    messages = (document.get(name) for name in _MESSAGES)
    message = next((value for value in messages if isinstance(value, str)), "")
    return Result(code, clean_text(message), tuple(islice(_list_values(document), VALUES_MOST)))


def clean_text(text: str) -> str:
    """Text without secrets and control characters, cut to TEXT_MOST characters."""
    cut = mask_text(text[: 2 * TEXT_MOST]).encode("utf-8", "backslashreplace").decode()
    plain = "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in cut[:TEXT_MOST])
    return plain + "\u2026" if len(cut) > TEXT_MOST else plain


def _to_number(value: Any) -> int | None:
    """Read a code, which some servers send as a text."""
    if isinstance(value, str) and value.lstrip("-").isascii() and value.lstrip("-").isdigit() and len(value) < 12:
        value = int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) and abs(value) < 1 << 31 else None


def _list_values(document: dict[str, Any]) -> Iterator[str]:
    """Type and text of Handle values; SNMS has them under ``data.value``, BID services in the document."""
    data = document.get("data")
    data = data if isinstance(data, dict) else {}
    for values in (document.get("values"), data.get("value"), data.get("values")):
        for value in values if isinstance(values, list) else ():
            if isinstance(value, dict):
                yield _describe_value(value)
    described = data.get("didDocument")
    services = described.get("service") if isinstance(described, dict) else None
    for service in services if isinstance(services, list) else ():
        if isinstance(service, dict):
            end = ":".join(str(service[name]) for name in ("serviceEndpoint", "port") if _is_plain(service.get(name)))
            yield clean_text(f"{service.get('type')} {end}")


def _describe_value(value: dict[str, Any]) -> str:
    """One Handle value: its type, and its text where that is no secret."""
    kind, held = str(value.get("type", "")), value.get("data")
    text = held.get("value") if isinstance(held, dict) else held
    if kind.upper() in _SECRET_TYPES:
        text = MASK
    if isinstance(text, dict):
        text = " ".join(f"{name}={text[name]}" for name in sorted(text)[:8] if _is_plain(text[name]))
    return clean_text(f"{kind} {text if _is_plain(text) else ''}".strip())


def _is_plain(value: Any) -> bool:
    return isinstance(value, (str, int, float)) and not isinstance(value, bool)
