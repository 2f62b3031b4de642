"""The manifest: what is listed, and how it is found again."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from correlation.captures import save_capture
from correlation.manifest import (
    DISCARDS,
    LAKE,
    LAYOUTS,
    HourCount,
    Segment,
    Wanted,
    add_segment,
    count_hours,
    discard_segments,
    list_segments,
)
from correlation.store import CaptureRecord
from tests.support.lakes import make_identity
from wanglou.ledger import Ledger

FIRST = Segment("modbus/a", make_identity("a"), "modbus", "2026-09-21", 3, 0, 10, 100, 200, "d", 5, ("x", "y"))
SECOND = dataclasses.replace(FIRST, path="modbus/b", seq=1, min_ns=200, max_ns=300, columns=("x",))
OTHER = dataclasses.replace(FIRST, path="flow/c", dataset="flow", capture=make_identity("b"), hour=4)


@pytest.fixture
def ledger(place: Path | str) -> Iterator[Ledger]:
    """A ledger with two captures and three segments."""
    ledger = Ledger(place, [LAKE], create=True)
    with ledger.transaction() as connection:
        for digit in "ab":
            save_capture(connection, CaptureRecord(make_identity(digit), digit), "")
        for segment in (SECOND, FIRST, OTHER):
            add_segment(connection, segment)
    yield ledger
    ledger.close()


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        (Wanted(), [OTHER, FIRST, SECOND]),
        (Wanted(dataset="modbus"), [FIRST, SECOND]),
        (Wanted(captures=[make_identity("b")]), [OTHER]),
        (Wanted(captures=[]), []),
        (Wanted(dataset="modbus", start_ns=201), [SECOND]),
        (Wanted(dataset="modbus", start_ns=200), [FIRST, SECOND]),
        (Wanted(dataset="modbus", end_ns=200), [FIRST]),
        (Wanted(dataset="modbus", end_ns=100), []),
    ],
)
def test_segments_are_found_by_what_is_in_them(ledger: Ledger, wanted: Wanted, found: list[Segment]) -> None:
    """Dataset, capture and overlap with a time choose; the facts come back whole, in order of path."""
    with ledger.reading() as connection:
        assert list_segments(connection, wanted) == found


def test_a_set_of_columns_is_kept_once(ledger: Ledger) -> None:
    """Segments with equal columns share one row for them."""
    with ledger.reading() as connection:
        assert connection.scalar(sa.select(sa.func.count()).select_from(LAYOUTS)) == 2


def test_a_path_is_listed_once(ledger: Ledger) -> None:
    """A second segment of one path is refused by the ledger itself."""
    with pytest.raises(sa.exc.IntegrityError), ledger.transaction() as connection:
        add_segment(connection, FIRST)


def test_a_segment_needs_its_capture(ledger: Ledger) -> None:
    """Nothing is listed for a capture that is not known."""
    with pytest.raises(sa.exc.IntegrityError), ledger.transaction() as connection:
        add_segment(connection, dataclasses.replace(FIRST, path="modbus/d", capture="?"))


def test_discarded_segments_are_remembered_until_listed_again(ledger: Ledger) -> None:
    """A path is on one of the two lists, never on both."""
    with ledger.transaction() as connection:
        discard_segments(connection, [FIRST, SECOND])
        assert list_segments(connection, Wanted(dataset="modbus")) == []
        add_segment(connection, FIRST)
        assert connection.scalars(sa.select(DISCARDS.c.path)).all() == ["modbus/b"]


def test_hours_are_counted(ledger: Ledger) -> None:
    """Rows and times of an hour are those of all its segments."""
    with ledger.reading() as connection:
        assert count_hours(connection, "modbus") == [HourCount("2026-09-21", 3, 20, 100, 300)]
        assert count_hours(connection, "dns") == []
