"""Request targets and Host headers taken apart (RFC 9112 §3.2, RFC 3986)."""

from __future__ import annotations

from typing import NamedTuple
from urllib.parse import parse_qsl, unquote

from parsers.http_secret import MASK, mask_query, mask_text

_PARAMETERS_MOST = 64


class Target(NamedTuple):
    """Parts of a request target; empty where it has none."""

    original: str
    path: str
    query: str
    domain: str
    port: int
    """-1: none is given."""


def split_target(text: str, method: str = "") -> Target:
    """Take a target apart: origin form, absolute form, authority form (CONNECT) or ``*``; secrets are masked."""
    domain, port, rest = "", -1, text
    if method == "CONNECT":
        user, at, host = text.rpartition("@")
        return Target(f"{user.partition(':')[0]}:{MASK}@{host}" if at else text, "", "", *split_host(host))
    scheme, separator, after = text.partition("://")
    if separator and scheme.isalpha() and len(scheme) < 16:
        authority, slash, path = after.partition("/")
        domain, port = split_host(authority.rpartition("@")[2])
        rest = slash + path
    rest = rest.partition("#")[0]
    path, _, query = rest.partition("?")
    return Target(mask_text(text), mask_text(path), mask_query(query), domain, port)


def split_host(text: str) -> tuple[str, int]:
    """Name, in small letters, and port of a Host header (RFC 9110 §7.2); -1 where the port is not given."""
    name, separator, port = text.rpartition(":")
    if not separator or "]" in port or not port.isascii() or not port.isdigit() or len(port) > 5 or int(port) > 65_535:
        return text.strip("[]").lower(), -1
    return name.strip("[]").lower(), int(port)


def list_parameters(query: str) -> dict[str, list[str]]:
    """Values of a query by name, at most 64 of them."""
    found: dict[str, list[str]] = {}
    pairs = "&".join(query.split("&")[:_PARAMETERS_MOST])
    for name, value in parse_qsl(pairs, keep_blank_values=True, errors="backslashreplace"):
        found.setdefault(name, []).append(value)
    return found


def decode_path(path: str) -> str:
    """Resolve per cent signs."""
    return unquote(path, errors="backslashreplace")
