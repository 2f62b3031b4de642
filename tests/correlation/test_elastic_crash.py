"""Nodes that are killed in the middle of writing: nothing acknowledged is lost, nothing is there twice."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from correlation import elastic_bulk
from correlation.elastic import Elastic
from correlation.elastic_client import Address
from correlation.store import CaptureRecord
from tests.support.lakes import MODBUS, NO_ALERTS, Record, make_identity, make_record, make_table
from tests.support.requirements import require_elasticsearch
from tools.elasticsearch.server import Cluster, run_cluster

ROWS = 12_000
BATCH = 500


@pytest.fixture(params=[1, pytest.param(3, marks=pytest.mark.heavy)])
def cluster(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Cluster]:
    """Run a cluster of its own, which the test kills."""
    require_elasticsearch()
    with run_cluster(tmp_path / "nodes", request.param) as cluster:
        yield cluster


def make_batch(first: int) -> list[Record]:
    """Records that tell their number."""
    return [make_record(number) for number in range(first, first + BATCH)]


def kill_and_revive(cluster: Cluster, killed: threading.Event) -> None:
    """Kill the last node; a single one comes back by itself, of three the others go on."""
    node = cluster.nodes[-1]
    node.kill()
    killed.set()
    if len(cluster.nodes) == 1:
        time.sleep(1)
        node.start()


@pytest.mark.needs_elasticsearch
def test_a_node_is_killed_in_mid_bulk(cluster: Cluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Writing goes on, the commit returns, and every record is there once; also after the node is back."""
    monkeypatch.setattr(elastic_bulk, "CHUNK_DOCUMENTS", BATCH)
    killed = threading.Event()
    with Elastic(Address(tuple(cluster.urls)), dead_letters=tmp_path / "dead") as store:
        with store.ingest(CaptureRecord(make_identity("a"), "a.pcap")) as ingest:
            killer = None
            for first in range(0, ROWS, BATCH):
                ingest.append("modbus", make_table(MODBUS, make_batch(first)))
                if first == ROWS // 3 // BATCH * BATCH:
                    killer = threading.Thread(target=kill_and_revive, args=(cluster, killed))
                    killer.start()
            assert killer is not None
            ingest.commit(NO_ALERTS, {}, "rules")
            killer.join()
        assert killed.is_set()
        check(store)
        if len(cluster.nodes) == 3:
            cluster.nodes[-1].start()
            cluster.wait("green", 3)
        check(store)
        state = store.state(make_identity("a"))
        assert state is not None
        assert state.is_complete
    assert not (tmp_path / "dead").exists()


def check(store: Elastic) -> None:
    """Every record is there, once."""
    assert store.count("modbus") == ROWS
    numbers = [number for batch in store.search("modbus") for number in batch["wanglou.packet"].to_pylist()]
    assert sorted(numbers) == [2 * number for number in range(ROWS)]
