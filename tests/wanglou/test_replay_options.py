"""Captures are moved in time each by itself, or all to one time."""

from __future__ import annotations

from pathlib import Path

from wanglou.replay_options import ReplayOptions


def test_single_captures_go_before_all() -> None:
    """The time of one capture holds for it, the common one for the others; without any, none is moved."""
    one, other = Path("a.pcap"), Path("b.pcap")
    options = ReplayOptions("lake", shift_to_ns=7, shifts_to_ns={one: 3})
    assert (options.find_end(one), options.find_end(other)) == (3, 7)
    assert ReplayOptions("lake").find_end(one) is None
