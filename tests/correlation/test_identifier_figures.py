"""Figures of identifiers of bundled captures agree with counting one by one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import pytest

from correlation.identifier_figures import (
    count_identifiers,
    find_novelty,
    list_actors,
    list_faults,
    list_prefixes,
)
from tests.support.desk import Desk, open_desk
from tests.support.stores import read_all, take_captures, write


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """Give a lake of bundled captures."""
    with open_desk(tmp_path_factory.mktemp("desk")) as desk:
        for taken in take_captures():
            write(desk.lake, taken)
        yield desk


def test_prefixes_and_who_asks(desk: Desk) -> None:
    """Prefixes with their actions; who resolves what."""
    records = read_all("identifier")
    assert records
    found = list_prefixes(desk.lake)
    by_prefix = Counter((one.get("identifier.prefix", ""), one["identifier.scheme"]) for one in records)
    assert {(one.prefix, one.scheme): one.total for one in found} == by_prefix
    assert sum(one.failures for one in found) == sum(one.get("event.outcome") == "failure" for one in records)
    assert sum(one.invalid for one in found) == sum(one.get("identifier.valid") is False for one in records)
    for action in ("resolved", "changed"):
        wanted = Counter(one["source.ip"] for one in records if one["event.action"] == action)
        counts: Counter[str] = Counter()
        for line in list_actors(desk.lake, action):
            counts[line.address] += line.records
        assert counts == wanted
    assert list_prefixes(desk.lake, enterprises=frozenset({"none"})) == []


def test_faults_and_counts(desk: Desk) -> None:
    """Failed transactions by answer; numbers for the head of the page."""
    failed = [one for one in read_all("handle") if one.get("event.outcome") == "failure"]
    found = list_faults(desk.lake)
    assert sum(one.records for one in found) == len(failed)
    assert {one.response for one in found} == {one.get("handle.response.name", "") for one in failed}
    records = read_all("identifier")
    counts = count_identifiers(desk.lake)
    for action, count in Counter(one["event.action"] for one in records).items():
        assert counts[action] == count
    assert counts["failed"] == sum(one.get("event.outcome") == "failure" for one in records)
    assert counts["invalid"] == sum(one.get("identifier.valid") is False for one in records)


def test_novelty(desk: Desk) -> None:
    """New is what the thirty days before have not."""
    records = sorted(read_all("identifier"), key=lambda one: one["@timestamp"])
    cut = records[len(records) // 2]["@timestamp"]
    before = {one.get("identifier.prefix") for one in records if one["@timestamp"] < cut}
    after = Counter(one.get("identifier.prefix") for one in records if one["@timestamp"] >= cut)
    novelty = find_novelty(desk.lake, cut, records[-1]["@timestamp"] + 1)
    assert dict(novelty.prefixes) == {name: count for name, count in after.items() if name and name not in before}
    first = find_novelty(desk.lake, records[0]["@timestamp"], cut)
    assert {name for name, _ in first.clients} == {one["source.ip"] for one in records if one["@timestamp"] < cut}
