"""What the ledger knows of captures."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from correlation.captures import (
    audit_capture,
    complete_capture,
    cut_of,
    find_capture,
    find_captures,
    list_captures,
    remove_capture,
    save_capture,
)
from correlation.manifest import LAKE, Segment, add_segment
from correlation.store import Capture, CaptureRecord
from tests.support.lakes import make_identity
from wanglou.audit import Actor
from wanglou.change import Change
from wanglou.ledger import Ledger

RECORD = CaptureRecord(make_identity("a", "north"), "z.pcap", "north", 123, "parser-1")
SEGMENT = Segment("modbus/a", RECORD.identity, "modbus", "2026-09-21", 3, 0, 10, 100, 200, "d", 5, ("x",))


@pytest.fixture
def connection(place: Path | str) -> Iterator[sa.Connection]:
    """A transaction in a new ledger that knows one capture."""
    ledger = Ledger(place, [LAKE], create=True)
    with ledger.transaction() as connection:
        save_capture(connection, RECORD, "cut-1")
        yield connection
    ledger.close()


def test_a_capture_being_read(connection: sa.Connection) -> None:
    """It is ingesting, with what was announced and no records yet."""
    assert list_captures(connection) == [Capture(RECORD, "ingesting")]
    assert cut_of(connection, RECORD.identity) == ("parser-1", "cut-1")
    assert cut_of(connection, "?") is None


def test_a_complete_capture(connection: sa.Connection) -> None:
    """Counters, digest and the sums of its segments are told."""
    add_segment(connection, SEGMENT)
    complete_capture(connection, RECORD.identity, {"counters": '{"packets": 7}', "detection_digest": "rules-1"})
    expected = Capture(RECORD, "complete", {"packets": 7}, "rules-1", {"modbus": 10}, 5, 100, 200)
    assert list_captures(connection, RECORD.identity) == [expected]


def test_reading_again_makes_it_incomplete(connection: sa.Connection) -> None:
    """Saving a known capture updates it and keeps what it counted until the next commit."""
    complete_capture(connection, RECORD.identity, {"counters": '{"packets": 7}'})
    save_capture(connection, CaptureRecord(RECORD.identity, "a.pcap"), "cut-2")
    (found,) = list_captures(connection)
    assert (found.state, found.record.name, found.counters) == ("ingesting", "a.pcap", {"packets": 7})


def test_captures_are_listed_by_name(connection: sa.Connection) -> None:
    """Names in order, whatever came first."""
    save_capture(connection, CaptureRecord(make_identity("b"), "a.pcap"), "")
    assert [capture.record.name for capture in list_captures(connection)] == ["a.pcap", "z.pcap"]
    assert list_captures(connection, make_identity("c")) == []


def test_captures_are_found_by_key(connection: sa.Connection) -> None:
    """The beginning of an event.id leads to the capture, and no two captures share it."""
    assert find_captures(connection, "a" * 16 + "@north") == [RECORD.identity]
    assert find_captures(connection, "a" * 16) == []
    with pytest.raises(sa.exc.IntegrityError), connection.begin_nested():
        save_capture(connection, CaptureRecord("a" * 63 + "b@north", "x"), "")


def test_a_removed_capture_is_forgotten(connection: sa.Connection) -> None:
    """Nothing of it is listed any more."""
    remove_capture(connection, RECORD.identity)
    assert list_captures(connection) == []


def test_the_audit_tells_what_became_of_a_capture(connection: sa.Connection) -> None:
    """What differs is told before and after, records always, and nothing before it was met or after it is gone."""
    change = Change(connection, Actor("user:li", "here"))
    known = find_capture(connection, RECORD.identity)
    complete_capture(connection, RECORD.identity, {"detection_digest": "rules-1"})
    audit_capture(change, "capture.read", RECORD.identity, known)
    audit_capture(change, "capture.started", RECORD.identity, None)
    remove_capture(connection, RECORD.identity)
    audit_capture(change, "capture.deleted", RECORD.identity, known)
    read, started, deleted = change.entries
    assert read.before == {"state": "ingesting", "detection_digest": ""}
    assert read.after == {"state": "complete", "detection_digest": "rules-1", "records": {}}
    assert (started.before, deleted.after) == (None, None)
    assert started.after == {**(deleted.before or {}), **read.after}
    assert {(entry.kind, entry.subject, entry.enterprise) for entry in change.entries} == {
        ("capture", RECORD.identity, "north"),
    }  # fmt: skip
