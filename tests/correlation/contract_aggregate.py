"""What every store sums up: the same as plain Python counts."""

from __future__ import annotations

import math
from collections import Counter
from ipaddress import ip_address
from typing import Any

import pytest

from correlation.record import order_columns
from correlation.store import (
    Aggregation,
    Bucket,
    Cardinality,
    DateHistogram,
    Filters,
    Percentiles,
    Store,
    Terms,
    TopHits,
)
from tests.support.lakes import HOUR_NS, Record
from tests.support.stores import read_all
from wanglou.errors import UsageError

MINUTE_NS = HOUR_NS // 60
FIELDS = (
    ("modbus", "event.action"), ("modbus", "modbus.unit_id"), ("modbus", "source.ip"),
    ("modbus", "modbus.response.values"),
    ("opcua", "opcua.service.name"), ("opcua", "event.duration"), ("opcua", "@timestamp"), ("mqtt", "mqtt.retain"),
    ("dns", "dns.question.name"), ("flow", "destination.port"), ("alert", "threat.technique.id"),
    ("alert", "rule.name"),
    ("handle", "event.id"), ("opcua", "opcua.client.certificate.not_after"), ("alert", "wanglou.alert.title.zh"),
)  # fmt: skip
"""Fields of every kind."""


def list_values(dataset: str, field: str, *, each: bool = False) -> list[Any]:
    """Values of a field, one for each record, or for each different element it has."""
    values: list[Any] = []
    for record in read_all(dataset):
        value = record.get(field)
        if isinstance(value, list):
            values += value if each else set(value)
        elif value is not None:
            values.append(value)
    return values


def order(value: Any) -> Any:
    """What equal counts are ordered by: addresses by number, IPv4 mapped into IPv6."""
    try:
        address = ip_address(value) if isinstance(value, str) else None
    except ValueError:
        address = None
    if address is not None:
        return int(address) + (0xFFFF << 32 if address.version == 4 else 0)
    return value.encode() if isinstance(value, str) else value


def rank(values: list[Any], size: int) -> list[Bucket]:
    """Commonest values first, equal counts by value."""
    counts = sorted(Counter(values).items(), key=lambda item: (-item[1], order(item[0])))
    return [Bucket(value, float(count)) for value, count in counts[:size]]


@pytest.mark.parametrize(("dataset", "field"), FIELDS)
@pytest.mark.parametrize("size", [1, 5, 1000])
def test_terms(filled: Store, dataset: str, field: str, size: int) -> None:
    """Values by how many records have them; a record counts once for each different element."""
    assert filled.aggregate(dataset, Terms(field, size)) == rank(list_values(dataset, field), size)


@pytest.mark.parametrize(("dataset", "field"), FIELDS)
def test_cardinality(filled: Store, dataset: str, field: str) -> None:
    """Different values, within one of a hundred."""
    (bucket,) = filled.aggregate(dataset, Cardinality(field))
    assert bucket.key == field
    assert math.isclose(bucket.value, len(set(list_values(dataset, field))), rel_tol=0.01)


@pytest.mark.parametrize("interval", [MINUTE_NS, HOUR_NS, 24 * HOUR_NS, 10**9])
@pytest.mark.parametrize(
    ("dataset", "field"), [("modbus", "@timestamp"), ("alert", "event.end"), ("flow", "event.end")]
)
def test_a_histogram_over_time(filled: Store, dataset: str, field: str, interval: int) -> None:
    """Intervals begin at multiples of their length, empty ones are left out."""
    counts = Counter(value // interval * interval for value in list_values(dataset, field))
    expected = [Bucket(start, float(count)) for start, count in sorted(counts.items())]
    assert filled.aggregate(dataset, DateHistogram(interval, field)) == expected


@pytest.mark.parametrize(
    ("dataset", "field"),
    [
        ("opcua", "event.duration"),
        ("flow", "network.bytes"),
        ("modbus", "modbus.response.values"),
        ("dns", "event.duration"),
    ],
)
def test_percentiles(filled: Store, dataset: str, field: str) -> None:
    """Between the values one rank point below and above."""
    values = sorted(list_values(dataset, field, each=True))
    percents = (0.0, 1.0, 25.0, 50.0, 95.0, 99.0, 100.0)
    buckets = filled.aggregate(dataset, Percentiles(field, percents))
    assert [bucket.key for bucket in buckets] == list(percents)
    for percent, bucket in zip(percents, buckets, strict=True):
        low, high = (rank_at(values, percent + point) for point in (-1, 1))
        assert low <= bucket.value <= high


def rank_at(values: list[float], percent: float) -> float:
    """Value at a percentile, the nearest one outwards."""
    place = min(max(percent, 0), 100) / 100 * (len(values) - 1)
    return values[math.floor(place)] if percent < 50 else values[math.ceil(place)]


def test_top_hits(filled: Store) -> None:
    """Each of the commonest values comes with its newest records."""
    names = order_columns(filled.datasets["modbus"])
    buckets = filled.aggregate("modbus", TopHits("event.action", size=3, hits=2))
    assert [Bucket(bucket.key, bucket.value) for bucket in buckets] == rank(list_values("modbus", "event.action"), 3)
    for bucket in buckets:
        its = [record for record in read_all("modbus") if record["event.action"] == bucket.key]
        its.sort(key=lambda record: [record[name] for name in names], reverse=True)
        assert list(bucket.records) == its[:2]


@pytest.mark.parametrize("field", ["@timestamp", "source.ip", "modbus.response.values", "modbus.unit_id"])
def test_top_hits_of_every_kind(filled: Store, field: str) -> None:
    """Times, addresses, lists and numbers lead to the records that have them."""
    for bucket in filled.aggregate("modbus", TopHits(field, size=4)):
        (record,) = bucket.records
        value = record[field]
        assert bucket.key in value if isinstance(value, list) else bucket.key == value


def test_filters(filled: Store) -> None:
    """Each named query counts what fits it and the question."""
    named = {"reads": "event.action:read*", "writes": "event.action:write*", "none": "modbus.unit_id:250", "all": ""}

    def count(start: str) -> float:
        chosen: list[Record] = [record for record in read_all("modbus") if record["network.transport"] == "tcp"]
        return float(sum(record["event.action"].startswith(start) for record in chosen))

    expected = [
        Bucket("reads", count("read")),
        Bucket("writes", count("write")),
        Bucket("none", 0.0),
        Bucket("all", count("")),
    ]
    assert filled.aggregate("modbus", Filters(named), "network.transport:tcp") == expected


def test_summaries_hear_the_question(filled: Store) -> None:
    """Query and times narrow what is summed up."""
    chosen = [record for record in read_all("modbus") if record["event.action"].startswith("read")]
    start = sorted(record["@timestamp"] for record in chosen)[10]
    chosen = [record for record in chosen if record["@timestamp"] >= start]
    expected = rank([record["modbus.unit_id"] for record in chosen], 10)
    assert filled.aggregate("modbus", Terms("modbus.unit_id"), "event.action:read*", start_ns=start) == expected


@pytest.mark.parametrize(
    ("aggregation", "empty"),
    [
        (Terms("tls.client.server_name"), []),
        (Cardinality("event.id"), [Bucket("event.id", 0.0)]),
        (Percentiles("event.duration"), []),
        (DateHistogram(HOUR_NS), []),
        (TopHits("event.id"), []),
        (Filters({"all": ""}), [Bucket("all", 0.0)]),
    ],
)
def test_nothing_sums_up_to_nothing(filled: Store, aggregation: Aggregation, empty: list[Bucket]) -> None:
    """A dataset without records is no error."""
    if isinstance(aggregation, Terms):
        aggregation = Terms(filled.datasets["tls"].fields[3].name)
    assert filled.aggregate("tls", aggregation) == empty


@pytest.mark.parametrize(
    "aggregation",
    [
        Terms("nothing"),
        Terms("event.action", 0),
        Percentiles("event.action"),
        Percentiles("event.duration", (101.0,)),
        DateHistogram(HOUR_NS, "event.action"),
        DateHistogram(0),
        TopHits("event.action", hits=0),
        TopHits("event.action", hits=101),
        TopHits("nothing"),
        Filters({"wrong": "nothing:1"}),
    ],
)
def test_what_cannot_be_summarised_is_told(filled: Store, aggregation: Aggregation) -> None:
    """Unknown fields, wrong kinds and sizes, wrong queries."""
    with pytest.raises(UsageError):
        filled.aggregate("modbus", aggregation)
