"""What a word of a query means in a field of each kind: numbers, times, addresses, booleans, patterns.

Every function takes the word with its escapes resolved and raises ``ValueError`` with a sentence for people; the
position is added by the caller.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from correlation.query_tree import Wild

SECOND_NS = 10**9
UNITS_NS = {"ns": 1, "us": 10**3, "ms": 10**6, "s": SECOND_NS, "m": 60 * SECOND_NS, "h": 3_600 * SECOND_NS}
"""Units of durations."""
STEPS_NS = {"s": SECOND_NS, "m": 60 * SECOND_NS, "h": 3_600 * SECOND_NS, "d": 86_400 * SECOND_NS}
STEPS_NS["w"] = 7 * STEPS_NS["d"]
"""Units of ``now-1h`` and ``now/d``; weeks are rounded to Mondays."""
WEEK_OFFSET_NS = 4 * STEPS_NS["d"]
"""1970-01-01 was a Thursday: the first Monday came four days later."""

FIRST_YEAR, LAST_YEAR = 1678, 2261
"""Years that 64 bits of nanoseconds hold in full."""

_LIMIT = 2**63
_BEYOND = "the time does not fit 64 bits of nanoseconds (years 1678 to 2261)"


@dataclass(frozen=True, slots=True)
class Span:
    """The stretch of time that a date names: a day for ``2026-11-21``, one nanosecond for a full instant."""

    start_ns: int
    end_ns: int
    """First nanosecond after it."""


def split_wildcards(raw: str) -> tuple[str | Wild, ...]:
    r"""Split a word into literal texts and wildcards; a backslash makes the next character literal."""
    parts: list[str | Wild] = []
    literal = ""
    characters = iter(raw)
    for character in characters:
        if character in "*?":
            parts += [literal, Wild(character)] if literal else [Wild(character)]
            literal = ""
        else:
            literal += next(characters, "\\") if character == "\\" else character
    return (*parts, literal) if literal or not parts else tuple(parts)


def unescape(raw: str) -> str:
    """Resolve escapes where wildcards have no meaning."""
    return re.sub(r"\\(.)", r"\1", raw, flags=re.DOTALL)


def parse_whole(text: str) -> int:
    """Read a whole number, decimal or ``0x`` hexadecimal, of 64 bits with a sign."""
    if not re.fullmatch(r"-?(0[xX][0-9a-fA-F]{1,32}|[0-9]{1,32})", text, re.ASCII):
        raise ValueError("a whole number is wanted here")
    number = int(text, 16) if "x" in text.lower() else int(text)
    if not -_LIMIT <= number < _LIMIT:
        raise ValueError("the number does not fit 64 bits")
    return number


def parse_number(text: str) -> float:
    """Read a decimal number."""
    if not re.fullmatch(r"-?[0-9]{1,32}(\.[0-9]{1,32})?([eE][-+]?[0-9]{1,3})?", text, re.ASCII):
        raise ValueError("a number is wanted here")
    number = float(text)
    if not math.isfinite(number):
        raise ValueError("the number is too large")
    return number


def parse_boolean(text: str) -> bool:
    """Read ``true`` or ``false``."""
    if text not in ("true", "false"):
        raise ValueError("true or false is wanted here")
    return text == "true"


def parse_duration(text: str) -> int:
    """Read a duration in nanoseconds: a whole number, or a number with ns, us, ms, s, m or h."""
    match = re.fullmatch(r"(-?[0-9]{1,20})(\.[0-9]{1,9})?(ns|us|ms|s|m|h)", text, re.ASCII)
    if match is None:
        try:
            return parse_whole(text)
        except ValueError:
            raise ValueError("a duration is wanted here: nanoseconds, or a number with ns, us, ms, s, m or h") from None
    whole, fraction, unit = match.groups()
    digits = (fraction or ".")[1:]
    number = int(whole + digits) * UNITS_NS[unit] // 10 ** len(digits)
    return _fit(number)


def _fit(number: int) -> int:
    if not -_LIMIT <= number < _LIMIT:
        raise ValueError(_BEYOND)
    return number


def parse_address(text: str) -> IPv4Address | IPv6Address:
    """Read an address; an IPv4 address mapped into IPv6 is the IPv4 address."""
    try:
        address = ip_address(text)
    except ValueError:
        raise ValueError("an address is wanted here, such as 10.0.0.1, or a network such as 10.0.0.0/8") from None
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address


def parse_network(text: str) -> IPv4Network | IPv6Network:
    """Read a network ``address/bits``; bits of the address beyond the mask do not count."""
    if not re.fullmatch(r"[0-9a-fA-F.:]+/[0-9]{1,3}", text, re.ASCII):
        raise ValueError("a network is wanted here, such as 10.0.0.0/8")
    try:
        network = ip_network(text, strict=False)
    except ValueError:
        raise ValueError("a network is wanted here, such as 10.0.0.0/8") from None
    if isinstance(network, IPv6Network) and network.prefixlen >= 96 and network.network_address.ipv4_mapped:
        return IPv4Network((network.network_address.ipv4_mapped, network.prefixlen - 96))
    return network


_DATE = re.compile(
    r"(?P<year>[0-9]{4})(-(?P<month>[0-9]{2})(-(?P<day>[0-9]{2})"
    r"(T(?P<hour>[0-9]{2})(:(?P<minute>[0-9]{2})(:(?P<second>[0-9]{2})(\.(?P<fraction>[0-9]{1,9}))?)?)?"
    r"(?P<zone>Z|[-+][0-9]{2}:?[0-9]{2})?)?)?)?",
    re.ASCII,
)
"""ISO 8601-1:2019 calendar dates, as RFC 3339 writes them, cut off at any part."""
_RELATIVE = re.compile(r"now(?P<steps>([-+][0-9]{1,9}[smhdw])*)(/(?P<round>[smhdw]))?", re.ASCII)


def parse_time(text: str, now_ns: int) -> Span:
    """Read a time: ISO 8601, or relative to now as ``now-1h`` and ``now-1d/d``.

    UTC holds where no offset is written; a date cut off after a part means all of that year, month, day and so on.
    """
    if match := _RELATIVE.fullmatch(text):
        return _relative(match, now_ns)
    if match := _DATE.fullmatch(text):
        return _absolute({name: value for name, value in match.groupdict().items() if value is not None})
    raise ValueError("a time is wanted here, such as 2026-11-21, 2026-11-21T08:30:00Z or now-1h")


def _relative(match: re.Match[str], now_ns: int) -> Span:
    moment = now_ns
    for amount, unit in re.findall(r"([-+][0-9]+)([smhdw])", match["steps"]):
        moment += int(amount) * STEPS_NS[unit]
    if match["round"] is None:
        return Span(_fit(moment), _fit(moment + 1))
    step, offset = STEPS_NS[match["round"]], WEEK_OFFSET_NS if match["round"] == "w" else 0
    start = (moment - offset) // step * step + offset
    return Span(_fit(start), _fit(start + step))


_PARTS: Sequence[tuple[str, int]] = (("hour", 3_600), ("minute", 60), ("second", 1))


def _absolute(found: dict[str, str]) -> Span:
    if not FIRST_YEAR <= int(found["year"]) <= LAST_YEAR:
        raise ValueError(_BEYOND)
    try:
        start = datetime(int(found["year"]), int(found.get("month", 1)), int(found.get("day", 1)), tzinfo=UTC)
    except ValueError:
        raise ValueError("no such date") from None
    end = _after(start, found)
    seconds, length = 0, 0
    for name, size in _PARTS:
        if name in found:
            seconds, length = seconds + int(found[name]) * size, size
    _check_clock(found)
    begin = int(start.timestamp()) * SECOND_NS + (seconds - _offset(found.get("zone", "Z"))) * SECOND_NS
    if "fraction" in found:
        begin += int(found["fraction"].ljust(9, "0"))
        return Span(_fit(begin), _fit(begin + 10 ** (9 - len(found["fraction"]))))
    length_ns = length * SECOND_NS if length else int((end - start).total_seconds()) * SECOND_NS
    return Span(_fit(begin), _fit(begin + length_ns))


def _after(start: datetime, found: dict[str, str]) -> datetime:
    """First midnight after the year, month or day."""
    if "day" in found:
        return start + timedelta(days=1)
    year, month = (start.year + 1, 1) if "month" not in found or start.month == 12 else (start.year, start.month + 1)
    return start.replace(year=year, month=month)


def _check_clock(found: dict[str, str]) -> None:
    if int(found.get("hour", 0)) > 23 or int(found.get("minute", 0)) > 59 or int(found.get("second", 0)) > 59:
        raise ValueError("no such time of day")


def _offset(zone: str) -> int:
    """Seconds that a zone is ahead of UTC."""
    if zone == "Z":
        return 0
    try:
        ahead = timezone(timedelta(hours=int(zone[1:3]), minutes=int(zone[-2:])))
    except ValueError:
        raise ValueError("no such offset from UTC") from None
    seconds = int((ahead.utcoffset(None) or timedelta()).total_seconds())
    return -seconds if zone[0] == "-" else seconds
