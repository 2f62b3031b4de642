"""How much of a dataset is kept."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pyarrow as pa
import pytest

from correlation.elastic import Elastic
from correlation.elastic_client import parse_address
from correlation.lake import default_datasets
from correlation.query import parse_query
from correlation.volume import NOTEWORTHY, Policy, Selection, parse_policies, select, write_policies
from parsers.schema import DATASETS
from tests.support.evaluator import holds
from tests.support.lakes import Record
from tests.support.stores import list_records, read_all, take_captures, write
from tools.elasticsearch.server import Cluster
from wanglou.errors import UsageError


class Kept:
    """An ingest that remembers."""

    key = "a" * 16

    def __init__(self) -> None:
        """Start with nothing."""
        self.tables: list[tuple[str, pa.Table]] = []
        self.counters: Mapping[str, int] = {}

    def append(self, dataset: str, table: pa.Table) -> None:
        """Remember a table."""
        self.tables.append((dataset, table))

    def commit(self, alerts: pa.Table, counters: Mapping[str, int], detection_digest: str) -> Mapping[str, int]:
        """Remember the counters."""
        del alerts, detection_digest
        self.counters = counters
        return {}

    def ids(self, dataset: str) -> set[tuple[int, int]]:
        """Packets and messages of what was kept."""
        pairs: set[tuple[int, int]] = set()
        for name, table in self.tables:
            if name == dataset:
                columns = (table[column].to_pylist() for column in ("wanglou.packet", "wanglou.pdu"))
                pairs |= set(zip(*columns, strict=True))
        return pairs


@pytest.mark.parametrize("dataset", NOTEWORTHY)
def test_a_policy_keeps_what_its_query_finds(dataset: str) -> None:
    """Row by row as plain Python has it, in order."""
    declared, query = DATASETS[dataset], NOTEWORTHY[dataset]
    node = parse_query(query, declared, now_ns=0)
    for taken in take_captures():
        for name, table in taken.tables:
            if name == dataset:
                expected = [holds(node, row) for row in table.to_pylist()]
                assert Selection(declared, query).choose(table).to_pylist() == expected


def test_times_may_be_asked_for() -> None:
    """With all their nanoseconds."""
    (table,) = [table for name, table in take_captures()[0].tables if name == "modbus"][:1]
    found = Selection(DATASETS["modbus"], "@timestamp:>2000 AND event.id:*").choose(table)
    assert found.to_pylist() == [True] * table.num_rows


def test_what_alerts_cite_stays() -> None:
    """Everything noteworthy and everything cited, once; the rest is counted."""
    for taken in take_captures():
        kept, policies = Kept(), parse_policies("modbus:noteworthy,dns:noteworthy,mqtt:all", default_datasets())
        with select(kept, policies, default_datasets()) as ingest:
            for dataset, table in taken.tables:
                ingest.append(dataset, table)
            ingest.commit(taken.alerts, {"packets": 1}, "")
        cited = {identity for ids in taken.alerts["wanglou.alert.events"].to_pylist() for identity in ids or ()}
        gone = 0
        for dataset in {name for name, _ in taken.tables}:
            records = [r for r in read_all(dataset) if r["wanglou.capture"] == taken.record.identity]
            expected = {pair(one) for one in records if is_kept(dataset, one, policies, cited)}
            assert kept.ids(dataset) == expected
            gone += len(records) - len(expected)
        assert kept.counters == {"packets": 1} | ({"store_not_kept": gone} if gone else {})


def pair(record: Record) -> tuple[int, int]:
    """Packet and message of a record."""
    return record["wanglou.packet"], record["wanglou.pdu"]


def is_kept(dataset: str, record: Record, policies: Mapping[str, Policy], cited: set[str]) -> bool:
    """Tell what should be kept, in plain Python."""
    if policies.get(dataset, "all") == "all" or record["event.id"] in cited:
        return True
    return holds(parse_query(NOTEWORTHY[dataset], DATASETS[dataset], now_ns=0), record)


@pytest.mark.parametrize("text", ["modbus", "modbus:some", "nothing:noteworthy", "asset:noteworthy", ":", "modbus:"])
def test_what_is_no_policy(text: str) -> None:
    """Told with the datasets that have one."""
    with pytest.raises(UsageError, match="noteworthy"):
        parse_policies(text, default_datasets())


def test_policies_are_written_as_they_are_read() -> None:
    """Every dataset with its word, by name."""
    text = "dns:all,flow:rollup,modbus:noteworthy"
    assert write_policies(parse_policies("modbus:noteworthy, flow:rollup,dns:all", default_datasets())) == text


def test_without_policies_nothing_stands_between() -> None:
    """The ingest is the store's own."""
    kept = Kept()
    for policies in ({}, parse_policies("modbus:all", default_datasets())):
        with select(kept, policies, default_datasets()) as ingest:
            assert ingest is kept


def test_a_rollup_counts_everything_and_keeps_what_is_noteworthy() -> None:
    """Every record of the dataset is counted once, those that are kept besides too; the rest is told."""
    taken, kept = take_captures()[0], Kept()
    policies: dict[str, Policy] = {"modbus": "rollup"}
    with select(kept, policies, default_datasets()) as ingest:
        for dataset, table in taken.tables:
            ingest.append(dataset, table)
        ingest.commit(taken.alerts, {}, "")
    records = [one for one in read_all("modbus") if one["wanglou.capture"] == taken.record.identity]
    counted = [row for name, table in kept.tables if name == "rollup" for row in table.to_pylist()]
    assert sum(row["wanglou.rollup.count"] for row in counted) == len(records)
    cited = {identity for ids in taken.alerts["wanglou.alert.events"].to_pylist() for identity in ids or ()}
    expected = {pair(one) for one in records if is_kept("modbus", one, policies, cited)}
    assert kept.ids("modbus") == expected
    assert kept.counters == {"store_rolled_up": len(records) - len(expected)}


def test_what_was_counted_elsewhere_is_not_counted_anew() -> None:
    """A copy of a store that counted brings its counts along, and only few of the records."""
    taken, first, second = take_captures()[0], Kept(), Kept()
    for kept, tables in ((first, taken.tables), (second, first.tables)):
        with select(kept, {"modbus": "rollup"}, default_datasets()) as ingest:
            for dataset, table in tables:
                ingest.append(dataset, table)
            ingest.commit(taken.alerts, {}, "")

    def list_counted(kept: Kept) -> list[Record]:
        return [row for name, table in kept.tables if name == "rollup" for row in table.to_pylist()]

    assert list_counted(second) == list_counted(first) != []


@pytest.mark.needs_elasticsearch
def test_a_cluster_keeps_what_is_noteworthy(elasticsearch: Cluster, tmp_path: Path) -> None:
    """By its address; the capture tells what went."""
    taken = take_captures()[0]
    address = parse_address(f"{elasticsearch.urls[0]}?prefix=few&keep=modbus:noteworthy")
    with Elastic(address, dead_letters=tmp_path / "dead") as store:
        write(store, taken)
        found = list_records(store, "modbus")
        state = store.state(taken.record.identity)
        store.remove_all()
    assert state is not None
    total = sum(table.num_rows for name, table in taken.tables if name == "modbus")
    assert 0 < len(found) < total
    assert state.counters["store_not_kept"] == total - len(found)


@pytest.mark.needs_elasticsearch
def test_a_cluster_that_counts(elasticsearch: Cluster, tmp_path: Path) -> None:
    """The store's own setting holds for all that write; the counts add up, a second writing changes nothing."""
    with Elastic(parse_address(f"{elasticsearch.urls[0]}?prefix=counted"), dead_letters=tmp_path / "dead") as store:
        store.init("modbus:rollup,dns:noteworthy")
    with Elastic(parse_address(f"{elasticsearch.urls[0]}?prefix=counted"), dead_letters=tmp_path / "dead") as store:
        try:
            assert store.policies == {"modbus": "rollup", "dns": "noteworthy"}
            taken = take_captures()[0]
            write(store, taken)
            before = {name: list_records(store, name) for name in store.datasets}
            write(store, taken)
            assert {name: list_records(store, name) for name in store.datasets} == before
            rows = sum(table.num_rows for name, table in taken.tables if name == "modbus")
            assert sum(one["wanglou.rollup.count"] for one in before["rollup"]) == rows > len(before["modbus"])
            found = list_records(store, "rollup", "event.action:read* AND wanglou.rollup.count:>1", limit=1)
            assert store.get(found[0]["event.id"]) == found[0]
        finally:
            store.remove_all()


@pytest.mark.needs_elasticsearch
def test_an_address_goes_before_the_store(elasticsearch: Cluster, tmp_path: Path) -> None:
    """What it does not name stays as the store has it; what it names wrongly is told before anything is sent."""
    place = f"{elasticsearch.urls[0]}?prefix=before&keep=modbus:all"
    with Elastic(parse_address(place), dead_letters=tmp_path / "dead") as store:
        try:
            store.init("modbus:rollup,flow:rollup")
            assert store.policies == {"modbus": "all", "flow": "rollup"}
            with pytest.raises(UsageError, match="says not what to keep"):
                store.init("modbus:nothing")
            store.init()
            assert store.policies["flow"] == "rollup"
        finally:
            store.remove_all()
