"""A DHCP message to facts; decoded in Python, because it is rare and hosts send the same again and again.

Standards: RFC 2131, RFC 2132 (options by number), RFC 3396 (long options), RFC 4702 (option 81).
"""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import IPv4Address
from typing import Any

from parsers.dhcp_frame import COOKIE, COOKIE_AT, FIXED_BYTES
from parsers.spans import decode_text

MESSAGE_TYPES = (
    "bootp", "discover", "offer", "request", "decline", "ack", "nak", "release", "inform", "force_renew",
    "lease_query", "lease_unassigned", "lease_unknown", "lease_active",
)  # fmt: skip
"""Name of each value of option 53 (RFC 2132 §9.6, RFC 3203, RFC 4388); 0: there was none."""

_PAD, _END, _OVERLOAD, _TYPE = 0, 255, 52, 53
_MOST_OPTIONS = 256
_TEXTS = {12: "host_name", 15: "domain_name", 60: "vendor_class"}
_ADDRESSES = {50: "requested_ip", 54: "server_id"}
_LISTS = {3: "routers", 6: "dns_servers"}
_NUMBERS = {51: "lease"}


def parse_dhcp(value: bytes) -> dict[str, Any]:
    """Facts by column without ``dhcp.``; ``error`` says what was wrong; any bytes give some."""
    if len(value) < FIXED_BYTES or int.from_bytes(value[COOKIE_AT:FIXED_BYTES]) != COOKIE:
        return {"error": "cut_short", "message_type": MESSAGE_TYPES[0]}
    options, error = _read_options(value)
    kind = options.get(_TYPE, b"\0")[:1] or b"\0"
    found = {
        "message_type": MESSAGE_TYPES[kind[0]] if kind[0] < len(MESSAGE_TYPES) else f"type_{kind[0]}",
        "transaction_id": int.from_bytes(value[4:8]),
        "client_ip": _format_address(value[12:16]),
        "assigned_ip": _format_address(value[16:20]),
        "relay_ip": _format_address(value[24:28]),
        "client_mac": value[28:34].hex("-").upper() if (value[1], value[2]) == (1, 6) else None,
        "error": error,
    }
    return {name: fact for name, fact in (found | dict(_read_facts(options))).items() if fact not in (None, "", [])}


def _read_facts(options: dict[int, bytes]) -> Iterator[tuple[str, Any]]:
    """Facts of the options that have a column; one of the wrong length gives none."""
    for code, body in options.items():
        if code in _TEXTS:
            yield _TEXTS[code], decode_text(body.rstrip(b"\0"))
        elif code in _ADDRESSES and len(body) == 4:
            yield _ADDRESSES[code], _format_address(body)
        elif code in _LISTS and len(body) % 4 == 0:
            yield _LISTS[code], [str(IPv4Address(body[at : at + 4])) for at in range(0, min(len(body), 64), 4)]
        elif code in _NUMBERS and len(body) == 4:
            yield _NUMBERS[code], int.from_bytes(body)
        elif code == 55:
            yield "parameters", list(body)
        elif code == 61 and len(body) >= 2:
            yield "client_id", _format_identifier(body)
        elif code == 81 and len(body) > 3:
            yield "client_fqdn", _format_domain(body)


def _read_options(value: bytes) -> tuple[dict[int, bytes], str]:
    """Options by number, parts of one joined; and what was wrong. ``file`` and ``sname`` may hold options too."""
    options, error = _split(value[FIXED_BYTES:], {})
    overload = options.get(_OVERLOAD, b"\0")[:1]
    for bit, start, stop in ((1, 108, 236), (2, 44, 108)):
        if overload and overload[0] & bit:
            options, _ = _split(value[start:stop], options)
    return options, error


def _split(body: bytes, options: dict[int, bytes]) -> tuple[dict[int, bytes], str]:
    """Add the options of ``body``; a value that goes beyond it ends the reading."""
    at = 0
    for _ in range(_MOST_OPTIONS):
        while at < len(body) and body[at] == _PAD:
            at += 1
        if at >= len(body) or body[at] == _END:
            return options, ""
        if at + 2 > len(body) or at + 2 + body[at + 1] > len(body):
            return options, "cut_short"
        code, length = body[at], body[at + 1]
        options[code] = options.get(code, b"") + body[at + 2 : at + 2 + length]
        at += 2 + length
    return options, "too_many_options"


def _format_address(body: bytes) -> str | None:
    """Text of an IPv4 address, None for 0.0.0.0."""
    return str(IPv4Address(body)) if any(body) else None


def _format_identifier(body: bytes) -> str:
    """Client identifier (RFC 2132 §9.14): after type 0 a text, after type 1 a link address, else hexadecimal."""
    if body[0] == 0:
        return decode_text(body[1:])
    return body[1:].hex("-").upper() if body[0] == 1 and len(body) == 7 else body.hex()


def _format_domain(body: bytes) -> str:
    """Name of option 81 (RFC 4702 §2): with the E flag in DNS labels, else as text."""
    if not body[0] & 4:
        return decode_text(body[3:])
    labels, at = [], 3
    while at < len(body) and 0 < body[at] < 64:
        labels.append(decode_text(body[at + 1 : at + 1 + body[at]]))
        at += 1 + body[at]
    return ".".join(labels)
