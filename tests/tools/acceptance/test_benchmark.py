"""The benchmark's figures reach their checks, and a benchmark that failed fails them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tools.acceptance import benchmark
from tools.acceptance.benchmark import Figures, adapt, bench_check, judge_memory, judge_mixed_memory, measure
from tools.acceptance.check import Outcome, at_least

NUMBERS = dict.fromkeys(Figures.__dataclass_fields__, 1.0)


@pytest.fixture(autouse=True)
def _forget() -> Iterator[None]:
    """Let each test measure anew."""
    measure.cache_clear()
    yield
    measure.cache_clear()


def test_figures_are_taken_by_name() -> None:
    """The benchmark's document gives every figure; one that is missing is an error."""
    assert adapt({"figures": {**NUMBERS, "more": 2}}).rules_1000_over_10 == 1.0
    with pytest.raises(KeyError):
        adapt({"figures": {}})


@pytest.mark.parametrize(("small", "large", "passed"), [(400, 410, True), (400, 500, False), (650, 650, False)])
def test_memory_is_bounded_and_flat(small: float, large: float, *, passed: bool) -> None:
    """Memory passes when it is small and does not grow with the capture."""
    assert judge_memory(Figures(**{**NUMBERS, "resident_mb_1m": small, "resident_mb_5m": large})).passed is passed


@pytest.mark.parametrize(("resident", "passed"), [(599, True), (600, False)])
def test_memory_of_mixed_traffic_is_bounded(resident: float, *, passed: bool) -> None:
    """Mixed traffic has the bound of a single protocol."""
    assert judge_mixed_memory(Figures(**{**NUMBERS, "mixed_resident_mb": resident})).passed is passed


def test_a_failed_benchmark_fails_each_of_its_checks(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the benchmark could not measure is no pass."""
    failed = Outcome(passed=False, measured="the benchmark failed")
    monkeypatch.setattr(benchmark, "measure", lambda: failed)
    assert bench_check(lambda figures: at_least(figures.cold_start_s, 0, "s"))() is failed


def test_a_measured_figure_is_judged(monkeypatch: pytest.MonkeyPatch) -> None:
    """A check of a figure holds it against its bound."""
    monkeypatch.setattr(benchmark, "measure", lambda: Figures(**NUMBERS))
    assert not bench_check(lambda figures: at_least(figures.marginal_over_suricata, 12, "times"))().passed
