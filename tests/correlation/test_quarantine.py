"""Which records may open a partition."""

from __future__ import annotations

import pytest

from correlation.quarantine import DAY_NS, END_NS, FIRST_NS, MOST_PARTITIONS, Admission


@pytest.mark.parametrize(
    ("start_ns", "admitted"),
    [(FIRST_NS - 1, False), (FIRST_NS, True), (END_NS - 1, True), (END_NS, False), (0, False), (-DAY_NS, False)],
)
def test_times_that_a_clock_may_show(start_ns: int, admitted: bool) -> None:
    """From 1990 until before 2100; what is not admitted is counted by its records."""
    admission = Admission()
    assert admission.admit("modbus", 1, start_ns, rows=7) == admitted
    assert admission.counters == ({} if admitted else {"store_quarantined": 7})


def test_a_capture_opens_so_many_partitions_in_all_datasets() -> None:
    """Those that are open stay open; further ones are refused."""
    admission = Admission()
    for number in range(MOST_PARTITIONS // 2):
        assert admission.admit("modbus", number, FIRST_NS + number * DAY_NS)
        assert admission.admit("flow", number, FIRST_NS + number * DAY_NS)
    assert not admission.admit("dns", 0, FIRST_NS)
    assert admission.admit("flow", 3, FIRST_NS)
    assert admission.rows == 1
