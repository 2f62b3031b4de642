"""Captures as pages and the API show them: what the store holds of each, where it came from, what it lost."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from console.captures import Bundle, delete_capture, list_bundles, replay_bundle
from console.job import Job
from console.losses import Loss, tell_losses
from console.refusal import not_found
from console.upload import Upload
from console.upload_name import clean_name
from console.visit import Visit
from correlation.store import Capture
from wanglou.errors import UsageError

SECOND_NS = 10**9
STATES = ("complete", "ingesting", "expired")


@dataclass(frozen=True, slots=True)
class CaptureRow:
    """One capture."""

    capture: Capture
    losses: Sequence[Loss]
    upload: Upload | None = None
    """Where it was uploaded: who, when, and the file itself."""

    @property
    def id(self) -> str:
        """Its identity."""
        return self.capture.record.identity

    @property
    def name(self) -> str:
        """What people call it: the file's name without its folder."""
        return clean_name(self.upload.name if self.upload else self.capture.record.name)

    @property
    def state(self) -> str:
        """Whether it is being read, whole, or none of its records are left."""
        return "expired" if self.capture.is_complete and not self.records else self.capture.state

    @property
    def enterprise(self) -> str:
        """The enterprise it was declared to belong to."""
        return self.capture.record.enterprise

    @property
    def records(self) -> int:
        """Records kept, alerts not among them."""
        return sum(count for name, count in self.capture.rows.items() if name != "alert")

    @property
    def alerts(self) -> int:
        """Alerts of it."""
        return self.capture.rows.get("alert", 0)

    @property
    def packets(self) -> int:
        """Packets read."""
        return self.capture.counters.get("packets", 0)

    @property
    def lost(self) -> int:
        """Everything lost, added up; bytes are left out, as gaps are counted too."""
        return count_losses(self.losses)

    @property
    def shift_ns(self) -> int:
        """By how much it was moved in time."""
        return self.capture.record.shift_ns

    @property
    def original(self) -> tuple[int, int] | None:
        """When its first and last record really were; None where it has none or was not moved."""
        capture = self.capture
        if not self.shift_ns or capture.min_ns is None or capture.max_ns is None:
            return None
        return capture.min_ns - self.shift_ns, capture.max_ns - self.shift_ns

    @property
    def period(self) -> tuple[str, str] | None:
        """The seconds that hold all of its records, as addresses say them."""
        if self.capture.min_ns is None or self.capture.max_ns is None:
            return None
        return _second(self.capture.min_ns), _second(self.capture.max_ns + SECOND_NS)

    @property
    def query(self) -> str:
        """The query that finds its records."""
        return f'wanglou.capture:"{self.id}"'


def count_losses(losses: Sequence[Loss]) -> int:
    """Add up what was lost, but for bytes: packets, segments, messages, records."""
    return sum(loss.count for loss in losses if not loss.counter.endswith("_bytes"))


@dataclass(frozen=True, slots=True)
class Keeping:
    """How long records and files are kept."""

    days: int | None
    """Days that records are kept; None as long as there is room."""
    max_bytes: int | None
    """Bytes that the store may take; the oldest days go first."""
    used_bytes: int
    """Room that uploads have taken."""
    quota_bytes: int
    file_bytes: int


def _second(ns: int) -> str:
    return datetime.fromtimestamp(ns // SECOND_NS, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def list_captures(visit: Visit) -> list[CaptureRow]:
    """List the captures that the guest may see, those with the newest records first."""
    uploads = list_sources(visit)
    rows = [_row(visit, one, uploads) for one in visit.store.captures()]
    return sorted(rows, key=lambda row: (-(row.capture.max_ns or 0), row.name, row.id))


def get_capture(visit: Visit, identity: str) -> CaptureRow:
    """Give one capture; raises Refused (404) for what is not there or may not be seen."""
    found = visit.store.state(identity)
    if found is None:
        raise not_found()
    return _row(visit, found, list_sources(visit))


def list_sources(visit: Visit) -> Mapping[str, Upload]:
    """Give the uploads that the guest may see, by the capture that they were read as."""
    uploads = visit.services.backstage.uploads.list_uploads(visit.enterprises, state="finished")
    return {one.capture: one for one in uploads if one.capture}


def _row(visit: Visit, capture: Capture, uploads: Mapping[str, Upload]) -> CaptureRow:
    losses = tell_losses(capture.counters, visit.language)
    return CaptureRow(capture, losses, uploads.get(capture.record.identity))


def remove_capture(visit: Visit, identity: str) -> Job:
    """Ask for a capture to be deleted with all that came from it."""
    jobs = visit.services.backstage.jobs
    job = delete_capture(jobs, visit.store, visit.actor, identity, visit.enterprises)
    if job is None:
        raise not_found()
    return job


def list_bundled(visit: Visit) -> list[Bundle]:
    """List the captures that come with the product."""
    return list_bundles(visit.store, visit.enterprises)


def replay_bundled(visit: Visit, file: str, *, is_moved: bool, enterprise: str | None = None) -> Job:
    """Ask for a bundled capture to be read; ``is_moved`` so that it ends now."""
    if all(one.file != file for one in list_bundled(visit)):
        raise not_found()
    shift_to_ns = visit.now_ns if is_moved else None
    named = None if enterprise is None else check_enterprise(visit, enterprise)
    return replay_bundle(visit.services.backstage.jobs, visit.actor, file, enterprise=named, shift_to_ns=shift_to_ns)


def check_enterprise(visit: Visit, enterprise: str) -> str:
    """Give an enterprise that something may be uploaded for: one of the site file's, or none; raises UsageError."""
    known = {one.id for one in visit.services.site.enterprises}
    if enterprise and (not visit.scope.admits(enterprise) or (known and enterprise not in known)):
        raise UsageError(f"there is no enterprise {enterprise[:64]!r}", do="choose one of the list")
    return enterprise


def list_enterprises(visit: Visit) -> list[tuple[str, str]]:
    """List the enterprises that captures can be uploaded for, with what they are called."""
    found = [one.id for one in visit.services.site.enterprises if visit.scope.admits(one.id)]
    return [(one, visit.services.name_enterprise(one, visit.language)) for one in found]


def tell_keeping(visit: Visit) -> Keeping:
    """Tell how long things are kept, and how much room uploads have."""
    services = visit.services
    uploads, work = services.backstage.uploads, services.work
    limits = uploads.limits
    used = uploads.used_bytes() if visit.scope.is_whole else 0
    return Keeping(work.keep_days, work.max_disk_bytes, used, limits.total_bytes, limits.file_bytes)


def find_expiry(capture: Capture, keep_days: int | None) -> str:
    """Tell the day on which the last records of a capture go; empty where no day is known."""
    if keep_days is None or capture.max_ns is None:
        return ""
    last = datetime.fromtimestamp(capture.max_ns // SECOND_NS, UTC)
    return (last + timedelta(days=keep_days + 1)).strftime("%Y-%m-%d")
