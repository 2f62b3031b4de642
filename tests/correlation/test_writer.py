"""The writing thread: order, bounds, and errors that reach the caller."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import pyarrow as pa
import pytest

from correlation.manifest import Segment
from correlation.partitions import Cut, DatasetWriter, Name
from correlation.writer import QUEUE_TABLES, Writer
from tests.support.lakes import MODBUS, SMALL, list_files, make_records, make_table
from wanglou.errors import StoreError

TABLE = make_table(MODBUS, make_records(range(40)))


def opener(folder: Path, seal: Callable[[Segment], None]) -> Callable[[str], DatasetWriter]:
    """Make what opens a dataset's writer."""
    return lambda dataset: DatasetWriter(folder, MODBUS.arrow, dataset, Name("", "k", {}), cut=SMALL, seal=seal)


def check_nothing(_writers: Mapping[str, DatasetWriter], _is_last: bool) -> None:
    """Let everything be written."""


def test_everything_is_sealed_at_the_end(tmp_path: Path) -> None:
    """Finish waits for all tables and gives each dataset's writer."""
    sealed: list[Segment] = []
    writer = Writer(tmp_path, opener(tmp_path, sealed.append), check_nothing)
    writer.append("modbus", TABLE)
    writer.append("other", TABLE)
    written = writer.finish()
    assert {name: its.made for name, its in written.items()} == {
        name: [segment.path for segment in sealed if segment.dataset == name] for name in ("modbus", "other")
    }
    assert sum(segment.rows for segment in sealed) == 80


def test_the_caller_waits_when_the_queue_is_full(tmp_path: Path) -> None:
    """No more tables than the queue and the one at work are held, however fast the caller is."""
    gate, taken = threading.Event(), threading.Semaphore(0)

    def check(_writers: Mapping[str, DatasetWriter], _is_last: bool) -> None:
        taken.release()
        gate.wait()

    writer = Writer(tmp_path, opener(tmp_path, lambda _: None), check)
    handed: list[int] = []

    def produce() -> None:
        for number in range(QUEUE_TABLES + 3):
            writer.append("modbus", TABLE)
            handed.append(number)

    producer = threading.Thread(target=produce)
    producer.start()
    taken.acquire()
    while len(handed) <= QUEUE_TABLES:
        time.sleep(0)
    assert writer._queue.full()
    assert len(handed) == QUEUE_TABLES + 1
    gate.set()
    producer.join()
    writer.finish()
    assert len(handed) == QUEUE_TABLES + 3


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (StoreError("no room", where="lake"), "^lake: no room$"),
        (OSError(28, "x"), "No space left on device .*free some disk space"),
        (pa.ArrowInvalid("odd"), "writing failed: ArrowInvalid"),
    ],
)
def test_errors_reach_the_caller(tmp_path: Path, error: Exception, message: str) -> None:
    """What fails in the thread is raised by a later append, and again by finish; nobody hangs."""

    def fail(_: Segment) -> None:
        raise error

    writer = Writer(tmp_path, opener(tmp_path, fail), check_nothing)

    def append_for_ever() -> None:
        while True:
            writer.append("modbus", TABLE)

    with pytest.raises(StoreError, match=message):
        append_for_ever()
    with pytest.raises(StoreError, match=message):
        writer.finish()


@pytest.mark.parametrize("faulty", ["first", "second"])
def test_errors_of_the_end_reach_the_caller(tmp_path: Path, faulty: str) -> None:
    """What fails for one of several datasets while the rest is written is raised, and nothing unfinished stays."""

    def fail(segment: Segment) -> None:
        if segment.dataset == faulty:
            raise StoreError("no room", where="lake")

    cut = Cut(group_rows=1000, segment_rows=1000)
    writers = {
        name: DatasetWriter(tmp_path, MODBUS.arrow, name, Name("", "k", {}), cut=cut, seal=fail)
        for name in ("first", "second", "third")
    }
    writer = Writer(tmp_path, writers.__getitem__, check_nothing)
    for name in writers:
        writer.append(name, TABLE)
    with pytest.raises(StoreError, match=r"^lake: no room$"):
        writer.finish()
    assert not [path for path in tmp_path.rglob("*.tmp") if path.is_file()]


def test_abandoning_drops_what_is_open(tmp_path: Path) -> None:
    """Sealed segments stay, the rest goes, and the thread ends; twice does no harm."""
    sealed: list[Segment] = []
    done = threading.Event()

    def seal(segment: Segment) -> None:
        sealed.append(segment)
        done.set()

    writer = Writer(tmp_path, opener(tmp_path, seal), check_nothing)
    writer.append("modbus", TABLE)
    done.wait()
    writer.abandon()
    writer.abandon()
    assert list_files(tmp_path) == [segment.path for segment in sealed]
    assert "lake-writer" not in {thread.name for thread in threading.enumerate()}
