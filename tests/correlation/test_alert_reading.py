"""Alerts of captures, read from a lake."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from correlation.alert_reading import (
    EMPTY,
    MOST_ASKED,
    SPAN,
    find_span,
    pack_captures,
    read_alerts,
    split_captures,
)
from correlation.lake import Lake
from correlation.store import CaptureRecord
from tests.support.alerts import READ, SECOND_NS, START_NS, make_alert, make_alerts, make_columns


@pytest.fixture
def lake(tmp_path: Path) -> Iterator[Lake]:
    """A lake of a dozen captures with an alert each."""
    with Lake(tmp_path / "lake") as opened:
        for number in range(12):
            identity = f"{number:x}" * 64
            alert = make_alert(READ, "10.0.0.9", "10.0.0.1", number, lasts_s=5, capture=identity)
            with opened.ingest(CaptureRecord(identity, str(number))) as ingest:
                ingest.commit(make_alerts([alert]), {}, "digest")
        yield opened


@pytest.mark.parametrize("count", [0, 1, MOST_ASKED, MOST_ASKED + 1])
def test_alerts_of_these_captures_and_no_others(lake: Lake, count: int) -> None:
    """Asked for one by one or all of their time at once, the same."""
    chosen = lake.captures()[:count]
    table = read_alerts(lake, chosen)
    assert {*split_captures(table)} == {one.record.identity for one in chosen}
    assert table.num_rows == count


def test_when_alerts_were() -> None:
    """From the beginning of the first to the end of the last."""
    alerts = [make_alert(READ, "10.0.0.9", "10.0.0.1", at, lasts_s=lasts) for at, lasts in ((5, 90), (1, 0), (9, 1))]
    assert find_span(make_columns(alerts)) == (START_NS + SECOND_NS, START_NS + 95 * SECOND_NS)
    assert split_captures(EMPTY) == {}


@pytest.mark.parametrize("count", [1, MOST_ASKED + 1])
def test_few_columns_tell_when_they_were(lake: Lake, count: int) -> None:
    """Times alone tell the same as whole alerts."""
    chosen = lake.captures()[:count]
    whole, times = split_captures(read_alerts(lake, chosen)), split_captures(read_alerts(lake, chosen, SPAN))
    assert {*next(iter(times.values())).column_names} == {*SPAN}
    assert {name: find_span(table) for name, table in whole.items()} == {
        name: find_span(table) for name, table in times.items()
    }


def test_captures_in_lists_of_so_many_alerts(lake: Lake) -> None:
    """By time, each once; one with more than a list holds is alone."""
    captures = lake.captures()
    lists = list(pack_captures(captures, 5))
    assert [len(one) for one in lists] == [5, 5, 2]
    assert [len(one) for one in pack_captures(captures[:2], 0)] == [1, 1]
    packed = [one.min_ns for some in lists for one in some]
    assert packed == sorted(packed, key=lambda first: first or 0)
