"""Time stamps of pcapng: 64-bit ticks of an interface's own resolution and offset, to nanoseconds.

Resolution and offset are the options ``if_tsresol`` and ``if_tsoffset`` (draft-ietf-opsawg-pcapng §4.2). All arithmetic
stays within signed 64 bits and gives the exact floor, so that compiled and plain runs agree on hostile values too.
"""

from __future__ import annotations

from wanglou.kernel import kernel

SECOND_NS = 1_000_000_000
SECONDS_MAX = 9_223_372_035
"""Last whole second after 1970 of which every nanosecond fits int64 (in the year 2262)."""

OFFSET_MAX_S = 1 << 38
"""Offsets are clamped to this (some 8,700 years) either way, so that no sum of seconds overflows."""


@kernel
def divide_u64(high: int, low: int, divisor: int) -> tuple[int, int]:
    """Divide the unsigned number ``high << 32 | low`` by ``divisor`` (2 to 10^18); gives quotient and remainder."""
    half = high << 31 | low >> 1
    rest = half % divisor * 2 + (low & 1)
    return half // divisor * 2 + rest // divisor, rest % divisor


@kernel
def split_decimal(high: int, low: int, exponent: int) -> tuple[int, int]:
    """Split ticks of 10^-exponent seconds into seconds (2^40 stands for all above) and nanoseconds.

    From 10^-28 on a time stamp within 64 bits is less than two nanoseconds, and told as 0.
    """
    if exponent == 0:
        return (1 << 40 if high >= 256 else high << 32 | low), 0
    if exponent <= 18:
        seconds, rest = divide_u64(high, low, 10**exponent)
        return min(seconds, 1 << 40), (rest * 10 ** (9 - exponent) if exponent <= 9 else rest // 10 ** (exponent - 9))
    if exponent <= 27:
        nanoseconds, _ = divide_u64(high, low, 10 ** (exponent - 9))
        return nanoseconds // SECOND_NS, nanoseconds % SECOND_NS
    return 0, 0


@kernel
def split_binary(high: int, low: int, exponent: int) -> tuple[int, int]:
    """Split ticks of 2^-exponent seconds into seconds (2^40 stands for all above) and nanoseconds."""
    if exponent < 32:
        if high >= 1 << (exponent + 8):
            return 1 << 40, 0
        seconds = high << (32 - exponent) | low >> exponent
        return seconds, (low & ((1 << exponent) - 1)) * SECOND_NS >> exponent
    shift = exponent - 32
    if shift > 62:
        return 0, 0
    fraction = high & ((1 << min(shift, 32)) - 1)
    return high >> shift, (fraction * SECOND_NS + (low * SECOND_NS >> 32)) >> shift


@kernel
def convert_ticks(high: int, low: int, is_binary: int, exponent: int, offset_s: int) -> tuple[int, int]:
    """Give nanoseconds since 1970 and 1 when the time had to be clamped to what int64 holds, else 0.

    ``exponent`` is 0 to 127, ``offset_s`` within ``OFFSET_MAX_S`` either way.
    """
    seconds, nanoseconds = split_binary(high, low, exponent) if is_binary else split_decimal(high, low, exponent)
    seconds += offset_s
    if seconds > SECONDS_MAX:
        return SECONDS_MAX * SECOND_NS + SECOND_NS - 1, 1
    if seconds < -SECONDS_MAX:
        return -SECONDS_MAX * SECOND_NS, 1
    return seconds * SECOND_NS + nanoseconds, 0
