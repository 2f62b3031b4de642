"""Outages of a cluster: what arrives meanwhile waits on the disk, bounded, and is there once afterwards, in order."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from correlation import elastic_bulk, elastic_courier, elastic_ingest
from correlation.dead_letter import DeadLetters
from correlation.elastic import Elastic
from correlation.elastic_bulk import Item
from correlation.elastic_check import look_at_spool
from correlation.elastic_client import Address
from correlation.elastic_cluster import Cluster
from correlation.elastic_courier import Order, is_out_of_reach, unpack_order
from correlation.spool import Spool
from correlation.store import CaptureRecord
from detection.alert import ALERT
from tests.support.faults import stand_before as stand_before_faulty
from tests.support.gate import Gate, stand_before
from tests.support.lakes import MODBUS, START_NS, make_alert, make_record, make_table
from tests.support.requirements import ROOT, require_elasticsearch
from tests.support.stores import list_records
from tools.elasticsearch.server import run_cluster
from wanglou.errors import StoreError

MINUTES, ROWS = 60, 20
MINUTE_NS = 60 * 10**9


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Try for moments only."""
    monkeypatch.setattr(elastic_ingest, "SPOOLED_PATIENCE_S", 0.02)
    monkeypatch.setattr(elastic_bulk, "FIRST_WAIT_S", 0.01)


class Clock:
    """Seconds that pass when they are told to."""

    now = 0.0

    def __call__(self) -> float:
        """Tell the time."""
        return self.now


@pytest.fixture
def clock() -> Clock:
    """Give a clock of its own to a test."""
    return Clock()


@pytest.fixture
def gate(elastic: Elastic) -> Iterator[Gate]:
    """Give a shut gate before the server."""
    with stand_before(elastic.address.urls[0]) as gate:
        yield gate


Opener = Callable[..., Elastic]


@pytest.fixture
def opened(elastic: Elastic, gate: Gate, clock: Clock, tmp_path: Path) -> Iterator[Opener]:
    """Give what opens the store behind the gate, with a spool."""
    stores: list[Elastic] = []

    def open_behind(room: int = 10**8, *, folder: Path | None = None) -> Elastic:
        address = Address((gate.url,), prefix=elastic.address.prefix, spool_max=room, spool=folder)
        spool = tmp_path / "spool"
        stores.append(Elastic(address, dead_letters=tmp_path / "d", spool=spool, seconds=clock))
        return stores[-1]

    yield open_behind
    for store in stores:
        store.close()


def live(minute: int, size_bytes: int = 0) -> CaptureRecord:
    """Announce what a sensor sees in one minute."""
    return CaptureRecord(f"{minute:016x}" + "0" * 48, f"sensor-{minute:02d}", size_bytes=size_bytes)


def see(store: Elastic, minute: int, rows: int = ROWS, size_bytes: int = 0) -> dict[str, int]:
    """Write one minute of records and its alert; gives what was counted."""
    capture = live(minute, size_bytes)
    start = START_NS + minute * MINUTE_NS
    records = [make_record(n, capture.identity, start + n * 10**9) for n in range(rows)]
    alert = make_alert(f"{minute:02d}", start, capture.identity)
    with store.ingest(capture) as ingest:
        ingest.append("modbus", make_table(MODBUS, records))
        return dict(ingest.commit(make_table(ALERT, [alert]), {"packets": 1}, "rules"))


def see_several(store: Elastic, minutes: int, size_bytes: int = 0) -> None:
    """Write several minutes."""
    for minute in range(minutes):
        see(store, minute, size_bytes=size_bytes)


def check(store: Elastic, minutes: int) -> None:
    """Every record, alert and capture is there, once."""
    store._cluster.refresh("modbus", "alert")
    found = [record["event.id"] for record in list_records(store, "modbus")]
    assert len(found) == len(set(found)) == minutes * ROWS
    assert [one["rule.name"] for one in list_records(store, "alert")] == [f"{n:02d}" for n in range(minutes)][::-1]
    captures = store.captures()
    assert [capture.record.name for capture in captures] == [f"sensor-{minute:02d}" for minute in range(minutes)]
    assert all(capture.is_complete and capture.rows == {"modbus": ROWS, "alert": 1} for capture in captures)


def test_an_hour_without_a_cluster(
    elastic: Elastic, gate: Gate, opened: Opener, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Connections are refused for an hour while alerts arrive: all is kept, and sent in order once it is back."""
    done: list[tuple[str, str]] = []
    carry_out = elastic_courier.carry_out

    def note(cluster: Cluster, order: Order, patience_s: float = 0.1) -> int:
        dead = carry_out(cluster, order, patience_s)
        index = order.items[0].body if order.items else ""
        done.append((order.kind, order.capture.name if order.capture else index))
        return dead

    monkeypatch.setattr(elastic_courier, "carry_out", note)
    store = opened()
    for minute in range(MINUTES):
        assert see(store, minute) == {"store_spooled": ROWS + 1}
        clock.now += 60
    assert store._spool is not None
    waiting = store._spool.measure()
    assert (waiting.rows, waiting.lost, waiting.entries) == (MINUTES * (ROWS + 1), 0, 3 * MINUTES)
    assert done == []
    gate.open()
    assert see(store, MINUTES) == {}
    assert store._spool.is_empty()
    check(elastic, MINUTES + 1)
    assert [kind for kind, _ in done[: 3 * MINUTES]] == ["begin", "write", "complete"] * MINUTES
    names = [name for kind, name in done if kind == "complete"]
    assert names == [f"sensor-{minute:02d}" for minute in range(MINUTES + 1)]


def test_a_cluster_is_not_asked_all_the_time(
    gate: Gate, opened: Opener, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between two attempts nothing is sent, whatever arrives."""
    store = opened()
    see(store, 0)
    asked = []
    monkeypatch.setattr(store._courier, "_prepare", lambda: asked.append(clock.now))
    monkeypatch.setattr(elastic_courier, "PROBE_S", 30.0)
    store._setup._ready, store._setup._policies = True, {}
    gate.open()
    gate.shut()
    for _ in range(100):
        clock.now += 1
        with store.ingest(live(1)) as ingest:
            ingest.append("modbus", make_table(MODBUS, [make_record(0, live(1).identity)]))
    assert len(asked) in (3, 4, 5, 6, 7)


def test_what_finds_no_room_is_counted_and_told(elastic: Elastic, gate: Gate, opened: Opener) -> None:
    """A sensor goes on; records are lost before alerts are, and the capture, the spool and the check tell how many."""
    store = opened(30_000)
    told = [see(store, minute) for minute in range(20)]
    lost = sum(counters.get("store_spool_lost", 0) for counters in told)
    assert store._spool is not None
    assert lost == store._spool.measure().lost > 0
    found = look_at_spool(store._spool)
    assert found.grade == "warning"
    assert f"{lost:,} documents found no room" in found.what
    gate.open()
    store.drain()
    elastic._cluster.refresh("modbus", "alert")
    kept = elastic.count("modbus") + elastic.count("alert")
    assert kept + lost == 20 * (ROWS + 1)
    assert elastic.count("alert") * ROWS > elastic.count("modbus")
    assert sum(capture.counters.get("store_spool_lost", 0) for capture in elastic.captures()) > 0


@pytest.mark.usefixtures("gate")
def test_a_capture_file_loses_nothing(opened: Opener, tmp_path: Path) -> None:
    """It can be read again, so a full spool is an error, with advice; without a spool of its own it uses none."""
    store = opened(2_000, folder=tmp_path / "own")
    with pytest.raises(StoreError, match=r"spool is full.*run the same command again"):
        see_several(store, 40, size_bytes=100)
    assert store._spool is not None
    assert store._spool.measure().lost == 0
    with pytest.raises(StoreError, match="no connection"):
        see(opened(), 0, size_bytes=100)


def test_who_can_write_again_needs_no_spool(opened: Opener) -> None:
    """A copy of a live capture fails in an outage, and loses nothing."""
    store = opened()
    store.forgo_spool()
    with pytest.raises(StoreError, match="no connection"):
        see(store, 0)
    assert store.waiting().entries == 0


def test_what_a_server_refuses_is_no_outage(elastic: Elastic, clock: Clock, tmp_path: Path) -> None:
    """A lacking right is told at once; nothing waits for it to go away by itself."""
    with stand_before_faulty(elastic.address.urls[0], [403] * 50) as proxy:
        address = Address((proxy.url,), prefix=elastic.address.prefix)
        with (
            Elastic(address, dead_letters=tmp_path / "d", spool=tmp_path / "s", seconds=clock) as store,
            pytest.raises(StoreError, match="store check"),
        ):
            see(store, 0)
    assert Spool(tmp_path / "s").is_empty()


def test_an_outage_in_the_middle_of_a_capture(elastic: Elastic, gate: Gate, opened: Opener, clock: Clock) -> None:
    """What was sent before is there, what came after waits; the capture is complete only with all of it."""
    gate.open()
    store, capture = opened(), live(0)
    with store.ingest(capture) as ingest:
        for part in range(4):
            start = START_NS + part * 10**9
            records = [make_record(n, capture.identity, start + n) for n in range(part * 5, part * 5 + 5)]
            ingest.append("modbus", make_table(MODBUS, records))
            if part == 1:
                store._client.options(request_timeout=2).cluster.health()
                gate.shut()
        assert ingest.commit(make_table(ALERT, [make_alert("00", capture=capture.identity)]), {}, "rules")
    state = elastic.state(capture.identity)
    assert state is None or not state.is_complete
    gate.open()
    clock.now += 60
    assert store.drain() > 0
    check(elastic, 1)


_WRITER = """
import sys
from pathlib import Path
from correlation import elastic_bulk, elastic_ingest
from correlation.elastic import Elastic
from correlation.elastic_check import look_at_spool
from correlation.elastic_client import Address
from tests.correlation.test_elastic_courier import see
elastic_ingest.SPOOLED_PATIENCE_S = elastic_bulk.FIRST_WAIT_S = 0.01
address = Address((sys.argv[1],), prefix=sys.argv[2])
with Elastic(address, dead_letters=Path(sys.argv[3]) / "d", spool=Path(sys.argv[3]) / "spool") as store:
    for minute in range(10_000):
        see(store, minute)
        print(minute, flush=True)
"""


def test_a_killed_writer(elastic: Elastic, gate: Gate, opened: Opener, tmp_path: Path) -> None:
    """Killed by signal 9 during the outage: every capture that it called committed is there once, whole."""
    arguments = [gate.url, elastic.address.prefix, str(tmp_path)]
    command = [sys.executable, "-c", _WRITER, *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=ROOT, text=True) as writer:
        assert writer.stdout is not None
        said = [int(next(writer.stdout)) for _ in range(5)]
        writer.send_signal(signal.SIGKILL)
        said += [int(line) for line in writer.stdout if line.endswith("\n")]
    gate.open()
    opened().drain()
    elastic._cluster.refresh("modbus", "alert")
    complete = [capture for capture in elastic.captures() if capture.is_complete]
    assert [capture.record.name for capture in complete][: len(said)] == [f"sensor-{minute:02d}" for minute in said]
    assert all(capture.rows == {"modbus": ROWS, "alert": 1} for capture in complete)


def test_a_drain_that_is_interrupted(
    elastic: Elastic, gate: Gate, opened: Opener, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between sending and forgetting, each time: what is sent twice is there once."""
    store = opened()
    for minute in range(3):
        see(store, minute)
    gate.open()
    assert store._spool is not None
    sent = 0
    while not store._spool.is_empty():
        with monkeypatch.context() as patch:
            patch.setattr(Spool, "remove", _die)
            with pytest.raises(KeyboardInterrupt):
                store.drain()
        sent += store.drain(1)
    assert sent == 9
    check(elastic, 3)


def _die(*_: object) -> None:
    raise KeyboardInterrupt


def test_orders_are_packed_and_unpacked() -> None:
    """Everything in them comes back, signs of every kind too."""
    items = (Item("i", "写\ud800", '{"a":"\\u0000"}', "index"), Item("i", "x", "", "delete"))
    order = Order("complete", live(3), items, ("modbus",), {"packets": 2**62}, "rules")
    assert unpack_order(order.pack()) == order
    assert unpack_order(Order("write", items=items).pack()) == Order("write", items=items)


@pytest.mark.needs_elasticsearch
def test_a_node_that_is_stopped(tmp_path: Path, clock: Clock) -> None:
    """A real server goes away and comes back with its data: nothing is lost, nothing is there twice."""
    require_elasticsearch()
    with run_cluster(tmp_path / "nodes") as server:
        address = Address(tuple(server.urls))
        with Elastic(address, dead_letters=tmp_path / "d", spool=tmp_path / "spool", seconds=clock) as store:
            for minute in range(2):
                assert see(store, minute) == {}
            server.nodes[0].stop()
            for minute in range(2, 6):
                assert see(store, minute) == {"store_spooled": ROWS + 1}
            server.nodes[0].start()
            server.wait()
            clock.now += 60
            assert see(store, 6) == {}
            check(store, 7)
            assert store._spool is not None
            assert store._spool.is_empty()


def test_only_the_way_to_a_cluster_is_out_of_reach(tmp_path: Path) -> None:
    """An error of the store itself has no such cause."""
    assert not is_out_of_reach(StoreError("x"))
    with Elastic(Address(("http://127.0.0.1:1",)), dead_letters=tmp_path / "d") as store:
        with pytest.raises(StoreError) as told:
            store.init()
        assert is_out_of_reach(told.value)
        assert store.drain() == 0
    assert not DeadLetters(tmp_path / "d").path.exists()
