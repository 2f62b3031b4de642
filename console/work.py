"""What the worker does with a job: reads a capture, deletes one with all that came of it, or removes old days."""

from __future__ import annotations

import hashlib
import logging
import threading
from collections import Counter
from collections.abc import Callable
from datetime import date
from functools import partial
from pathlib import Path

from console.announcement import announce_alerts, announce_stages
from console.heartbeat import Heartbeat, StoppedError
from console.job import Fault, Job, Outcome, State
from console.jobs import Jobs
from console.uploads import Uploads
from console.work_settings import WorkSettings
from correlation.opening import open_store
from correlation.store import Capture, Store
from wanglou.appliance import replay
from wanglou.audit import Actor
from wanglou.bundled import captures_folder
from wanglou.capture_report import CaptureReport
from wanglou.errors import CaptureError, WanglouError
from wanglou.file_name import find_path, write_path
from wanglou.kernel import keep_called
from wanglou.ledger import Ledger
from wanglou.replay_options import ReplayOptions
from wanglou.site import Site
from wanglou.stages import update_stages

_PIECE = 4 << 20
_log = logging.getLogger(__name__)


class Held:
    """The job that a worker holds, for the thread that ends the process."""

    def __init__(self) -> None:
        """Hold none."""
        self.job: Job | None = None
        self.release: Callable[[Job], None] = lambda _job: None

    def give_back(self) -> None:
        """Let another worker take the job, as if this one had never begun it; raises StoreError."""
        if self.job is not None:
            self.release(self.job)


class Work:
    """Does jobs, one after the other."""

    def __init__(
        self,
        settings: WorkSettings,
        ledger: Ledger,
        site: Site | None,
        actor: Actor,
        ending: threading.Event,
        held: Held | None = None,
    ) -> None:
        """Work on the store of ``settings``; ``ledger`` has the tables of all stages and of JOBS.

        ``held`` always knows the job.
        """
        self._settings, self._ledger, self._site, self._actor = settings, ledger, site, actor
        self._ending = ending
        self.name = settings.name
        """Name of the worker."""
        self.jobs = Jobs(ledger)
        self._held = held or Held()
        self._held.release = partial(self.jobs.release, worker=self.name)
        self.uploads = Uploads(ledger, settings.folder, settings.limits)

    def do_next(self) -> bool:
        """Do the next job; gives whether there was one. Raises StoreError where the ledger fails."""
        job = self.jobs.take(self.name)
        if job is None:
            return False
        self._held.job = job
        try:
            self._do_held(job)
        finally:
            self._held.job = None
        return True

    def _do_held(self, job: Job) -> None:
        beat = Heartbeat(self.jobs, job, self.name, self._ending, self._announce)
        try:
            with beat:
                state, outcome = self._do(job, beat)
        except StoppedError:
            if self._ending.is_set():
                self.jobs.release(job, self.name)
                return
            state, outcome = "cancelled", self._undo(job)
        self.jobs.finish(job, self.name, state, outcome, self._actor, beat.progress)

    def _do(self, job: Job, beat: Heartbeat) -> tuple[State, Outcome]:
        """Do a job; whatever goes wrong is its outcome."""
        try:
            return {"replay": self._replay, "delete": self._delete, "expire": self._expire}[job.kind](job, beat)
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
            ledger=self._settings.ledger,
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
        """Bring the later stages up, which cannot be cancelled, and tell of what they changed."""
        capture = store.state(report.identity)
        if "upload" in job.subject:
            self._keep_upload(str(job.subject["upload"]), report, capture)
        if report.state == "known" and job.attempts > 1:  # an earlier worker may have died before it said so
            announce_alerts(self._ledger, store, report.identity, job.id, site=job.site)
        if report.records.get("modbus"):
            keep_called()
        beat.enter("stages")
        stages = update_stages(store, self._ledger, self._site, [report.identity], self._actor, check=beat.check_ending)
        announce_stages(self._ledger, stages, report.identity, job.enterprise, site=job.site)
        return Outcome(
            report.identity, report.state, report.packets, report.bytes, report.seconds,
            dict(capture.rows) if capture else {}, stages.incidents_found,
            {name: count for name, count in (capture.counters if capture else report.counters).items() if count},
            {one.day: sum(one.rows.values()) for one in report.expired},
            _tell(report.fault) if report.fault else None,
        )  # fmt: skip

    def _announce(self, job: Job, identity: str) -> None:
        with open_store(self._settings.store) as store:
            announce_alerts(self._ledger, store, identity, job.id, site=job.site)

    def _keep_upload(self, upload_id: str, report: CaptureReport, capture: Capture | None) -> None:
        """Keep the file as the capture's evidence, unless the same bytes are kept in another one already."""
        known = find_path(capture.record.name) if capture else report.path
        if known != report.path.resolve() and known.is_file():
            self.uploads.remove(upload_id, self._actor)
        else:
            self.uploads.note_capture(upload_id, report.identity)

    def _delete(self, job: Job, beat: Heartbeat) -> tuple[State, Outcome]:
        """Delete a capture with its records, alerts, claims, incidents and file."""
        beat.enter("deleting")
        identity = str(job.subject["capture"])
        with open_store(self._settings.store) as store:
            known = store.state(identity)
            gone = store.delete_capture(identity) if known is not None else None
            stages = update_stages(store, self._ledger, self._site, [identity], self._actor, check=beat.check_ending)
        self.uploads.remove_capture(identity, self._actor)
        announce_stages(self._ledger, stages, identity, job.enterprise, site=job.site)
        return "done", Outcome(identity, "deleted", records=dict(gone.rows) if gone else {})

    def _expire(self, job: Job, beat: Heartbeat) -> tuple[State, Outcome]:
        """Remove the whole days before the job's, and bring the later stages up."""
        beat.enter("deleting")
        with open_store(self._settings.store) as store:
            gone = store.expire_older(date.fromisoformat(str(job.subject["before"])))
            beat.enter("stages")
            stages = update_stages(store, self._ledger, self._site, [], self._actor, check=beat.check_ending)
        announce_stages(self._ledger, stages, site=job.site)
        rows: Counter[str] = Counter()
        for one in gone:
            rows.update(one.rows)
        days = {one.day: sum(one.rows.values()) for one in gone}
        return "done", Outcome(state="expired", records=dict(rows), expired=days)

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


def _find_unfinished(store: Store, path: Path) -> list[Capture]:
    return [one for one in store.captures() if not one.is_complete and one.record.name == write_path(path.resolve())]


def _digest(path: Path, beat: Heartbeat) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while piece := file.read(_PIECE):
            digest.update(piece)
            beat.check()
    return digest.hexdigest()


def _tell(error: WanglouError) -> Fault:
    return Fault(error.what, error.where, error.do)
