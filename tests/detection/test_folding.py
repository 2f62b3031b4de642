"""Facts about ``detection.folding``: the kernel against brute force, and the bounds."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detection import folding
from detection.detector import Detector
from detection.folding import Matches, cut_segments, expand_matches
from tests.support.rules import CAPTURE, alerts, cut, load, rule, table

WINDOWS = (5, 20)


@given(st.lists(st.tuples(st.integers(0, 60), st.integers(0, 1)), max_size=30))
def test_segments_are_cut_where_more_than_the_window_passes(steps: list[tuple[int, int]]) -> None:
    """Per target: a match extends its segment unless it comes more than the window after the latest one."""
    times = np.array([time for time, _ in steps], dtype=np.int64)
    targets = np.array([target for _, target in steps], dtype=np.int64)
    rows = np.arange(len(steps), dtype=np.int64)
    expected: list[tuple[int, list[int]]] = []
    latest: dict[int, tuple[int, list[int]]] = {}
    for row, (time, target) in enumerate(steps):
        if target not in latest or time - latest[target][0] > WINDOWS[target]:
            expected.append((target, []))
            latest[target] = (time, expected[-1][1])
        latest[target][1].append(row)
        latest[target] = (max(time, latest[target][0]), latest[target][1])
    windows = np.array(WINDOWS, dtype=np.int64)

    found = cut_segments(Matches(rows, targets, times, np.full(len(rows), -1)), times, windows)

    target, count, first, last, since, newest, evidence = (part.tolist() for part in found)
    assert list(zip(target, count, first, last, strict=True)) == [(t, len(r), r[0], r[-1]) for t, r in expected]
    assert since == [min(steps[row][0] for row in members) for _, members in expected]
    assert newest == [max(steps[row][0] for row in members) for _, members in expected]
    assert [[row for row in kept if row >= 0] for kept in evidence] == [members[:10] for _, members in expected]


def test_rows_are_written_out_once_per_target_of_their_kind() -> None:
    """A row whose kind has two targets is two matches, one whose kind has none is none."""
    kinds = np.array([1, 0, 2, 1], dtype=np.int32)
    rows, targets = expand_matches(kinds, np.array([0, 0, 2, 3]), np.array([7, 8, 9]), 5)

    assert list(zip(rows.tolist(), targets.tolist(), strict=True)) == [(0, 7), (0, 8), (2, 9), (3, 7), (3, 8)]


def test_open_alerts_are_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Past the limit the alert extended longest ago is closed; a later repeat opens another, and it is counted."""
    monkeypatch.setattr(folding, "OPEN_LIMIT", 2)
    hosts = ("a", "b", "a", "c", "b")
    records = [{"@seconds": at, "modbus.unit_id": 1, "source.ip": host} for at, host in enumerate(hosts)]
    detector = Detector(load(tmp_path, rule()), None, CAPTURE, "test")
    for part in cut(table(*records), range(1, 5)):
        detector.feed({"modbus": part})
    found = [(alert["source.ip"], alert["wanglou.alert.count"]) for alert in alerts(detector.finish())]

    assert found == [("a", 2), ("b", 1), ("c", 1), ("b", 1)]
    assert detector.counters["alerts_evicted"] == 2


def test_alerts_of_a_capture_are_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Past the limit alerts are dropped and counted; those before are kept."""
    monkeypatch.setattr(folding, "TOTAL_LIMIT", 3)
    records = [{"modbus.unit_id": 1, "source.ip": str(number)} for number in range(5)]
    detector = Detector(load(tmp_path, rule()), None, CAPTURE, "test")
    detector.feed({"modbus": table(*records)})

    assert len(detector.finish()) == 3
    assert (detector.counters["alerts"], detector.counters["alerts_dropped"]) == (3, 2)


def test_closed_alerts_are_kept_in_batches(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many batches they were kept in, the alerts come out as one table in order of time."""
    monkeypatch.setattr(folding, "_FLUSH", 2)
    records = [{"@seconds": 9 - at, "modbus.unit_id": 1, "source.ip": str(at)} for at in range(7)]
    detector = Detector(load(tmp_path, rule()), None, CAPTURE, "test")
    detector.feed({"modbus": table(*records)})
    times = [alert["@timestamp"] for alert in alerts(detector.finish())]

    assert times == sorted(times)
    assert len(times) == 7
