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
import hashlib
import os
import re
import secrets
import shutil
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from console.job import Job
from console.job_tables import UPLOAD
from console.jobs import Jobs
from console.upload import OffsetError, Upload, UploadState
from console.upload_file import PART, Sink, changed_ns, failing, holding, rename
from console.upload_name import clean_name
from console.upload_room import DiskFullError, UploadLimits, check_room, free_bytes
from wanglou.audit import Actor
from wanglou.errors import UsageError
from wanglou.ledger import Ledger

PARK = "-"
"""Folder of what belongs to no enterprise; no enterprise has that id."""

_ENTERPRISE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}", re.ASCII)
_SHA256 = re.compile(r"[0-9a-f]{64}", re.ASCII)


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
            with failing(folder):
                folder.mkdir(mode=0o700, parents=True)
                os.close(os.open(folder / PART, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
            change.insert(UPLOAD, values)
        return self._read(values)

    def _place(self, enterprise: str, upload_id: str) -> Path:
        if enterprise and not _ENTERPRISE.fullmatch(enterprise):
            raise UsageError(f"{enterprise!r} is no id of an enterprise")
        return self._folder / (enterprise or PARK) / upload_id

    def _check_room(self, connection: sa.Connection, enterprise: str, size_bytes: int) -> None:
        rows = connection.execute(sa.select(UPLOAD)).mappings().all()
        being_received = [self._read(row) for row in rows if row["state"] == "open"]
        check_room(self.limits, self._folder, rows, being_received, enterprise, size_bytes)

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
        if free_bytes(self._folder) < self.limits.reserve_bytes:
            raise DiskFullError(str(self._folder))
        with holding(upload.path) as descriptor:
            received = os.lseek(descriptor, 0, os.SEEK_END)
            if received != offset:
                raise OffsetError(received)
            sink = Sink(descriptor, offset, upload.size_bytes)
            try:
                yield sink
            finally:
                with failing(upload.path):
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
        with holding(upload.path) as descriptor:
            received = os.lseek(descriptor, 0, os.SEEK_END)
            if received != upload.size_bytes:
                raise OffsetError(received)
            with failing(upload.path):
                os.fsync(descriptor)
            values = {"state": "finished", "finished_ns": self._clock(), "sha256": sha256 or upload.sha256}
            with self._ledger.change(actor) as change:
                change.update(UPLOAD, {"id": upload_id}, values, action="finished", expected={"state": "open"})
                where = {"enterprise": upload.enterprise, "site": upload.site}
                subject = {"upload": upload_id, **(options or {})}
                job = jobs.add_in(change, "replay", subject, upload.name, **where)
                rename(upload.path, upload.path.with_name(upload.name))
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
                is_over = now - changed_ns(upload) > limits.expiry_s * 10**9
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
