"""Resumable uploads: any conversation ends with the file that was sent, within quotas, apart per tenant."""

from __future__ import annotations

import errno
import hashlib
import itertools
import os
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from console.job_tables import JOBS
from console.jobs import Jobs
from console.upload import OffsetError, Upload
from console.upload_file import PART
from console.upload_room import DiskFullError, QuotaError, UploadLimits
from console.uploads import Uploads
from tests.support.ledgers import list_audit
from tests.support.workers import LI
from wanglou.errors import LockedError, StoreError, UsageError
from wanglou.ledger import Ledger

SECOND_NS = 10**9
CHEM, WATER = frozenset({"chem"}), frozenset({"water"})
_NUMBERS = itertools.count()


@pytest.fixture(scope="module")
def ledger() -> Iterator[Ledger]:
    """A ledger with uploads."""
    with TemporaryDirectory() as folder, Ledger(Path(folder) / "ledger.db", [JOBS], create=True) as opened:
        yield opened


def make_uploads(ledger: Ledger, folder: Path, clock: Any = None, **limits: int) -> Uploads:
    """Keep uploads of enterprises of this test alone below a folder."""
    chosen = UploadLimits(**{"reserve_bytes": 0, "total_bytes": 1 << 40, **limits})
    return Uploads(ledger, folder, chosen, **({"clock": clock} if clock else {}))


def name_enterprise() -> str:
    """An enterprise that no other test has."""
    return f"e{next(_NUMBERS)}"


PIECES = st.lists(st.tuples(st.integers(-3, 40), st.binary(max_size=20)), max_size=12)


@given(data=st.binary(min_size=1, max_size=40), pieces=PIECES)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_conversation(ledger: Ledger, tmp_path: Path, data: bytes, pieces: list[tuple[int, bytes]]) -> None:
    """Pieces at any offsets, too long, again, or too early change nothing; then the rest is sent and the file is whole.

    What has come is always a beginning of what was accepted, and the offset that is told is where to go on.
    """
    uploads, jobs = make_uploads(ledger, tmp_path), Jobs(ledger)
    made = uploads.create(LI, "x.pcap", len(data), enterprise=name_enterprise())
    kept = b""
    for offset, piece in pieces:
        if offset == len(kept) and len(kept) + len(piece) <= len(data):
            kept += piece
            assert uploads.append(made.id, offset, piece) == len(kept)
        elif offset == len(kept):
            with pytest.raises(UsageError, match="more bytes"):
                uploads.append(made.id, offset, piece)
        else:
            with pytest.raises(OffsetError) as told:
                uploads.append(made.id, offset, piece)
            assert told.value.offset == len(kept)
        found = uploads.find(made.id)
        assert found is not None
        assert found.received_bytes == len(kept)
        assert found.path.read_bytes() == kept
    if len(kept) < len(data):
        with pytest.raises(OffsetError):
            uploads.finish(made.id, LI, jobs)
    rest = data[len(kept) :]
    uploads.append(made.id, len(kept), rest)
    job = uploads.finish(made.id, LI, jobs, sha256=hashlib.sha256(kept + rest).hexdigest())
    done = uploads.find(made.id)
    assert done is not None
    assert (done.state, done.path.name, done.path.read_bytes()) == ("finished", "x.pcap", kept + rest)
    assert (job.kind, job.subject, job.enterprise) == ("replay", {"upload": made.id}, made.enterprise)
    jobs.cancel(job.id, LI)


def test_a_broken_piece_is_kept_and_gone_on_with(ledger: Ledger, tmp_path: Path) -> None:
    """What had come when a connection broke stays; another process goes on from there."""
    uploads = make_uploads(ledger, tmp_path)
    made = uploads.create(LI, "x.pcap", 6, enterprise=name_enterprise())

    def break_off() -> None:
        with uploads.appending(made.id, 0) as sink:
            sink.write(b"abc")
            raise ConnectionResetError

    with pytest.raises(ConnectionResetError):
        break_off()
    again = make_uploads(ledger, tmp_path)
    found = again.find(made.id)
    assert found is not None
    assert found.received_bytes == 3
    assert again.append(made.id, 3, b"def") == 6


def test_one_sender_at_a_time(ledger: Ledger, tmp_path: Path) -> None:
    """A second one is told to wait, and may neither append nor finish; the first is not disturbed."""
    uploads = make_uploads(ledger, tmp_path)
    made = uploads.create(LI, "x.pcap", 4, enterprise=name_enterprise())
    with uploads.appending(made.id, 0) as sink:
        sink.write(b"ab")
        for act in (lambda: uploads.append(made.id, 2, b"XX"), lambda: uploads.finish(made.id, LI, Jobs(ledger))):
            with pytest.raises(LockedError):
                act()
        sink.write(b"cd")
    assert uploads.find(made.id).path.read_bytes() == b"abcd"  # type: ignore[union-attr]


def test_many_senders_at_once(ledger: Ledger, tmp_path: Path) -> None:
    """Whoever wins, no byte is there twice and none is missing."""
    uploads = make_uploads(ledger, tmp_path)
    data = os.urandom(64)
    made = uploads.create(LI, "x.pcap", len(data), enterprise=name_enterprise())

    def send() -> None:
        while (found := uploads.find(made.id)) and found.received_bytes < len(data):
            offset = found.received_bytes
            try:
                uploads.append(made.id, offset, data[offset : offset + 4])
            except (OffsetError, LockedError):
                continue

    threads = [threading.Thread(target=send) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert uploads.find(made.id).path.read_bytes() == data  # type: ignore[union-attr]


def test_a_piece_that_differs_from_its_digest_is_refused(ledger: Ledger, tmp_path: Path) -> None:
    """Nothing of it is written."""
    uploads = make_uploads(ledger, tmp_path)
    made = uploads.create(LI, "x.pcap", 3, enterprise=name_enterprise())
    with pytest.raises(UsageError, match="SHA-256 differs"):
        uploads.append(made.id, 0, b"abc", sha256="0" * 64)
    assert uploads.append(made.id, 0, b"abc", sha256=hashlib.sha256(b"abc").hexdigest()) == 3


@pytest.mark.parametrize("size", [0, -1, (100 << 30) + 1])
def test_sizes_that_no_file_has(ledger: Ledger, tmp_path: Path, size: int) -> None:
    """They are refused before anything is made."""
    with pytest.raises(UsageError, match="is not taken"):
        make_uploads(ledger, tmp_path).create(LI, "x", size)
    assert [*tmp_path.iterdir()] == []


@pytest.mark.parametrize("enterprise", ["..", "a/b", "-", "x" * 65, ".x", "a\0b"])
def test_enterprises_that_are_none(ledger: Ledger, tmp_path: Path, enterprise: str) -> None:
    """No folder is made of what is no id."""
    with pytest.raises(UsageError, match="no id of an enterprise"):
        make_uploads(ledger, tmp_path).create(LI, "x", 1, enterprise=enterprise)
    assert [*tmp_path.iterdir()] == []


def test_quotas(ledger: Ledger, tmp_path: Path) -> None:
    """What is announced counts, of one enterprise and of all, files and bytes; what is removed makes room."""
    one, two = name_enterprise(), name_enterprise()
    used = make_uploads(ledger, tmp_path).used_bytes()
    uploads = make_uploads(ledger, tmp_path, enterprise_bytes=10, total_bytes=used + 15, open_uploads=2, files=3)
    first = uploads.create(LI, "x", 6, enterprise=one)
    with pytest.raises(QuotaError, match="room for 4 bytes"):
        uploads.create(LI, "x", 5, enterprise=one)
    uploads.create(LI, "x", 4, enterprise=one)
    with pytest.raises(QuotaError, match="too many uploads"):
        uploads.create(LI, "x", 1, enterprise=one)
    with pytest.raises(QuotaError, match="room for 5 bytes"):
        uploads.create(LI, "x", 6, enterprise=two)
    assert uploads.used_bytes(one) == 10
    assert uploads.remove(first.id, LI)
    assert not uploads.remove(first.id, LI)
    assert uploads.create(LI, "x", 6, enterprise=two).received_bytes == 0
    with pytest.raises(QuotaError, match="room for"):
        make_uploads(ledger, tmp_path, reserve_bytes=1 << 60).create(LI, "x", 1, enterprise=name_enterprise())


def test_two_tenants(ledger: Ledger, tmp_path: Path) -> None:
    """What is another's is not there: not to be found, listed, written, finished or removed; files lie apart."""
    uploads, jobs = make_uploads(ledger, tmp_path), Jobs(ledger)
    made = uploads.create(LI, "x.pcap", 3, enterprise="chem")
    assert made.path == tmp_path / "chem" / made.id / PART
    assert uploads.find(made.id, CHEM) == made
    assert uploads.find(made.id, WATER) is None
    assert made.id in {one.id for one in uploads.list_uploads(CHEM)}
    assert uploads.list_uploads(WATER) == []
    for act in (
        lambda: uploads.append(made.id, 0, b"abc", WATER),
        lambda: uploads.finish(made.id, LI, jobs, WATER),
    ):
        with pytest.raises(UsageError, match="no such open upload"):
            act()
    assert not uploads.remove(made.id, LI, WATER)
    assert uploads.append(made.id, 0, b"abc", CHEM) == 3
    assert made.path.parent.stat().st_mode & 0o77 == 0
    assert made.path.stat().st_mode & 0o77 == 0
    assert uploads.remove(made.id, LI, CHEM)
    assert not made.path.parent.exists()


def test_what_is_given_up_goes(ledger: Ledger, tmp_path: Path) -> None:
    """Uploads that stopped growing and files that nothing came of expire; what was read, and what still grows, stay."""
    now = [10**18]
    uploads = make_uploads(ledger, tmp_path, lambda: now[0], expiry_s=100, unread_s=1000)
    enterprise, jobs = name_enterprise(), Jobs(ledger)
    ids = {}
    for name in ("growing", "abandoned", "read", "unread"):
        made = uploads.create(LI, name, 3, enterprise=enterprise)
        ids[made.id] = name
        uploads.append(made.id, 0, b"abc")
        os.utime(made.path, ns=(now[0], now[0]))
        if name in ("read", "unread"):
            uploads.finish(made.id, LI, jobs)
        if name == "read":
            uploads.note_capture(made.id, "c" * 64)

    def expire() -> list[str]:
        return [ids[one.id] for one in uploads.expire(LI) if one.id in ids]

    def find(name: str) -> Upload:
        return next(one for one in uploads.list_uploads() if ids.get(one.id) == name)

    assert expire() == []
    now[0] += 101 * SECOND_NS
    os.utime(find("growing").path, ns=(now[0], now[0]))
    assert expire() == ["abandoned"]
    os.utime(find("growing").path, ns=(now[0] + 10**12, now[0] + 10**12))
    now[0] += 1000 * SECOND_NS
    assert expire() == ["unread"]
    assert uploads.remove_capture("c" * 64, LI) == 1
    assert {path.name for path in (tmp_path / enterprise).iterdir()} == {find("growing").id}


def test_what_a_crash_left_is_swept(ledger: Ledger, tmp_path: Path) -> None:
    """A folder of which the ledger does not tell goes, once it is old; others stay."""
    uploads = make_uploads(ledger, tmp_path)
    made = uploads.create(LI, "x", 3, enterprise=name_enterprise())
    orphans = [tmp_path / "-" / "upload-old", tmp_path / "-" / "upload-new", tmp_path / "-" / "notes"]
    for path in orphans:
        path.mkdir(parents=True)
    for path in (orphans[0], orphans[2], made.path.parent):
        os.utime(path, (1, 1))
    assert uploads.sweep() == 1
    assert [path.exists() for path in (*orphans, made.path)] == [False, True, True, True]


def test_everything_is_audited(tmp_path: Path) -> None:
    """Who announced, finished and removed a file, and of which enterprise."""
    with Ledger(tmp_path / "ledger.db", [JOBS], create=True) as ledger:
        uploads, jobs = make_uploads(ledger, tmp_path / "uploads"), Jobs(ledger)
        made = uploads.create(LI, "x", 1, enterprise="chem")
        uploads.append(made.id, 0, b"a")
        uploads.finish(made.id, LI, jobs)
        uploads.remove(made.id, LI)
        rows = [row for row in list_audit(ledger) if not row.action.startswith("component")]
    assert [row.action for row in rows] == ["upload.created", "upload.finished", "job.queued", "upload.removed"]
    assert {(row.actor, row.enterprise) for row in rows} == {(LI.name, "chem")}


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT])
def test_a_full_disk_is_told_and_gone_on_from(
    ledger: Ledger, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    """What was written stays, however far it came, and the rest goes on once there is room."""
    uploads, data = make_uploads(ledger, tmp_path), bytes(range(200))
    upload = uploads.create(LI, "x.pcap", len(data))
    write = os.write

    def write_some(descriptor: int, piece: memoryview) -> int:
        if len(piece) < 150:
            raise OSError(number, os.strerror(number))
        return write(descriptor, piece[:60])

    monkeypatch.setattr(os, "write", write_some)
    with pytest.raises(DiskFullError, match="no room left"):
        uploads.append(upload.id, 0, data)
    monkeypatch.undo()
    found = uploads.find(upload.id)
    assert found is not None
    assert (found.state, found.received_bytes) == ("open", 60)
    assert uploads.append(upload.id, 60, data[60:]) == len(data)
    assert uploads.finish(upload.id, LI, Jobs(ledger)).state == "queued"


def test_a_disk_that_fails_to_keep_is_told(ledger: Ledger, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Bytes that do not reach the disk are no fault of the program."""
    uploads = make_uploads(ledger, tmp_path)
    upload = uploads.create(LI, "x.pcap", 4)

    def fail(_: int) -> None:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    monkeypatch.setattr(os, "fdatasync", fail)
    with pytest.raises(StoreError, match="cannot be kept: Input/output error"):
        uploads.append(upload.id, 0, b"abcd")
    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(StoreError, match="cannot be kept"):
        uploads.finish(upload.id, LI, Jobs(ledger))


def test_the_reserve_is_kept_while_pieces_come(ledger: Ledger, tmp_path: Path) -> None:
    """What others write meanwhile counts too: the ledger needs that room."""
    uploads = make_uploads(ledger, tmp_path)
    upload = uploads.create(LI, "x.pcap", 8)
    uploads.append(upload.id, 0, b"abcd")
    uploads.limits = replace(uploads.limits, reserve_bytes=1 << 62)
    with pytest.raises(DiskFullError):
        uploads.append(upload.id, 4, b"efgh")
