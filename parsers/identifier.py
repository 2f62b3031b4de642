"""Identifiers of the industrial internet: read one, or find those that a text mentions.

Schemes are in modules of their own (``identifier_handle``, ``_oid``, ``_gs1``, ``_did``, ``_ecode``); what is told of a
scheme's rules is in docs/identifiers.md. All functions take texts and give small frozen records.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Iterator

from parsers.identifier_did import parse_did
from parsers.identifier_ecode import parse_ecode
from parsers.identifier_form import Identifier
from parsers.identifier_gs1 import KEYS, parse_epc, parse_key, parse_link
from parsers.identifier_handle import parse_handle, parse_prefix
from parsers.identifier_oid import parse_oid

__all__ = ["Identifier", "find_identifiers", "parse_identifier"]

SCANNED = 8_192
"""Characters of a text that are searched."""
FOUND_MOST = 32
"""Identifiers that are taken from one text."""

_END = r"[^\s\"'<>{}\[\]()|\\^`,;]"
_FORMS = re.compile(
    r"(?P<did>did:(?:bid|vaa|cn):[\w.:+/_-]+)"
    r"|(?P<epc>urn:epc:(?:id|class|idpat|tag|raw):[a-z0-9-]+:[\w.%*!()+:;=/-]+)"
    r"|(?P<oid>urn:oid:[0-9.]+[0-9]|(?<![\w./-])(?:1\.2\.156|2\.16\.156|1\.3\.6\.1|2\.999)(?:\.\d{1,39}){1,32}(?![\w/-]))"
    rf"|(?P<link>https?://[^\s/\"'<>]{{1,255}}(?:/[^\s/\"'<>?#]{{1,64}}){{0,8}}?/(?:01/\d{{8,14}}|00/\d{{18}}|414/\d{{13}}|80(?:03|17|18)/\d{{13,29}})(?:/(?:10|21|22)/{_END}{{1,64}}){{0,3}})"
    r"|(?P<handle>(?<![\w.:-])(?:\d{1,10}:)?(?:(?:86|88)\.[0-9A-Za-z]{3,5}(?:\.[0-9A-Za-z_-]{1,128}){0,3}"
    r"|10\.\d{4,9}(?:\.\d{1,9}){0,8}|2[01]\.T?\d{3,16}(?:\.[0-9A-Za-z-]{1,32}){0,8}|0\.(?:NA|TYPE|SERV|DOIP|SITE))"
    rf"/(?:[^\s\"'<>{{}}|\\^`,;?#&]+))"
    r"|\"(?P<key>[A-Za-z_]{2,24})\"\s*:\s*\"(?P<text>[^\"\\\x00-\x1f]{1,512})\"",
    re.IGNORECASE | re.ASCII,
)
_NAMED = frozenset(("handle", "identifier", "targetid", "bid", "did", "epc", "oid", "prefix", "id"))
"""JSON keys whose value may be an identifier of any scheme that says what it is."""
_TRAILING = ".,:;!)"

HINTS = (
    r"(?i)did(?::|%3a)|urn(?::|%3a)(?:epc|oid)|/0[01]/\d|/414/\d|/80[01]\d/\d|(?:86|88)\.[0-9a-z]{3,5}[./%]"
    r"|10\.\d{4,9}[./%]|2[01]\.t?\d{3,16}[./%]|0\.(?:na|type|serv|doip|site)[/%]|1\.2\.156\.|2\.16\.156\.|1\.3\.6\.1\."
    rf"|2\.999\.|\"(?:{'|'.join(sorted(_NAMED | {*KEYS, 'ecode'}))})\"\s*:\s*\""
)
"""Regular expression, for Python and RE2, that every text matches in which ``find_identifiers`` can find anything."""
_HINTS = re.compile(HINTS, re.ASCII)


def parse_identifier(text: str, scheme: str = "") -> Identifier | None:
    """Read a text that is one identifier; ``scheme`` (ecode, oid, handle or a GS1 key) where the context tells it.

    None when it is of no scheme. Digits alone are never an Ecode or a GS1 key unless the context says so.
    """
    text = text.strip()
    named = _BY_SCHEME.get(scheme)
    if named:
        return named(text)
    if scheme in KEYS:
        return parse_key(text, scheme)
    lower = text[:16].lower()
    if lower.startswith("did:"):
        return parse_did(text)
    if lower.startswith("urn:epc:"):
        return parse_epc(text)
    if lower.startswith(("urn:oid:", "oid:")):
        return parse_oid(text)
    if lower.startswith(("http://", "https://")):
        return parse_link(text) or (parse_handle(text) if _is_proxy(text) else None)
    if re.match(r"(?:\d{1,10}:)?[^/\s]+/", text):
        return parse_handle(text)
    return parse_prefix(text) or (parse_oid(text) if text.count(".") > 3 else None)


_BY_SCHEME: dict[str, Callable[[str], Identifier | None]] = {
    "ecode": parse_ecode, "oid": parse_oid, "handle": parse_handle, "epc": parse_epc, "did": parse_did,
}  # fmt: skip


def _is_proxy(text: str) -> bool:
    return re.match(r"https?://(?:hdl\.handle\.net|(?:dx\.)?doi\.org)/", text, re.IGNORECASE) is not None


def find_identifiers(text: str) -> list[Identifier]:
    """Identifiers that a text mentions, each once, in their order; only forms that say what they are.

    Looks at the first ``SCANNED`` characters and gives at most ``FOUND_MOST``.
    """
    text = text[:SCANNED]
    if not _HINTS.search(text):
        return []
    found: dict[str, Identifier] = {}
    for identifier in _scan(text):
        found.setdefault(identifier.value, identifier)
        if len(found) >= FOUND_MOST:
            break
    return list(found.values())


def _scan(text: str) -> Iterator[Identifier]:
    """Every form that is found, one after the other."""
    at = 0
    while found := _FORMS.search(text, at):
        at = found.end()
        if found["key"]:
            named = _read_named(found["key"].lower(), found["text"])
            if named:
                yield named
            else:
                at = found.start("text")
            continue
        kind = next(name for name in ("did", "epc", "oid", "link", "handle") if found[name])
        value = found[kind].rstrip(_TRAILING)
        identifier = _READERS[kind](value)
        if identifier and not (kind == "handle" and _is_network(value)):
            yield identifier


_READERS: dict[str, Callable[[str], Identifier | None]] = {
    "did": parse_did, "epc": parse_epc, "oid": parse_oid, "link": parse_link, "handle": parse_handle,
}  # fmt: skip


def _read_named(key: str, text: str) -> Identifier | None:
    """Value of a JSON key that says what it is."""
    if key in KEYS or key == "ecode":
        return parse_identifier(text, key)
    if key not in _NAMED:
        return None
    found = parse_identifier(text)
    if found and found.scheme == "handle" and key not in ("handle", "targetid") and not found.prefix[:1].isdigit():
        return None
    return found


def _is_network(text: str) -> bool:
    """True for an address with a prefix length, which looks like a handle: 10.0.0.0/8."""
    try:
        ipaddress.ip_network(text, strict=False)
    except ValueError:
        return False
    return True
