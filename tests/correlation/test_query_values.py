"""What a word means in a number, time, address, duration or pattern."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime
from ipaddress import IPv4Address, IPv4Network, IPv6Network, ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from correlation.query_tree import Wild
from correlation.query_values import (
    Span,
    parse_address,
    parse_boolean,
    parse_duration,
    parse_network,
    parse_number,
    parse_time,
    parse_whole,
    split_wildcards,
    unescape,
)

NOW_NS = int(datetime(2026, 11, 21, 8, 30, 15, tzinfo=UTC).timestamp()) * 10**9 + 123
DAY_NS = 86_400 * 10**9


def at(year: int, month: int, day: int, hour: int = 0, minute: int = 0, second: int = 0) -> int:
    """Nanoseconds of a moment in UTC."""
    return int(datetime(year, month, day, hour, minute, second, tzinfo=UTC).timestamp()) * 10**9


@pytest.mark.parametrize(
    ("text", "start_ns", "end_ns"),
    [
        ("2026", at(2026, 1, 1), at(2027, 1, 1)),
        ("2026-02", at(2026, 2, 1), at(2026, 3, 1)),
        ("2026-12", at(2026, 12, 1), at(2027, 1, 1)),
        ("2024-02-29", at(2024, 2, 29), at(2024, 3, 1)),
        ("2026-11-21T08", at(2026, 11, 21, 8), at(2026, 11, 21, 9)),
        ("2026-11-21T08:30", at(2026, 11, 21, 8, 30), at(2026, 11, 21, 8, 31)),
        ("2026-11-21T08:30:15Z", at(2026, 11, 21, 8, 30, 15), at(2026, 11, 21, 8, 30, 16)),
        ("2026-11-21T08:30:15.5Z", at(2026, 11, 21, 8, 30, 15) + 5 * 10**8, at(2026, 11, 21, 8, 30, 15) + 6 * 10**8),
        ("2026-11-21T08:30:15+08:00", at(2026, 11, 21, 0, 30, 15), at(2026, 11, 21, 0, 30, 16)),
        ("2026-11-21T08:30-0130", at(2026, 11, 21, 10, 0), at(2026, 11, 21, 10, 1)),
        ("now", NOW_NS, NOW_NS + 1),
        ("now-1h", NOW_NS - 3_600 * 10**9, NOW_NS - 3_600 * 10**9 + 1),
        ("now-1d+2m", NOW_NS - DAY_NS + 120 * 10**9, NOW_NS - DAY_NS + 120 * 10**9 + 1),
        ("now/d", at(2026, 11, 21), at(2026, 11, 22)),
        ("now-1d/d", at(2026, 11, 20), at(2026, 11, 21)),
        ("now/w", at(2026, 11, 16), at(2026, 11, 23)),
    ],
)
def test_a_time_is_a_stretch(text: str, start_ns: int, end_ns: int) -> None:
    """A date stands for all of what it leaves out; a week begins on Monday; offsets are taken off."""
    assert parse_time(text, NOW_NS) == Span(start_ns, end_ns)


def test_a_full_fraction_is_one_nanosecond() -> None:
    """Nine digits after the second name one instant."""
    span = parse_time("2026-11-21T08:30:15.000000123Z", 0)
    assert span == Span(NOW_NS, NOW_NS + 1)


@pytest.mark.parametrize(
    "text",
    [
        *("", "x", "1677", "2262", "2026-13", "2026-02-30", "2026-11-21T24:00", "2026-11-21T08:60", "2026-1-1", "0000"),
        *("now-", "now-1y", "now-999999999w", "2026-11-21T08+99:00", "2026-11-21 08:30", "20261121"),
        "\uff12\uff10\uff12\uff16",
    ],
)
def test_what_is_no_time_is_refused(text: str) -> None:
    """Impossible dates, other formats and years beyond 64 bits raise ValueError."""
    with pytest.raises(ValueError, match=r"time|date|offset"):
        parse_time(text, NOW_NS)


@given(st.datetimes(datetime(1678, 1, 1), datetime(2261, 12, 31)), st.integers(0, 10**9 - 1))  # noqa: DTZ001 - UTC is meant
def test_any_instant_is_read_exactly(moment: datetime, fraction: int) -> None:
    """An RFC 3339 text of any instant gives that nanosecond."""
    seconds = (
        (moment.replace(microsecond=0, tzinfo=UTC) - datetime(1970, 1, 1, tzinfo=UTC))
        // (datetime(1970, 1, 2, tzinfo=UTC) - datetime(1970, 1, 1, tzinfo=UTC))
        * 86_400
        + moment.hour * 3_600
        + moment.minute * 60
        + moment.second
    )
    text = f"{moment:%Y-%m-%dT%H:%M:%S}.{fraction:09d}Z".zfill(30)
    assert parse_time(text, 0) == Span(seconds * 10**9 + fraction, seconds * 10**9 + fraction + 1)


@given(st.text(max_size=30))
def test_any_text_is_a_value_or_a_sentence(text: str) -> None:
    """Every parser gives a value or raises ValueError, nothing else."""
    parsers = (parse_whole, parse_number, parse_boolean, parse_duration, parse_address, parse_network)
    for parse in (*parsers, lambda word: parse_time(word, NOW_NS)):
        with suppress(ValueError):
            assert parse(text) is not None


@pytest.mark.parametrize(
    ("text", "number"), [("0", 0), ("-5", -5), ("0x1F", 31), (str(2**63 - 1), 2**63 - 1), (str(-(2**63)), -(2**63))]
)
def test_whole_numbers(text: str, number: int) -> None:
    """Decimal and hexadecimal numbers of 64 bits are read."""
    assert parse_whole(text) == number


@pytest.mark.parametrize("text", ["", "1.5", "1_000", "٣", "0x", str(2**63), "9" * 40, " 1", "+1", "1e3"])
def test_what_is_no_whole_number_is_refused(text: str) -> None:
    """Python's own liberties (underscores, other digits, spaces) are not taken over."""
    with pytest.raises(ValueError, match="number"):
        parse_whole(text)


@pytest.mark.parametrize("text", ["nan", "inf", "1e999", "1,5", ".5", ""])
def test_what_is_no_number_is_refused(text: str) -> None:
    """Not-a-number, infinities and commas raise ValueError."""
    with pytest.raises(ValueError, match="number"):
        parse_number(text)


def test_numbers_and_booleans() -> None:
    """Decimal numbers with exponents, and the two words of truth."""
    assert [parse_number("-1.5e3"), parse_number("2")] == [-1500.0, 2.0]
    assert [parse_boolean("true"), parse_boolean("false")] == [True, False]
    with pytest.raises(ValueError, match="true or false"):
        parse_boolean("True")


@pytest.mark.parametrize(
    ("text", "nanoseconds"),
    [
        ("5", 5),
        ("5ns", 5),
        ("1.5us", 1500),
        ("5ms", 5 * 10**6),
        ("0.25s", 25 * 10**7),
        ("-1.5m", -90 * 10**9),
        ("2h", 7200 * 10**9),
    ],
)
def test_durations(text: str, nanoseconds: int) -> None:
    """Durations are nanoseconds, or numbers with a unit."""
    assert parse_duration(text) == nanoseconds


@pytest.mark.parametrize("text", ["", "ms", "5 ms", "5d", "1.5", "99999999999h"])
def test_what_is_no_duration_is_refused(text: str) -> None:
    """Unknown units, fractions without a unit and durations beyond 64 bits raise ValueError."""
    with pytest.raises(ValueError, match=r"duration|bits"):
        parse_duration(text)


def test_addresses_are_canonical() -> None:
    """IPv6 in any spelling is one address, and IPv4 mapped into IPv6 is IPv4."""
    assert str(parse_address("FE80:0:0::0001")) == "fe80::1"
    assert parse_address("::ffff:10.0.0.1") == IPv4Address("10.0.0.1")


@given(st.ip_addresses(), st.integers(0, 128))
def test_a_network_holds_its_address(address: object, bits: int) -> None:
    """The bits of the address beyond the mask do not count; mapped IPv4 networks are IPv4 networks."""
    its = ip_address(str(address))
    network = parse_network(f"{its}/{min(bits, its.max_prefixlen)}")
    assert parse_address(str(its)) in network or its in network


def test_networks() -> None:
    """Both versions are read, and a mapped network becomes IPv4."""
    assert parse_network("10.1.2.3/8") == IPv4Network("10.0.0.0/8")
    assert parse_network("fe80::1/10") == IPv6Network("fe80::/10")
    assert parse_network("::ffff:10.0.0.0/104") == IPv4Network("10.0.0.0/8")


@pytest.mark.parametrize("text", ["10.0.0.0", "10.0.0.0/33", "10.0.0/8", "10.0.0.0/255.0.0.0", "/8", "x/8"])
def test_what_is_no_network_is_refused(text: str) -> None:
    """Missing or impossible masks, and masks written as addresses, raise ValueError."""
    with pytest.raises(ValueError, match="network"):
        parse_network(text)


def test_wildcards_are_split_from_literals() -> None:
    """A backslash makes a wildcard literal; without one it stays a wildcard."""
    assert split_wildcards(r"a\*b*c?") == ("a*b", Wild.ANY, "c", Wild.ONE)
    assert split_wildcards("") == ("",)
    assert split_wildcards("\\") == ("\\",)
    assert unescape(r"a\*\\b") == "a*\\b"


@given(st.text(max_size=20))
def test_escaped_text_means_itself(text: str) -> None:
    """A backslash before every character gives the text back, as pattern and as value."""
    escaped = "".join(f"\\{character}" for character in text)
    assert split_wildcards(escaped) == (text,)
    assert unescape(escaped) == text
