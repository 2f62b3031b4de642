"""Defaults of the settings, against the sources they name."""

from __future__ import annotations

from console.security import HOUR_NS, MINUTE_NS, Security


def test_argon2_is_the_second_recommended_option() -> None:
    """RFC 9106, 4: three passes, 64 MiB, four lanes."""
    given = Security()
    assert (given.argon2_passes, given.argon2_memory_kib, given.argon2_lanes) == (3, 1 << 16, 4)


def test_what_nist_bounds() -> None:
    """SP 800-63B-4: 15 characters without a second factor, 64 admitted, at most 100 failures in a row."""
    given = Security()
    assert given.password_least >= 15
    assert given.password_most >= 64
    assert given.most_failures <= 100


def test_times_of_sessions() -> None:
    """Half an hour without a request, half a day altogether."""
    given = Security()
    assert (given.idle_ns, given.absolute_ns) == (30 * MINUTE_NS, 12 * HOUR_NS)
