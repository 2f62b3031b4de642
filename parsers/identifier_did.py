"""Decentralised identifiers of China: ``did:bid``, ``did:vaa`` and ``did:cn``.

Sources: BID specification (Xinghuo chain; methods and encodings of the suffix), vaa-method of CAICT, CN-DID's ABNF.
"""

from __future__ import annotations

import re

from parsers.identifier_form import LONGEST, Identifier

_DID = re.compile(r"did:(bid|vaa|cn):([^\s?#;]+)([?#;].*)?", re.DOTALL)
_BID = re.compile(r"(?:([a-z0-9]{4}):)?([ezs])([fst])(.+)")
_BID_LENGTHS = {"f": range(22, 32), "s": range(32, 33), "t": range(42, 43)}
_BID_LETTERS = {
    "f": re.compile(r"[1-9A-HJ-NP-Za-km-z]+"),
    "s": re.compile(r"[0-9A-Za-z+/_=-]+"),
    "t": re.compile(r"[0-9a-z]+"),
}
_BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_BID_HASH = 22  # bytes
_ACSN = re.compile(r"[a-z0-9]{4}")
_VAA = re.compile(r"[1-9A-HJ-NP-Za-km-z]{27,31}")
_CONTRACT = re.compile(r"IDcontract\d+:(.+)")
_CN = re.compile(r"(\d{2}\.\d{3,5})\.(\d{1,128})")


def parse_did(text: str) -> Identifier | None:
    """Read a DID of the three methods, fragment and query left out; None when it is none."""
    found = _DID.fullmatch(text[:LONGEST])
    if not found:
        return None
    method, body = found[1], found[2]
    return {"bid": _parse_bid, "vaa": _parse_vaa, "cn": _parse_cn}[method](text, body)


def _parse_bid(text: str, body: str) -> Identifier:
    """A chain's code alone, or ``[chain:]cryptography encoding suffix``."""
    normalized = f"did:bid:{body}"
    if _ACSN.fullmatch(body):
        return Identifier("did_bid", text, normalized, body, "")
    found = _BID.fullmatch(body)
    if not found:
        return Identifier("did_bid", text, normalized, "", body, ("syntax",))
    chain, _, encoding, suffix = found.groups()
    reasons = []
    if len(suffix) not in _BID_LENGTHS[encoding]:
        reasons.append("length")
    if not _BID_LETTERS[encoding].fullmatch(suffix):
        reasons.append("alphabet")
    elif encoding == "f" and not reasons and count_base58(suffix) != _BID_HASH:
        reasons.append("hash_length")
    return Identifier("did_bid", text, normalized, chain or "", body.removeprefix(f"{chain}:"), tuple(reasons))


def _parse_vaa(text: str, body: str) -> Identifier:
    """An address, or a contract's name with a handle."""
    contract = _CONTRACT.fullmatch(body)
    reasons = () if contract or _VAA.fullmatch(body) else ("syntax",)
    prefix = contract[1].partition("/")[0] if contract else ""
    return Identifier("did_vaa", text, f"did:vaa:{body}", prefix, body, reasons)


def _parse_cn(text: str, body: str) -> Identifier:
    """Issuer, industry and enterprise as numbers."""
    found = _CN.fullmatch(body)
    prefix, suffix = (found[1], found[2]) if found else ("", body)
    return Identifier("did_cn", text, f"did:cn:{body}", prefix, suffix, () if found else ("syntax",))


def count_base58(text: str) -> int:
    """Bytes that a text of the Base58 alphabet stands for; each leading 1 is a zero byte."""
    number = 0
    for letter in text:
        number = number * 58 + _BASE58.index(letter)
    return (number.bit_length() + 7) // 8 + len(text) - len(text.lstrip("1"))
