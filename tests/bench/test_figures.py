"""The benchmark's arithmetic."""

from __future__ import annotations

import pytest

from bench.figures import compute_marginal_rate, derive_figures
from bench.measure import Run, median


def make_run(wall_s: float, resident_mb: float = 100.0) -> Run:
    """A run of that wall time."""
    return Run(wall_s, wall_s, resident_mb)


def test_start_up_falls_out_of_the_marginal_rate() -> None:
    """Four million packets in two seconds more are two million a second, however long starting up takes."""
    medians = {("any", "1M"): make_run(10.5), ("any", "5M"): make_run(12.5)}

    assert compute_marginal_rate(medians, "any", "1M", "5M") == pytest.approx(2_000_000)


def test_figures_are_ratios_of_medians() -> None:
    """Each figure is the ratio that its name tells."""
    medians = {
        ("wanglou", "1M"): make_run(1.0, 300),
        ("wanglou", "5M"): make_run(3.0, 310),
        ("suricata", "1M"): make_run(4.0),
        ("suricata", "5M"): make_run(24.0),
        ("tshark", "1M"): make_run(25.0),
        ("rules10", "1M"): make_run(1.0),
        ("rules1000", "1M"): make_run(1.5),
        ("wanglou", "mixed-1M"): make_run(1.0, 400),
        ("wanglou", "mixed-5M"): make_run(5.0, 350),
        ("suricata", "mixed-1M"): make_run(5.0),
        ("suricata", "mixed-5M"): make_run(25.0),
        ("wanglou", "mqtt-200k"): make_run(1.0),
        ("wanglou", "mqtt-1M"): make_run(1.4),
    }
    figures = derive_figures(medians, 20.0)

    assert figures["marginal_over_suricata"] == pytest.approx(10)
    assert figures["marginal_over_tshark"] == pytest.approx(50)
    assert figures["whole_over_suricata"] == pytest.approx(4)
    assert figures["mixed_over_suricata"] == pytest.approx(5)
    assert figures["mixed_resident_mb"] == 400
    assert figures["rate_mqtt"] == pytest.approx(2_000_000)
    assert figures["rules_1000_over_10"] == pytest.approx(1.5)
    assert (figures["resident_mb_1m"], figures["resident_mb_5m"], figures["cold_start_s"]) == (300, 310, 20)


def test_median_is_taken_of_each_figure_by_itself() -> None:
    """One slow run and one large run do not move the medians."""
    runs = [Run(1, 5, 10), Run(9, 4, 11), Run(2, 6, 99)]

    assert median(runs) == Run(2, 5, 11)
