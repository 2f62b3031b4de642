"""The benchmark's figures, run once for all checks that hold one of them against a bound."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

from tools.acceptance.check import ROOT, Outcome, last_line, run_command

FIGURES = ROOT / "build" / "bench.json"


@dataclass(frozen=True, slots=True)
class Figures:
    """What the checks need of a benchmark run; medians."""

    marginal_over_suricata: float
    """Our marginal rate over Suricata's: packets from 1 M to 5 M over the time that they add."""
    marginal_over_tshark: float
    """Our marginal rate over tshark's rate on the 1 M file."""
    whole_over_suricata: float
    """Suricata's time on the 1 M file, start-up included, over ours."""
    resident_mb_1m: float
    resident_mb_5m: float
    """Largest resident memory of our process on the 5 M file, in MB of 10^6 bytes."""
    rules_1000_over_10: float
    """Time with 1,000 synthetic rules over the time with 10."""
    mixed_over_suricata: float
    """The marginal rate over Suricata's where protocols are mixed."""
    mixed_resident_mb: float
    """Largest resident memory of our process on the mixed files, in MB."""
    cold_start_s: float
    """Whole process on an empty kernel cache, less the same on a full one, in seconds."""


def adapt(document: dict[str, Any]) -> Figures:
    """Take the figures from the benchmark's JSON; the one place that knows its layout."""
    return Figures(**{name: float(document["figures"][name]) for name in Figures.__dataclass_fields__})


@cache
def measure() -> Figures | Outcome:
    """Run the benchmark once; a failed Outcome where it did not end well or its document lacks a figure."""
    FIGURES.parent.mkdir(exist_ok=True)
    FIGURES.unlink(missing_ok=True)
    done = run_command(sys.executable, "-m", "bench", "--json", str(FIGURES))
    if done.returncode:
        print(done.stdout)
        return Outcome(passed=False, measured=f"the benchmark failed: {last_line(done.stdout)}")
    try:
        return adapt(json.loads(FIGURES.read_text()))
    except (OSError, ValueError, KeyError, TypeError) as error:
        return Outcome(passed=False, measured=f"the benchmark's figures cannot be read: {error!r}")


def bench_check(judge: Callable[[Figures], Outcome]) -> Callable[[], Outcome]:
    """Make a check's ``run`` that judges the figures of the one benchmark run."""

    def run() -> Outcome:
        figures = measure()
        return figures if isinstance(figures, Outcome) else judge(figures)

    return run


def judge_memory(figures: Figures) -> Outcome:
    """Memory stays below 600 MB and does not grow with the capture (5 % for the allocator's moods)."""
    small, large = figures.resident_mb_1m, figures.resident_mb_5m
    return Outcome(max(small, large) < 600 and large <= small * 1.05, f"{small:.0f} MB at 1 M, {large:.0f} MB at 5 M")


def judge_mixed_memory(figures: Figures) -> Outcome:
    """Memory stays below 600 MB where protocols are mixed."""
    return Outcome(figures.mixed_resident_mb < 600, f"{figures.mixed_resident_mb:.0f} MB")
