"""What the worker does with a job: reads a capture through the whole path, or deletes one with all that came of it."""

from __future__ import annotations

import hashlib
import logging
import os
import socket
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from console import feed
from console.job import Fault, Job, Outcome, Phase, Progress, State
from console.jobs import Jobs
from console.uploads import UploadLimits, Uploads
from correlation.opening import may_hold, open_store
from correlation.store import Capture, Store, Terms
from wanglou.appliance import CaptureReport, ReplayOptions, replay
from wanglou.audit import Actor
from wanglou.bundled import captures_folder
from wanglou.errors import CaptureError, StoreError, WanglouError
from wanglou.kernel import note_compiled
from wanglou.ledger import Ledger
from wanglou.site import Site
from wanglou.stages import StageReport, update_stages

STUCK_S = 60.0
"""A replay that does not come to its next batch for so long after it was cancelled ends its process."""
STUCK_CODE = 70
"""Exit code then (``EX_SOFTWARE`` of sysexits.h)."""
BEAT_S = 0.5
"""How often a running job's progress is written, and asked whether it shall go on."""
MOST_ANNOUNCED = 100
"""Incidents of one job that are announced one by one; pages load anew what is more."""
_PIECE = 4 << 20
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class WorkSettings:
    """What a worker needs to know."""

    store: str
    """The store, as ``correlation.opening`` reads it."""
    uploads: str
    """Folder of uploaded files."""
    ledger: str = ""
    """URL or file of the ledger; empty: that of the lake."""
    site: str = ""
    """Site file; empty: none."""
    rules: tuple[str, ...] = ()
    """Folders of rules that add to or override the shipped ones."""
    worker: str = ""
    """Its name, which no other worker of this ledger has; empty: the machine and the folder of uploads."""
    max_disk_bytes: int | None = None
    """Bytes the store may take; the oldest days go first."""
    keep_days: int | None = None
    """Days that records are kept; None: as long as there is room."""
    nice: int = 10
    """How much it gives way to other processes, 0 to 19."""
    limits: UploadLimits = UploadLimits()  # noqa: RUF009 - frozen


class StoppedError(Exception):
    """A job shall not go on: it was cancelled, taken by another worker, or the worker is to end."""


class Heartbeat:
    """Says while a job runs that its worker lives and how far it has come, and hears whether it shall go on.

    It is what ``appliance.replay`` tells its progress to; between two batches it raises StoppedError.
    """

    def __init__(
        self,
        jobs: Jobs,
        job: Job,
        worker: str,
        ending: threading.Event,
        announce: Callable[[Job, str], None] = lambda _job, _identity: None,
    ) -> None:
        """Speak for ``job``; ``ending`` is set when the worker is to end.

        ``announce`` is called with the identity of a capture as soon as its alerts can be found.
        """
        self._jobs, self._job, self._worker, self._ending = jobs, job, worker, ending
        self._announce = announce
        self.progress = Progress()
        """How far the job has come."""
        self._began = 0.0
        self._is_over = threading.Event()
        self._is_refused = threading.Event()
        self._refused_at = 0.0
        self._thread = threading.Thread(target=self._run, name="heartbeat", daemon=True)

    def __enter__(self) -> Self:
        """Begin."""
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """End."""
        self._is_over.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._is_over.wait(BEAT_S):
            try:
                goes_on = self._jobs.beat(self._job, self._worker, self.progress)
            except StoreError:  # a ledger that is away for a moment; it is tried again until the lease is over
                continue
            if not goes_on and not self._is_refused.is_set():
                self._refused_at = time.monotonic()
                self._is_refused.set()
            if self._is_stuck():
                _log.error("replay does not end, ending the process job=%s", self._job.id)
                os._exit(STUCK_CODE)

    def _is_stuck(self) -> bool:
        """True where the job was cancelled long ago and is still reading, as in a loop of a kernel."""
        is_late = self._is_refused.is_set() and time.monotonic() - self._refused_at > STUCK_S
        return is_late and self.progress.phase == "reading"

    def check(self) -> None:
        """Raise StoppedError if the job shall not go on."""
        if self._is_refused.is_set() or self._ending.is_set():
            raise StoppedError

    def enter(self, phase: Phase, size_bytes: int | None = None) -> None:
        """Say what is being done from now on."""
        size = self.progress.size_bytes if size_bytes is None else size_bytes
        self.progress = replace(self.progress, phase=phase, size_bytes=size)

    def start(self, path: Path, size_bytes: int) -> None:
        """Begin to read a capture."""
        del path
        self._began = time.monotonic()
        self.enter("reading", size_bytes)
        self.check()

    def advance(self, position_bytes: int, packets: int, dropped: int) -> None:
        """Keep how far reading has come; the next beat tells it."""
        seconds = max(time.monotonic() - self._began, 1e-6)
        size = self.progress.size_bytes
        left = seconds * max(size - position_bytes, 0) / position_bytes if position_bytes else None
        rates = (packets / seconds, position_bytes / seconds)
        self.progress = Progress("reading", position_bytes, size, packets, dropped, seconds, *rates, left)
        self.check()

    def kept(self, identity: str) -> None:
        """Announce the alerts; should the ledger fail just then, pages see them when they load."""
        try:
            self._announce(self._job, identity)
        except StoreError as error:
            _log.warning("alerts not announced capture=%s: %s", identity, error)

    def done(self, report: CaptureReport) -> None:
        """Nothing: what came of it is told by the job's outcome."""


class Work:
    """Does jobs, one after the other."""

    def __init__(
        self, settings: WorkSettings, ledger: Ledger, site: Site | None, actor: Actor, ending: threading.Event
    ) -> None:
        """Work on the store of ``settings``; ``ledger`` has the tables of all stages and of JOBS."""
        self._settings, self._ledger, self._site, self._actor = settings, ledger, site, actor
        self._ending = ending
        self.name = settings.worker or f"{socket.gethostname()}:{Path(settings.uploads).resolve()}"
        """Name of the worker."""
        self.jobs = Jobs(ledger)
        self.uploads = Uploads(ledger, Path(settings.uploads), settings.limits)

    def do_next(self) -> bool:
        """Do the next job; gives whether there was one. Raises StoreError where the ledger fails."""
        job = self.jobs.take(self.name)
        if job is None:
            return False
        beat = Heartbeat(self.jobs, job, self.name, self._ending, self._announce_alerts)
        try:
            with beat:
                state, outcome = self._do(job, beat)
        except StoppedError:
            if self._ending.is_set():
                self.jobs.release(job, self.name)
                return True
            state, outcome = "cancelled", self._undo(job)
        self.jobs.finish(job, self.name, state, outcome, self._actor, beat.progress)
        return True

    def _do(self, job: Job, beat: Heartbeat) -> tuple[State, Outcome]:
        """Do a job; whatever goes wrong is its outcome."""
        try:
            return self._delete(job, beat) if job.kind == "delete" else self._replay(job, beat)
        except StoppedError:
            raise
        except WanglouError as error:
            return "failed", Outcome(fault=_tell(error))
        except Exception as error:  # noqa: BLE001 - a worker's rim: it tells, and goes on with the next job
            _log.error("job failed job=%s kind=%s", job.id, job.kind, exc_info=error)
            what = f"an error of the program: {type(error).__name__}: {error}"
            return "failed", Outcome(fault=Fault(what, do="report it with the log of the worker"))

    def _replay(self, job: Job, beat: Heartbeat) -> tuple[State, Outcome]:
        path = self._find_file(job, beat)
        options = ReplayOptions(
            self._settings.store,
            self._site,
            job.enterprise,
            tuple(map(Path, self._settings.rules)),
            self._settings.max_disk_bytes,
            shift_to_ns=job.subject.get("shift_to_ns"),
        )
        (report,) = replay([path], options, beat)
        if not report.identity:
            if isinstance(report.fault, CaptureError) and "upload" in job.subject:
                self.uploads.remove(str(job.subject["upload"]), self._actor)  # nothing can ever come of it
            return "failed", Outcome(state=report.state, fault=_tell(report.fault) if report.fault else None)
        with open_store(self._settings.store) as store:
            return "done", self._follow(job, report, store, beat)

    def _find_file(self, job: Job, beat: Heartbeat) -> Path:
        """Find the file of a job, and see that an upload's bytes are those its sender announced."""
        if "bundled" in job.subject:
            return captures_folder() / Path(str(job.subject["bundled"])).name
        upload = self.uploads.find(str(job.subject["upload"]))
        if upload is None or upload.state != "finished":
            raise CaptureError("the uploaded file is not there any more", where=job.name, do="upload it again")
        if upload.sha256:
            beat.enter("checking", upload.size_bytes)
            if _digest(upload.path, beat) != upload.sha256:
                self.uploads.remove(upload.id, self._actor)
                raise CaptureError("the file that came is not the one that was sent: its SHA-256 differs",
                                   where=job.name, do="upload it again")  # fmt: skip
        return upload.path

    def _follow(self, job: Job, report: CaptureReport, store: Store, beat: Heartbeat) -> Outcome:
        """Bring the later stages up, which cannot be stopped, and tell of what they changed."""
        capture = store.state(report.identity)
        if "upload" in job.subject:
            self._keep_upload(str(job.subject["upload"]), report, capture)
        if report.state == "known" and job.attempts > 1:  # an earlier worker may have died before it said so
            self._announce_alerts(job, report.identity)
        if report.records.get("modbus"):
            note_compiled()
        beat.enter("stages")
        stages = update_stages(store, self._ledger, self._site, [report.identity], self._actor)
        self._announce_stages(job, stages, report.identity)
        return Outcome(
            report.identity, report.state, report.packets, report.bytes, report.seconds,
            dict(capture.rows) if capture else {}, stages.incidents_found,
            {name: count for name, count in (capture.counters if capture else report.counters).items() if count},
            {one.day: sum(one.rows.values()) for one in report.expired},
            _tell(report.fault) if report.fault else None,
        )  # fmt: skip

    def _keep_upload(self, upload_id: str, report: CaptureReport, capture: Capture | None) -> None:
        """Keep the file as the capture's evidence, unless the same bytes are kept in another one already."""
        known = Path(capture.record.name) if capture else report.path
        if known != report.path.resolve() and known.is_file():
            self.uploads.remove(upload_id, self._actor)
        else:
            self.uploads.note_capture(upload_id, report.identity)

    def _announce_alerts(self, job: Job, identity: str) -> None:
        """Tell open pages how many alerts a capture has, and how bad they are, for each enterprise."""
        of_capture = f'wanglou.capture:"{identity}"'
        found: list[tuple[str, int, int]] = []
        with open_store(self._settings.store) as store:
            for one in store.aggregate("alert", Terms("organization.id", 1000), of_capture):
                asked = f'{of_capture} AND organization.id:"{one.key}"' if one.key else of_capture
                grades = store.aggregate("alert", Terms("event.severity", 101), asked)
                found.append((str(one.key), int(one.value), max(int(str(grade.key)) for grade in grades)))
        with self._ledger.transaction() as connection:
            now = time.time_ns()
            for enterprise, count, worst in found:
                body = {"capture": identity, "alerts": count, "severity": worst}
                feed.publish(connection, now, feed.ALERTS_MADE, job.id, body, enterprise=enterprise, site=job.site)

    def _announce_stages(self, job: Job, stages: StageReport, identity: str) -> None:
        with self._ledger.transaction() as connection:
            now = time.time_ns()
            for incident, enterprise in stages.changed_incidents[:MOST_ANNOUNCED]:
                feed.publish(connection, now, feed.INCIDENT_CHANGED, incident, enterprise=enterprise, site=job.site)
            body = {"incidents": len(stages.changed_incidents)}
            for enterprise in sorted({job.enterprise, *(of for _, of in stages.changed_incidents)}):
                told = {feed.CAPTURE_CHANGED: (identity, body)}
                if any(stages.assets.changes.values()):
                    told[feed.ASSETS_CHANGED] = ("", dict(stages.assets.changes))
                if stages.risk is not None and stages.risk.changed:
                    told[feed.RISK_CHANGED] = ("", {})
                for kind, (subject, facts) in told.items():
                    feed.publish(connection, now, kind, subject, facts, enterprise=enterprise, site=job.site)

    def _delete(self, job: Job, beat: Heartbeat) -> tuple[State, Outcome]:
        """Delete a capture with its records, alerts, claims, incidents and file."""
        beat.enter("deleting")
        identity = str(job.subject["capture"])
        with open_store(self._settings.store) as store:
            known = store.state(identity)
            gone = store.delete_capture(identity) if known is not None else None
            stages = update_stages(store, self._ledger, self._site, [identity], self._actor)
        self.uploads.remove_capture(identity, self._actor)
        self._announce_stages(job, stages, identity)
        return "done", Outcome(identity, "deleted", records=dict(gone.rows) if gone else {})

    def _undo(self, job: Job) -> Outcome:
        """Remove what a cancelled replay left: records of a capture that was not read to its end, and its file."""
        if job.kind != "replay":
            return Outcome()
        upload = self.uploads.find(str(job.subject.get("upload", "")))
        path = upload.path if upload else captures_folder() / Path(str(job.subject.get("bundled", ""))).name
        with open_store(self._settings.store) as store:
            gone = [capture.record.identity for capture in _find_unfinished(store, path)]
            for identity in gone:
                store.delete_capture(identity)
            if gone:
                update_stages(store, self._ledger, self._site, gone, self._actor)
        return Outcome()

    def tidy(self, now: datetime | None = None) -> Mapping[str, int]:
        """Do what retention asks for while there is nothing else to do; gives how many of each went."""
        uploads, jobs, days = len(self.uploads.expire(self._actor)) + self.uploads.sweep(), self.jobs.prune(), 0
        if self._settings.keep_days is not None and may_hold(self._settings.store):
            before = ((now or datetime.now(UTC)) - timedelta(days=self._settings.keep_days)).date()
            with open_store(self._settings.store) as store:
                identities = [one.record.identity for one in store.captures()]
                days = len(store.expire_older(before))
                if days:
                    update_stages(store, self._ledger, self._site, identities, self._actor)
        return {"uploads": uploads + self._drop_orphans(), "jobs": jobs, "days": days}

    def _drop_orphans(self) -> int:
        """Remove files of captures that have no record left, or that somebody deleted; gives how many."""
        held = {one.capture for one in self.uploads.list_uploads(state="finished") if one.capture}
        if not held:
            return 0
        with open_store(self._settings.store) as store:
            kept = {one.record.identity: one for one in store.captures()}
            gone = sorted(name for name in held if name not in kept or (kept[name].is_complete and not kept[name].rows))
            for name in gone:
                if name in kept:
                    store.delete_capture(name)
        return sum(self.uploads.remove_capture(name, self._actor) for name in gone)


def _find_unfinished(store: Store, path: Path) -> list[Capture]:
    return [one for one in store.captures() if not one.is_complete and one.record.name == str(path.resolve())]


def _digest(path: Path, beat: Heartbeat) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while piece := file.read(_PIECE):
            digest.update(piece)
            beat.check()
    return digest.hexdigest()


def _tell(error: WanglouError) -> Fault:
    return Fault(error.what, error.where, error.do)


def read_settings(facts: Mapping[str, Any]) -> WorkSettings:
    """Read what ``dataclasses.asdict`` made of settings, and JSON of that."""
    told = {**facts, "rules": tuple(facts.get("rules", ())), "limits": UploadLimits(**facts.get("limits", {}))}
    return WorkSettings(**told)
