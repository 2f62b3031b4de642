"""Resumable uploads: a file is announced with its size, sent in pieces at offsets, and finished.

What is on the disk is what was received: the length of the partial file is the offset to go on from, so an upload goes
on after a lost connection, a restart of the console, or from another console. The bytes are only written here; the
worker is the first who looks at them. Layout::

    FOLDER/<enterprise, or - for the park>/<upload id>/part       while it is received
    FOLDER/<enterprise, or - for the park>/<upload id>/<name>     when it is finished

Room is taken when an upload is announced: quotas hold for what was promised, not only for what has come.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import hashlib
import os
import re
import secrets
import shutil
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import sqlalchemy as sa

from console.job import Job
from console.job_tables import UPLOAD
from console.jobs import Jobs
from console.upload_name import clean_name
from wanglou.audit import Actor
from wanglou.errors import ConflictError, LockedError, StoreError, UsageError, WanglouError
from wanglou.ledger import Ledger

PART = "part"
PARK = "-"
"""Folder of what belongs to no enterprise; no enterprise has that id."""

_ENTERPRISE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}", re.ASCII)
_SHA256 = re.compile(r"[0-9a-f]{64}", re.ASCII)

UploadState = Literal["open", "finished"]


@dataclass(frozen=True, slots=True)
class UploadLimits:
    """How much may be uploaded."""

    file_bytes: int = 100 << 30
    """Largest file."""
    enterprise_bytes: int = 200 << 30
    """All files of one enterprise."""
    total_bytes: int = 500 << 30
    reserve_bytes: int = 2 << 30
    """Bytes of the disk that stay free."""
    open_uploads: int = 20
    """Uploads of one enterprise that are being received."""
    files: int = 10_000
    """Files of one enterprise."""
    expiry_s: int = 24 * 3600
    """An upload that has not grown for so long is given up."""
    unread_s: int = 7 * 24 * 3600
    """A finished file that no reading came of is kept for so long."""


@dataclass(frozen=True, slots=True)
class Upload:
    """One upload."""

    id: str
    enterprise: str
    name: str
    """Safe on a disk and a page."""
    size_bytes: int
    """What was announced."""
    received_bytes: int
    """What has come: the offset to go on from."""
    sha256: str
    """Digest that its sender announced; empty where none was."""
    state: UploadState
    actor: str
    created_ns: int
    finished_ns: int
    """0 before."""
    capture: str
    """Identity of the capture it was read as; empty before."""
    path: Path
    """Where the file is, or its part."""
    site: str = ""


class OffsetError(ConflictError):
    """A piece that does not begin where the last one ended; ``offset`` is where."""

    def __init__(self, offset: int) -> None:
        """Tell where to go on."""
        self.offset = offset
        super().__init__(f"{offset} bytes have been received", do=f"go on from offset {offset}")


class QuotaError(WanglouError):
    """There is no room for an upload."""


class DiskFullError(StoreError):
    """There is no room left on the disk: what was received is kept, and the rest may be sent later."""

    def __init__(self, where: str = "") -> None:
        """Tell it of the folder ``where``."""
        do = "free some disk space, then send the rest from where it stopped"
        super().__init__("there is no room left on the disk of uploads", where=where, do=do)


class Sink:
    """Takes the bytes of one piece as they come; made by ``Uploads.appending``."""

    def __init__(self, descriptor: int, offset: int, size_bytes: int) -> None:
        """Write from ``offset`` up to ``size_bytes``."""
        self._descriptor, self.offset, self._size = descriptor, offset, size_bytes

    def write(self, data: bytes | memoryview) -> None:
        """Write more; raises UsageError for bytes beyond the announced size, of which none is written."""
        view = memoryview(data)
        if self.offset + len(view) > self._size:
            raise UsageError(f"more bytes than the {self._size} announced", do="announce the file's size")
        while view:
            with _failing():
                written = os.write(self._descriptor, view)
            self.offset += written
            view = view[written:]


class Uploads:
    """The uploads below one folder, their rows in a ledger opened with the component JOBS.

    ``enterprises`` are those that whoever asks may see, None for all; what is not theirs is not there for them.
    """

    def __init__(
        self,
        ledger: Ledger,
        folder: Path,
        limits: UploadLimits | None = None,
        *,
        clock: Callable[[], int] = time.time_ns,
    ) -> None:
        """Keep files below ``folder``, which is made when the first comes."""
        self._ledger, self._folder, self.limits, self._clock = ledger, folder, limits or UploadLimits(), clock

    def create(
        self, actor: Actor, name: str, size_bytes: int, *, enterprise: str = "", sha256: str = "", site: str = ""
    ) -> Upload:
        """Announce a file; raises UsageError for what cannot be one, QuotaError where there is no room."""
        if not 0 < size_bytes <= self.limits.file_bytes:
            raise UsageError(f"a file of {size_bytes} bytes is not taken", do=f"1 to {self.limits.file_bytes} bytes")
        if sha256 and not _SHA256.fullmatch(sha256):
            raise UsageError("this is no SHA-256", do="give 64 small hexadecimal digits, or none")
        upload_id = f"upload-{secrets.token_hex(16)}"
        folder = self._place(enterprise, upload_id)
        values = {
            "id": upload_id, "enterprise": enterprise, "site": site, "name": clean_name(name),
            "size_bytes": size_bytes, "sha256": sha256, "state": "open", "actor": actor.name,
            "created_ns": self._clock(), "finished_ns": 0, "capture": "",
        }  # fmt: skip
        with self._ledger.change(actor) as change:
            self._check_room(change.connection, enterprise, size_bytes)
            with _failing(folder):
                folder.mkdir(mode=0o700, parents=True)
                os.close(os.open(folder / PART, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
            change.insert(UPLOAD, values)
        return self._read(values)

    def _place(self, enterprise: str, upload_id: str) -> Path:
        if enterprise and not _ENTERPRISE.fullmatch(enterprise):
            raise UsageError(f"{enterprise!r} is no id of an enterprise")
        return self._folder / (enterprise or PARK) / upload_id

    def _check_room(self, connection: sa.Connection, enterprise: str, size_bytes: int) -> None:
        limits = self.limits
        rows = connection.execute(sa.select(UPLOAD)).mappings().all()
        own = [row for row in rows if row["enterprise"] == enterprise]
        is_open = [row for row in rows if row["state"] == "open"]
        if sum(row["enterprise"] == enterprise for row in is_open) >= limits.open_uploads or len(own) >= limits.files:
            raise QuotaError("too many uploads", where=enterprise, do="finish or cancel some, or delete captures")
        left = limits.enterprise_bytes - sum(row["size_bytes"] for row in own)
        left = min(left, limits.total_bytes - sum(row["size_bytes"] for row in rows))
        promised = sum(one.size_bytes - one.received_bytes for one in map(self._read, is_open))
        free = _free_bytes(self._folder) - limits.reserve_bytes - promised
        if size_bytes > min(left, free):
            raise QuotaError(f"there is room for {max(min(left, free), 0)} bytes more", where=enterprise,
                             do="delete captures that are not needed, or ask for a larger quota")  # fmt: skip

    def find(self, upload_id: str, enterprises: frozenset[str] | None = None) -> Upload | None:
        """Find an upload, or None."""
        with self._ledger.reading() as connection:
            row = _find(connection, upload_id, enterprises)
        return None if row is None else self._read(row)

    def list_uploads(
        self, enterprises: frozenset[str] | None = None, *, state: UploadState | None = None
    ) -> list[Upload]:
        """List uploads, the newest first."""
        chosen = sa.select(UPLOAD).order_by(UPLOAD.c.created_ns.desc(), UPLOAD.c.id)
        if enterprises is not None:
            chosen = chosen.where(UPLOAD.c.enterprise.in_(enterprises))
        if state is not None:
            chosen = chosen.where(UPLOAD.c.state == state)
        with self._ledger.reading() as connection:
            return [self._read(row) for row in connection.execute(chosen).mappings()]

    def used_bytes(self, enterprise: str | None = None) -> int:
        """Add up the room that uploads have taken, of one enterprise or of all."""
        chosen = sa.select(UPLOAD.c.size_bytes)
        if enterprise is not None:
            chosen = chosen.where(UPLOAD.c.enterprise == enterprise)
        with self._ledger.reading() as connection:
            return sum(connection.scalars(chosen))

    @contextlib.contextmanager
    def appending(self, upload_id: str, offset: int, enterprises: frozenset[str] | None = None) -> Iterator[Sink]:
        """Write a piece that begins at ``offset``; what had come when it breaks off is kept, and safe on the disk.

        Raises UsageError where there is no such open upload, OffsetError for another offset, LockedError while
        somebody else sends, DiskFullError where the disk has come down to its reserve.
        """
        upload = self._open(upload_id, enterprises)
        if _free_bytes(self._folder) < self.limits.reserve_bytes:
            raise DiskFullError(str(self._folder))
        with _holding(upload.path) as descriptor:
            received = os.lseek(descriptor, 0, os.SEEK_END)
            if received != offset:
                raise OffsetError(received)
            sink = Sink(descriptor, offset, upload.size_bytes)
            try:
                yield sink
            finally:
                with _failing(upload.path):
                    os.fdatasync(descriptor)

    def append(
        self,
        upload_id: str,
        offset: int,
        data: bytes,
        enterprises: frozenset[str] | None = None,
        *,
        sha256: str = "",
    ) -> int:
        """Write a whole piece; gives the offset behind it. With ``sha256`` a piece that differs is refused."""
        if sha256 and hashlib.sha256(data).hexdigest() != sha256:
            raise UsageError("the piece is not what was sent: its SHA-256 differs", do="send it again")
        with self.appending(upload_id, offset, enterprises) as sink:
            sink.write(data)
        return sink.offset

    def finish(
        self,
        upload_id: str,
        actor: Actor,
        jobs: Jobs,
        enterprises: frozenset[str] | None = None,
        *,
        sha256: str = "",
        options: Mapping[str, Any] | None = None,
    ) -> Job:
        """Finish a file whose bytes have all come, and ask for its replay; the worker compares its digest.

        ``options`` go into the job's subject. Raises OffsetError where bytes lack, UsageError where there is no such
        open upload.
        """
        if sha256 and not _SHA256.fullmatch(sha256):
            raise UsageError("this is no SHA-256", do="give 64 small hexadecimal digits, or none")
        upload = self._open(upload_id, enterprises)
        with _holding(upload.path) as descriptor:
            received = os.lseek(descriptor, 0, os.SEEK_END)
            if received != upload.size_bytes:
                raise OffsetError(received)
            with _failing(upload.path):
                os.fsync(descriptor)
            values = {"state": "finished", "finished_ns": self._clock(), "sha256": sha256 or upload.sha256}
            with self._ledger.change(actor) as change:
                change.update(UPLOAD, {"id": upload_id}, values, action="finished", expected={"state": "open"})
                where = {"enterprise": upload.enterprise, "site": upload.site}
                subject = {"upload": upload_id, **(options or {})}
                job = jobs.add_in(change, "replay", subject, upload.name, **where)
                _rename(upload.path, upload.path.with_name(upload.name))
        return job

    def _open(self, upload_id: str, enterprises: frozenset[str] | None) -> Upload:
        upload = self.find(upload_id, enterprises)
        if upload is None or upload.state != "open":
            raise UsageError("there is no such open upload", where=upload_id, do="begin a new one")
        return upload

    def remove(
        self, upload_id: str, actor: Actor, enterprises: frozenset[str] | None = None, *, action: str = "removed"
    ) -> bool:
        """Remove an upload with its file; gives whether there was one."""
        with self._ledger.change(actor) as change:
            row = _find(change.connection, upload_id, enterprises)
            if row is None:
                return False
            change.delete(UPLOAD, {"id": upload_id}, action=action)
        self._clear(self._read(row).path.parent)
        return True

    def note_capture(self, upload_id: str, identity: str) -> None:
        """Note as which capture a file was read."""
        with self._ledger.transaction() as connection:
            connection.execute(sa.update(UPLOAD).where(UPLOAD.c.id == upload_id).values(capture=identity))

    def remove_capture(self, identity: str, actor: Actor) -> int:
        """Remove the files that were read as a capture; gives how many."""
        with self._ledger.reading() as connection:
            found = list(connection.scalars(sa.select(UPLOAD.c.id).where(UPLOAD.c.capture == identity)))
        return sum(self.remove(upload_id, actor) for upload_id in found)

    def expire(self, actor: Actor) -> list[Upload]:
        """Give up uploads that have not grown for long, and files that no reading came of; gives them."""
        now, limits = self._clock(), self.limits
        gone = []
        for upload in self.list_uploads():
            if upload.state == "open":
                is_over = now - _changed_ns(upload) > limits.expiry_s * 10**9
            else:
                is_over = not upload.capture and now - upload.finished_ns > limits.unread_s * 10**9
            if is_over and self.remove(upload.id, actor, action="expired"):
                gone.append(upload)
        return gone

    def sweep(self) -> int:
        """Remove folders that no row tells of, which a crash leaves; gives how many."""
        with self._ledger.reading() as connection:
            known = set(connection.scalars(sa.select(UPLOAD.c.id)))
        old = (self._clock() - self.limits.expiry_s * 10**9) / 10**9
        found = [path for path in self._folder.glob("*/upload-*") if path.name not in known]
        gone = [path for path in found if path.stat().st_mtime < old]
        for path in gone:
            self._clear(path)
        return len(gone)

    def _clear(self, folder: Path) -> None:
        shutil.rmtree(folder, ignore_errors=True)
        with contextlib.suppress(OSError):
            folder.parent.rmdir()

    def _read(self, row: Mapping[Any, Any]) -> Upload:
        folder = self._place(row["enterprise"], row["id"])
        path = folder / PART if (folder / PART).exists() else folder / row["name"]
        try:
            received = path.stat().st_size
        except OSError:
            received = 0
        return Upload(
            row["id"], row["enterprise"], row["name"], row["size_bytes"], received, row["sha256"], row["state"],
            row["actor"], row["created_ns"], row["finished_ns"], row["capture"], path, row["site"],
        )  # fmt: skip


def _find(connection: sa.Connection, upload_id: str, enterprises: frozenset[str] | None) -> Mapping[Any, Any] | None:
    chosen = sa.select(UPLOAD).where(UPLOAD.c.id == upload_id)
    if enterprises is not None:
        chosen = chosen.where(UPLOAD.c.enterprise.in_(enterprises))
    return connection.execute(chosen).mappings().first()


@contextlib.contextmanager
def _holding(path: Path) -> Iterator[int]:
    """Open a part to append to it, alone; raises LockedError while somebody else does."""
    with _failing(path):
        descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            do = "wait a moment, then ask how far it came"
            raise LockedError("somebody else sends this upload just now", do=do) from None
        yield descriptor
    finally:
        os.close(descriptor)


@contextlib.contextmanager
def _failing(path: Path | None = None) -> Iterator[None]:
    where = str(path) if path else ""
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise DiskFullError(where) from error
        what = f"the upload cannot be kept: {error.strerror or error}"
        raise StoreError(what, where=where, do="check the folder of uploads, its disk and its permissions") from error


def _rename(before: Path, after: Path) -> None:
    with _failing(after):
        before.rename(after)
        descriptor = os.open(after.parent, os.O_RDONLY | os.O_CLOEXEC)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _changed_ns(upload: Upload) -> int:
    try:
        return max(upload.path.stat().st_mtime_ns, upload.created_ns)
    except OSError:
        return upload.created_ns


def _free_bytes(folder: Path) -> int:
    """Bytes free where a folder is, or will be."""
    while not folder.exists():
        folder = folder.parent
    found = os.statvfs(folder)
    return found.f_bavail * found.f_frsize
