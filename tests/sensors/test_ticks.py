"""Time stamps of pcapng against exact arithmetic."""

from __future__ import annotations

from hypothesis import example, given
from hypothesis import strategies as st

from sensors.ticks import OFFSET_MAX_S, SECOND_NS, SECONDS_MAX, convert_ticks, divide_u64

TICKS = st.integers(0, 2**64 - 1) | st.integers(0, 64).map(lambda bits: 2**bits - (bits > 63))
OFFSETS = st.just(0) | st.integers(-OFFSET_MAX_S, OFFSET_MAX_S)


def convert_exactly(ticks: int, base: int, exponent: int, offset_s: int) -> tuple[int, int]:
    """Compute what ``convert_ticks`` promises with unbounded integers."""
    ts_ns = ticks * SECOND_NS // base**exponent + offset_s * SECOND_NS
    if ts_ns // SECOND_NS > SECONDS_MAX:
        return (SECONDS_MAX + 1) * SECOND_NS - 1, 1
    if ts_ns // SECOND_NS < -SECONDS_MAX:
        return -SECONDS_MAX * SECOND_NS, 1
    return ts_ns, 0


@given(TICKS, st.integers(0, 27), OFFSETS)
@example(1_700_000_000_123_456, 6, 0)
@example(2**64 - 1, 0, -OFFSET_MAX_S)
def test_decimal_ticks_are_exact(ticks: int, exponent: int, offset_s: int) -> None:
    """Powers of ten give the exact floor, clamped to what int64 holds."""
    expected = convert_exactly(ticks, 10, exponent, offset_s)
    assert convert_ticks(ticks >> 32, ticks & 0xFFFFFFFF, 0, exponent, offset_s) == expected


@given(TICKS, st.integers(0, 127), OFFSETS)
@example(2**64 - 1, 127, 0)
@example(2**64 - 1, 31, 0)
def test_binary_ticks_are_exact(ticks: int, exponent: int, offset_s: int) -> None:
    """Powers of two give the exact floor, clamped to what int64 holds."""
    expected = convert_exactly(ticks, 2, exponent, offset_s)
    assert convert_ticks(ticks >> 32, ticks & 0xFFFFFFFF, 1, exponent, offset_s) == expected


@given(TICKS, st.integers(28, 127))
def test_the_finest_decimal_ticks_count_as_nothing(ticks: int, exponent: int) -> None:
    """From 10^-28 s on every time stamp is zero, which is wrong by less than two nanoseconds."""
    assert convert_ticks(ticks >> 32, ticks & 0xFFFFFFFF, 0, exponent, 0) == (0, 0)
    assert convert_exactly(ticks, 10, exponent, 0)[0] < 2


@given(TICKS, st.integers(2, 10**18))
def test_division_is_unsigned(number: int, divisor: int) -> None:
    """A dividend above 2^63 is not taken for a negative one."""
    assert divide_u64(number >> 32, number & 0xFFFFFFFF, divisor) == divmod(number, divisor)
