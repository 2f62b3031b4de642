"""Names that resolve identifiers: which system, and which identifier a name stands for.

Sources: GS1 Object Name Service 2.0.1 (``….gtin.gs1.id.<root>``, digits reversed, without the check digit) and 1.0
(``reference.company.sgtin.id.<root>``); ITU-T X.672 (``oid-res.org``, arcs reversed); RFC 6116 (``e164.arpa``);
RFC 1035 §3.5 and RFC 3596 §2.5 (reverse names of addresses).
"""

from __future__ import annotations

import ipaddress
import re
from functools import lru_cache
from typing import NamedTuple

from parsers.identifier_gs1 import KEYS, compute_check_digit, parse_epc
from parsers.identifier_oid import parse_oid

_GS1 = re.compile(r"((?:\d\.){4,30})(gtin|gln|sscc|grai|giai|gsrn|gdti|ginc|gsin|gcn)\.gs1\.id\.([\w.-]+)", re.ASCII)
_EPC = re.compile(r"(\d{1,17})\.(\d{6,12})\.(sgtin|sscc|sgln|grai|giai|gdti|gsrn)\.id\.([\w.-]+)", re.ASCII)
_DIGITS = re.compile(r"((?:\d\.){6,30})(sgtin|sscc|sgln|grai|giai|gdti|gsrn)\.id\.([\w.-]+)", re.ASCII)
_ORS = re.compile(r"((?:[\w-]+\.)*)oid-res\.org", re.ASCII)
_ENUM = re.compile(r"((?:\d\.){1,15})e164\.arpa", re.ASCII)
_ONS_ROOTS = re.compile(r"(?:[\w-]+\.)*(?:onsepc\.(?:com|cn)|ons-peer\.(?:eu|fr)|ons\.epcglobal\.cn)", re.ASCII)
_FIRST_ARCS = {"itu-t": "0", "iso": "1", "joint-iso-itu-t": "2"}


class Resolved(NamedTuple):
    """What a name stands for."""

    system: str
    """ons, ors, enum or reverse."""
    scheme: str = ""
    identifier: str = ""
    """Normalised; empty where the name is only of that system's tree."""
    valid: bool | None = None


@lru_cache(maxsize=16_384)
def resolve_name(name: str) -> Resolved | None:
    """Tell what a domain name stands for; None for a name of no identifier resolution."""
    name = name.lower()
    if ".id." in name and (resolved := _resolve_key_name(name)):
        return resolved
    if "ons" in name and _ONS_ROOTS.fullmatch(name):
        return Resolved("ons")
    if name.endswith("oid-res.org") and (found := _ORS.fullmatch(name)):
        return _resolve_oid(found[1])
    if not name.endswith(".arpa"):
        return None
    if found := _ENUM.fullmatch(name):
        return Resolved("enum", "e164", "+" + found[1].replace(".", "")[::-1], valid=True)
    return _resolve_address(name)


def _resolve_key_name(name: str) -> Resolved | None:
    """A name of one of ONS' trees of keys."""
    if found := _GS1.fullmatch(name):
        return _resolve_key(found[1], found[2])
    if found := _EPC.fullmatch(name):
        return _resolve_epc(found[3], found[2], found[1])
    if found := _DIGITS.fullmatch(name):
        digits = found[1].replace(".", "")[::-1]
        return Resolved("ons", found[2], f"{found[2]}:{digits}", valid=None)
    return None


def _resolve_key(reversed_digits: str, scheme: str) -> Resolved:
    """Digits of a GS1 key, those of a GTIN-14 but the first reversed: the check digit, left out there, is computed."""
    digits = reversed_digits.replace(".", "")
    digits = digits[0] + digits[:0:-1] if scheme == "gtin" else digits[::-1]
    if scheme not in KEYS:
        return Resolved("ons", scheme, f"{scheme}:{digits}", valid=None)
    if len(digits) + 1 not in KEYS[scheme].digits:
        return Resolved("ons", scheme, f"{scheme}:{digits}", valid=False)
    key = f"{digits}{compute_check_digit(digits)}"
    return Resolved("ons", scheme, f"{scheme}:{key.zfill(14) if scheme == 'gtin' else key}", valid=True)


def _resolve_epc(scheme: str, company: str, reference: str) -> Resolved:
    """A name of ONS 1.0: reference, then company prefix; all serial numbers of it."""
    pattern = "" if scheme in ("sscc", "gsrn", "giai") else ".*"
    urn = f"urn:epc:{'idpat' if pattern else 'id'}:{scheme}:{company}.{reference}{pattern}"
    found = parse_epc(urn)
    return Resolved("ons", scheme, urn, valid=found is not None and found.valid)


def _resolve_oid(labels: str) -> Resolved:
    """Arcs reversed; the first may be a name."""
    arcs = [label for label in labels.split(".") if label][::-1]
    if not arcs:
        return Resolved("ors")
    arcs[0] = _FIRST_ARCS.get(arcs[0], arcs[0])
    found = parse_oid(".".join(arcs))
    if not found:
        return Resolved("ors", "oid", valid=False)
    return Resolved("ors", "oid", found.normalized, valid=found.valid)


def _resolve_address(name: str) -> Resolved | None:
    """An address' reverse name."""
    labels = name.split(".")
    try:
        if name.endswith(".in-addr.arpa") and len(labels) == 6:
            return Resolved("reverse", "ip", str(ipaddress.IPv4Address(".".join(labels[3::-1]))), valid=True)
        if name.endswith(".ip6.arpa") and len(labels) == 34:
            digits = "".join(labels[31::-1])
            return Resolved("reverse", "ip", str(ipaddress.IPv6Address(bytes.fromhex(digits))), valid=True)
    except ValueError:
        pass
    return Resolved("reverse") if name.endswith((".in-addr.arpa", ".ip6.arpa")) else None
