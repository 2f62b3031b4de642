"""GS1 keys with their check digits, EPC URNs and Digital Links.

Sources: GS1 General Specifications §7.9 (check digit) and §3 (lengths of keys); EPC Tag Data Standard §6 (pure identity
URNs); GS1 Digital Link URI Syntax. Company prefixes have 6 to 12 digits.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from parsers.identifier_form import LONGEST, Identifier


class Key(NamedTuple):
    """How a key is made: digits with a check digit at their end, then up to so many characters of a serial."""

    digits: tuple[int, ...]
    serial: int = 0


KEYS = {
    "gtin": Key((8, 12, 13, 14)),
    "gln": Key((13,)),
    "sscc": Key((18,)),
    "gsrn": Key((18,)),
    "gsin": Key((17,)),
    "grai": Key((13,), 16),
    "gdti": Key((13,), 17),
    "gcn": Key((13,), 12),
}
"""Keys with a check digit; GIAI, GINC, GMN and CPID have none."""

APPLICATIONS = {
    "00": "sscc", "01": "gtin", "253": "gdti", "255": "gcn", "402": "gsin", "414": "gln", "417": "gln", "8003": "grai",
    "8017": "gsrn", "8018": "gsrn", "8006": "itip", "8004": "giai", "401": "ginc", "8010": "cpi",
}  # fmt: skip
"""Application identifiers of the keys (General Specifications §3.2)."""

_ZERO = ord("0")
_EPC_DIGITS = {"sgtin": 13, "sscc": 17, "sgln": 12, "grai": 12, "gdti": 12, "gsrn": 17, "pgln": 12, "sgcn": 12}
"""Digits of company prefix and reference together, without the check digit (Tag Data Standard §6.3)."""
_EPC_OPEN = ("giai", "cpi", "itip", "upui", "gid", "gsrnp", "usdod", "adi", "bic", "imovn")
_EPC = re.compile(r"urn:epc:(id|class|idpat|tag|raw):([a-z0-9-]+):(.+)", re.IGNORECASE)
_SERIALIZED = ("sgtin", "sgln", "grai", "gdti", "sgcn")
_PREFIX = range(6, 13)
_LINK = re.compile(r"/(00|01|253|255|40[12]|41[47]|80(?:0[346]|1[078]))/([^/?#]+)((?:/(?:10|21|22|235|254)/[^/?#]+)*)")
_SERIAL = re.compile(r"[!\"%&'()*+,\-./0-9:;<=>?A-Z_a-z]+")
"""Characters of serial numbers (General Specifications, figure 7.11-1)."""


def compute_check_digit(digits: str) -> int:
    """Check digit of the ASCII digits before it: weights 3, 1, 3, 1 from the right, the sum filled up to tens."""
    codes = digits.encode("ascii")
    threes, ones = codes[::-2], codes[-2::-2]
    return -(3 * (sum(threes) - _ZERO * len(threes)) + sum(ones) - _ZERO * len(ones)) % 10


def parse_key(text: str, scheme: str) -> Identifier | None:
    """Read a key of one of KEYS, blanks and hyphens between digits dropped; None for another scheme."""
    key = KEYS.get(scheme)
    if key is None:
        return None
    body = text[:LONGEST].replace(" ", "").replace("-", "") if not key.serial else text[:LONGEST].strip()
    size = key.digits[-1]
    fixed, serial = (body[:size], body[size:]) if key.serial else (body, "")
    reasons = []
    if not (fixed.isascii() and fixed.isdigit()):
        reasons.append("not_digits")
    elif len(fixed) not in key.digits:
        reasons.append("length")
    elif compute_check_digit(fixed[:-1]) != int(fixed[-1]):
        reasons.append("check_digit")
    if len(serial) > key.serial or (serial and not _SERIAL.fullmatch(serial)):
        reasons.append("serial")
    normalized = (fixed.zfill(14) if scheme == "gtin" and "not_digits" not in reasons else fixed) + serial
    return Identifier(scheme, text, f"{scheme}:{normalized}", "", normalized, tuple(reasons))


def parse_epc(text: str) -> Identifier | None:
    """Read an EPC URN; None when it is none. The prefix is the company's, the suffix reference and serial number."""
    found = _EPC.fullmatch(text[:LONGEST])
    if not found:
        return None
    form, scheme, rest = found[1].lower(), found[2].lower(), found[3]
    parts = rest.split(".", 2 if scheme in _SERIALIZED else -1)
    reasons = _list_epc_faults(form, scheme, parts)
    return Identifier("epc", text, f"urn:epc:{form}:{scheme}:{rest}", parts[0], ".".join(parts[1:]), tuple(reasons))


def _list_epc_faults(form: str, scheme: str, parts: list[str]) -> list[str]:
    """Rules of the scheme that are broken."""
    if form in ("tag", "raw"):
        return []
    digits = _EPC_DIGITS.get(scheme)
    if digits is None:
        return [] if scheme in _EPC_OPEN else ["unknown_scheme"]
    reasons = []
    reference = parts[1] if len(parts) > 1 else ""
    pattern = form == "idpat" and reference in ("", "*")
    if not parts[0].isdigit() or not (reference.isdigit() or pattern or (reference == "" and len(parts) > 1)):
        reasons.append("not_digits")
    elif len(parts[0]) not in _PREFIX:
        reasons.append("company_prefix")
    elif not pattern and len(parts[0]) + len(reference) != digits:
        reasons.append("length")
    serial = parts[2] if len(parts) > 2 else ""
    if scheme in _SERIALIZED and form == "id" and not serial:
        reasons.append("serial")
    return reasons


def parse_link(text: str) -> Identifier | None:
    """Read the key in a Digital Link's path; None when there is none."""
    found = _LINK.search(text[: 4 * LONGEST])
    if not found:
        return None
    scheme = APPLICATIONS.get(found[1], "")
    key = parse_key(found[2], scheme)
    if key is None:
        return Identifier(scheme, text, f"{scheme}:{found[2]}", "", found[2])
    return Identifier(key.scheme, text, key.normalized + found[3], "", key.suffix + found[3], key.reasons)
