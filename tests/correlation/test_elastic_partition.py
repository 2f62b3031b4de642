"""Which index a record goes to."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from correlation.elastic_partition import Chooser, day_of, parse_partition, partition_on, start_of
from correlation.lake import default_datasets
from correlation.quarantine import DAY_NS, END_NS, FIRST_NS, Admission

DAYS = st.dates(date(1990, 1, 1), date(2099, 12, 31))


@pytest.mark.parametrize(
    ("dataset", "day", "suffix"),
    [
        ("modbus", date(2026, 11, 21), "2026.11.21"),
        ("dns", date(2026, 11, 21), "2026.11.16w"),
        ("dns", date(2026, 11, 16), "2026.11.16w"),
        ("alert", date(2026, 12, 31), "2026.12"),
    ],
)
def test_names(dataset: str, day: date, suffix: str) -> None:
    """A day, the Monday of a week, a month."""
    assert partition_on(dataset, day).suffix == suffix


@given(dataset=st.sampled_from(["modbus", "dns", "alert"]), day=DAYS)
def test_a_name_tells_its_days(dataset: str, day: date) -> None:
    """Every day is covered by its partition, which its name alone gives back."""
    partition = partition_on(dataset, day)
    assert parse_partition(dataset, partition.suffix) == partition
    assert partition.first is not None
    assert partition.end is not None
    assert partition.first <= day < partition.end
    assert partition_on(dataset, partition.end - timedelta(days=1)) == partition
    assert day_of(start_of(day)) == day


@pytest.mark.parametrize("text", ["", "x", "2026", "2026.13", "2026.02.30", "2026.11.21x", "2026.11w", "0000.01"])
def test_other_names_are_none(text: str) -> None:
    """What somebody else keeps beside us is left alone."""
    assert parse_partition("modbus", text) is None


def test_half_a_year_of_every_dataset_is_below_500_shards() -> None:
    """The longest half year of 180 days, with a quarantine each, the captures and three kinds of documents."""
    most = 0
    for first in (date(2026, 1, 1) + timedelta(days=step) for step in range(366)):
        days = [first + timedelta(days=number) for number in range(180)]
        opened = {(name, partition_on(name, day).suffix) for name in default_datasets() for day in days}
        most = max(most, len(opened) + len(default_datasets()) + 4)
    assert most < 500


def test_a_chooser_counts_what_goes_to_quarantine() -> None:
    """Impossible times, and all days that were refused, each record of them."""
    admission = Admission(2)
    chooser = Chooser(admission)
    day = FIRST_NS + 400 * DAY_NS
    times = [0, 0, END_NS, day, day + 1, day + DAY_NS, day + 2 * DAY_NS, day + 2 * DAY_NS + 1, day + DAY_NS]
    chosen = [chooser.choose("modbus", time) == "quarantine" for time in times]
    assert chosen == [True, True, True, False, False, False, True, True, False]
    assert admission.rows == 5
