"""Handles, and the handles of VAA.

Sources: RFC 3651 §2 (name space, prefix and local name), RFC 3652 §2.1.3 (letters' case of prefixes); the VAA object
identifier: national code, park code, enterprise code, object code with an optional security code.
"""

from __future__ import annotations

import re

from parsers.identifier_form import LONGEST, Identifier

_URI = re.compile(r"(?:hdl:|doi:|https?://(?:hdl\.handle\.net|(?:dx\.)?doi\.org)/)", re.IGNORECASE)
_REFERENCE = re.compile(r"(\d{1,10}):(?=[^/]+/)")
_VAA = re.compile(r"(\d{2})\.([0-9A-Za-z]{3,5})(?:\.([0-9A-Za-z_-]{1,128}))?")
_VAA_FIRST = ("86", "88")  # the multi-primary administrators of China; other first segments are other registries
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_NATION, _PARK = 2, 3
_SEED_PARK, _SEED_ENTERPRISE = 3, 20
_REGISTRY_MOST = 255  # characters that the national second-level nodes take


def parse_handle(text: str) -> Identifier | None:
    """Read a handle, also as ``hdl:``, ``doi:``, ``index:handle`` or a proxy's address; None when it has no slash.

    Scheme is ``vaa`` where the prefix begins with 86 or 88, ``doi`` where it begins with 10, else ``handle``.
    """
    body = _URI.sub("", text, count=1) if _URI.match(text) else text
    body = _REFERENCE.sub("", body, count=1) if _REFERENCE.match(body) else body
    prefix, slash, suffix = body[:LONGEST].partition("/")
    if not slash:
        return None
    first = prefix.split(".", 1)[0]
    reasons = [*_list_faults(prefix, suffix)]
    folded = _fold(prefix)
    if first in _VAA_FIRST:
        return _make_vaa(text, folded, suffix, reasons)
    if first == "10":
        if not re.fullmatch(r"10\.\d{4,9}(?:\.\d+)*", prefix):
            reasons.append("doi_prefix")
        return Identifier("doi", text, f"{folded}/{_fold(suffix)}", folded, suffix, tuple(reasons))
    return Identifier("handle", text, f"{folded}/{suffix}", folded, suffix, tuple(reasons))


def _list_faults(prefix: str, suffix: str) -> list[str]:
    """Rules of RFC 3651 §2 that are broken."""
    reasons = []
    if not prefix:
        reasons.append("empty_prefix")
    elif "" in prefix.split("."):
        reasons.append("empty_segment")
    if _CONTROL.search(prefix + suffix):
        reasons.append("control_character")
    if " " in prefix:
        reasons.append("space_in_prefix")
    return reasons


def _make_vaa(text: str, prefix: str, suffix: str, reasons: list[str]) -> Identifier:
    """Read a handle below a national prefix as VAA."""
    found = _VAA.fullmatch(prefix)
    parts = prefix.split(".")
    if not found:
        reasons.append("vaa_prefix")
    if not suffix:
        reasons.append("empty_suffix")
    if len(prefix) + 1 + len(suffix) > _REGISTRY_MOST:
        reasons.append("too_long")
    strict = len(parts) == _PARK and len(parts[1]) == _SEED_PARK and 1 <= len(parts[2]) <= _SEED_ENTERPRISE
    return Identifier("vaa", text, f"{prefix}/{suffix}", prefix, suffix, tuple(reasons), strict)


def parse_prefix(text: str) -> Identifier | None:
    """Read a VAA prefix without a suffix, as registries name enterprises; None when it is none."""
    if not _VAA.fullmatch(text) or text[:_NATION] not in _VAA_FIRST:
        return None
    found = _make_vaa(text, _fold(text), "", [])
    return Identifier("vaa", text, found.prefix, found.prefix, "", (), found.seed_strict)


def _fold(text: str) -> str:
    """Lower the ASCII letters only: prefixes are compared so, and other letters are not (RFC 3652 §2.1.3)."""
    if text.isascii():
        return text.lower()
    return "".join(letter.lower() if letter.isascii() else letter for letter in text)
