"""Groups by several fields, several summaries together, and many values: the same answers of both stores."""

from __future__ import annotations

from collections import Counter, defaultdict

import pytest

from correlation.query_tree import Among, Not
from correlation.record import read_records
from correlation.store import (
    Bucket,
    Cardinality,
    DateHistogram,
    Filters,
    Groups,
    Several,
    Single,
    Store,
    Terms,
    TopHits,
)
from tests.support.stores import read_all
from wanglou.errors import UsageError

MINUTE_NS = 60 * 10**9


def test_groups_count_and_add_up(filled: Store) -> None:
    """Each combination that occurs, also without a value, the commonest first, with sums."""
    fields = ("network.transport", "network.protocol", "destination.port")
    found = filled.aggregate("flow", Groups(fields, sums=("network.bytes",)))
    counts: Counter[tuple[object, ...]] = Counter()
    sums: dict[tuple[object, ...], float] = defaultdict(float)
    for record in read_all("flow"):
        key = tuple(record.get(name) for name in fields)
        counts[key] += 1
        sums[key] += record.get("network.bytes", 0)
    assert {bucket.keys: bucket.value for bucket in found} == counts
    assert {bucket.keys: bucket.sums for bucket in found} == {key: (size,) for key, size in sums.items()}
    assert [bucket.value for bucket in found] == sorted(counts.values(), reverse=True)
    assert len(filled.aggregate("flow", Groups(fields, size=2))) == 2


@pytest.mark.parametrize(
    "groups",
    [
        Groups(("network.transport", "network.protocol", "destination.port"), sums=("network.bytes",)),
        Groups(("@timestamp", "source.ip"), interval_ns=MINUTE_NS, sums=("event.duration", "network.packets")),
        Groups(("destination.port", "source.ip"), size=3),
    ],
)
@pytest.mark.parametrize("query", ["", "network.protocol:modbus", "network.protocol:none"])
def test_tables_of_groups_hold_the_same(filled: Store, groups: Groups, query: str) -> None:
    """Every group with its sums, of many the commonest."""
    table = filled.tabulate("flow", groups, query)
    assert table.column_names == [*groups.fields, "records", *groups.sums]
    rows = zip(*(table[name].to_pylist() for name in table.column_names), strict=True)
    listed = filled.aggregate("flow", groups, query)
    assert sorted(map(str, rows)) == sorted(str((*one.keys, int(one.value), *one.sums)) for one in listed)


def test_groups_by_time(filled: Store) -> None:
    """Times fall into intervals."""
    found = filled.aggregate("alert", Groups(("@timestamp", "rule.name"), interval_ns=MINUTE_NS), "rule.level:high")
    wanted = Counter(
        (one["@timestamp"] // MINUTE_NS * MINUTE_NS, one["rule.name"])
        for one in read_all("alert")
        if one["rule.level"] == "high"
    )
    assert {bucket.keys: bucket.value for bucket in found} == wanted


def test_groups_that_cannot_be(filled: Store) -> None:
    """Unknown fields, lists, texts to add up, times without an interval, no field, sizes out of bounds."""
    for groups in (
        Groups(("no.field",)),
        Groups(("threat.technique.id",)),
        Groups(("rule.name",), sums=("rule.level",)),
        Groups(("@timestamp",)),
        Groups(()),
        Groups(("rule.name",), size=0),
    ):
        with pytest.raises(UsageError):
            filled.aggregate("alert", groups)


def test_several_are_what_each_is_alone(filled: Store) -> None:
    """Asked together, summaries are the same as by themselves."""
    parts: dict[str, Single] = {
        "rules": Terms("rule.name", 3),
        "techniques": Terms("threat.technique.id"),
        "sources": Terms("source.ip", 100),
        "minutes": DateHistogram(MINUTE_NS),
        "levels": Cardinality("rule.level"),
        "both": Groups(("rule.name", "source.ip")),
        "named": Filters({"high": "rule.level:high"}),
        "newest": TopHits("rule.level"),
    }
    for query in ("", "NOT rule.level:low"):
        found = filled.aggregate("alert", Several(parts), query)
        assert [bucket.key for bucket in found] == list(parts)
        for bucket, (name, part) in zip(found, parts.items(), strict=True):
            alone: list[Bucket] = list(filled.aggregate("alert", part, query))
            assert list(bucket.parts) == alone, name


def test_many_values_choose_records(filled: Store) -> None:
    """Records among many ids, or not among them; ids that no record has choose none."""
    field = filled.datasets["alert"].field("event.id")
    assert field is not None
    ids = sorted(one["event.id"] for one in read_all("alert"))
    chosen = ids[::2]
    among = Among(field, "\n".join([*chosen, *(f"alert-{number}" for number in range(100_000))]))
    found = [record for batch in filled.search("alert", among) for record in read_records(batch)]
    assert sorted(str(one["event.id"]) for one in found) == chosen
    assert filled.count("alert", Not(among)) == len(ids) - len(chosen)
    assert filled.count("alert", Among(field, "")) == 0
