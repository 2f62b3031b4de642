"""Summaries equal what plain Python counts."""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Iterator, Sequence

import pytest

from correlation.aggregate import MOST_TERMS
from correlation.lake import Lake
from correlation.store import Aggregation, Bucket, Cardinality, DateHistogram, Percentiles, Terms
from tests.support.lakes import HOUR_NS, START_NS, Record, fill, make_lake, make_records
from wanglou.errors import UsageError

RECORDS = make_records(range(200), step_ns=HOUR_NS // 80)
RECORDS[150]["modbus.umas.session"] = 7


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lake]:
    """A lake of 200 records over three hours, in segments of two sets of columns."""
    with make_lake(tmp_path_factory.mktemp("lake")) as lake:
        fill(lake, RECORDS)
        yield lake


def rank(values: Sequence[str | int], size: int) -> list[Bucket]:
    """Commonest values first, equal counts by value."""
    counts = sorted(Counter(values).items(), key=lambda item: (-item[1], str(item[0]).zfill(9)))
    return [Bucket(value, float(count)) for value, count in counts[:size]]


@pytest.mark.parametrize("field", ["source.ip", "event.action", "modbus.unit_id"])
def test_terms(lake: Lake, field: str) -> None:
    """Values by how many records have them."""
    assert lake.aggregate("modbus", Terms(field, 5)) == rank([record[field] for record in RECORDS], 5)


def test_terms_of_a_list(lake: Lake) -> None:
    """A record counts once for each different element."""
    elements = [value for record in RECORDS for value in set(record["modbus.response.values"])]
    assert lake.aggregate("modbus", Terms("modbus.response.values", 20)) == rank(elements, 20)


def test_terms_of_a_derived_field(lake: Lake) -> None:
    """event.id is computed here too."""
    buckets = lake.aggregate("modbus", Terms("event.id", 1), "wanglou.packet:10")
    assert buckets == [Bucket("a" * 16 + "-modbus-10-0", 1.0)]


def test_a_histogram_over_time(lake: Lake) -> None:
    """Intervals begin at multiples of their length, empty ones are left out."""
    step = HOUR_NS // 2
    counts = Counter(record["@timestamp"] // step * step for record in RECORDS)
    expected = [Bucket(start, float(count)) for start, count in sorted(counts.items())]
    assert lake.aggregate("modbus", DateHistogram(step)) == expected
    assert lake.aggregate("modbus", DateHistogram(HOUR_NS), end_ns=START_NS + HOUR_NS) == [Bucket(START_NS, 80.0)]


def test_cardinality(lake: Lake) -> None:
    """Different values are counted exactly."""
    assert lake.aggregate("modbus", Cardinality("source.ip")) == [
        Bucket("source.ip", float(len({record["source.ip"] for record in RECORDS})))
    ]
    assert lake.aggregate("modbus", Cardinality("modbus.response.values")) == [Bucket("modbus.response.values", 13.0)]
    assert lake.aggregate("modbus", Cardinality("modbus.umas.session")) == [Bucket("modbus.umas.session", 1.0)]


def test_percentiles(lake: Lake) -> None:
    """The median and others, interpolated."""
    values = [float(record["wanglou.packet"]) for record in RECORDS]
    median, high = lake.aggregate("modbus", Percentiles("wanglou.packet", (50.0, 95.0)))
    assert median == Bucket(50.0, statistics.median(values))
    assert high.value == pytest.approx(statistics.quantiles(values, n=100, method="inclusive")[94])


@pytest.mark.parametrize(
    ("aggregation", "expected"),
    [
        (Terms("source.ip"), []),
        (DateHistogram(HOUR_NS), []),
        (Cardinality("source.ip"), [Bucket("source.ip", 0.0)]),
        (Percentiles("wanglou.packet"), []),
    ],
)
@pytest.mark.parametrize("start_ns", [None, START_NS + 100 * HOUR_NS])
def test_of_nothing(lake: Lake, aggregation: Aggregation, expected: list[Bucket], start_ns: int | None) -> None:
    """No record, whether no segment is read or none of its rows fits, gives no bucket, or a count of zero."""
    assert lake.aggregate("modbus", aggregation, "wanglou.packet:-1", start_ns=start_ns) == expected


def test_the_query_narrows(lake: Lake) -> None:
    """Only the records that fit are summarised."""
    chosen: list[Record] = [record for record in RECORDS if record["modbus.unit_id"] == 3]
    assert lake.aggregate("modbus", Terms("source.ip", 9), "modbus.unit_id:3") == rank(
        [record["source.ip"] for record in chosen], 9
    )


@pytest.mark.parametrize(
    ("aggregation", "message"),
    [
        (Terms("nonsense"), "modbus has no field 'nonsense'"),
        (Terms("source.ip", 0), "sizes from 1"),
        (Terms("source.ip", MOST_TERMS + 1), "sizes from 1"),
        (DateHistogram(0), "an interval above 0"),
        (DateHistogram(HOUR_NS, "source.ip"), "needs a field of times"),
        (Percentiles("source.ip"), "it is no number but a ip"),
        (Percentiles("wanglou.packet", (101.0,)), "between 0 and 100"),
    ],
)
def test_what_cannot_be_summarised_is_told(lake: Lake, aggregation: Aggregation, message: str) -> None:
    """Unknown fields, kinds that do not fit and sizes out of range raise UsageError."""
    with pytest.raises(UsageError, match=message):
        lake.aggregate("modbus", aggregation)
