"""Jobs in the ledger: who asks for them adds them, the worker takes them, and pages see how far they have come.

One worker or several take jobs: a transaction that writes is alone, so none is taken twice. A worker says that it lives
with every progress; a job whose worker was not heard for ``LEASE_NS``, or has begun anew under the same name, is
interrupted and taken again, and after ``MOST_ATTEMPTS`` failed, as it may be what ends its workers.
"""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from console.feed import JOB_CHANGED, JOB_PROGRESSED, publish
from console.job import ENDED, WAITING, Fault, Job, Kind, Outcome, Progress, State, read_job, write_part
from console.job_tables import JOB
from wanglou.audit import Actor
from wanglou.change import Change
from wanglou.errors import WanglouError
from wanglou.ledger import Ledger

LEASE_NS = 30 * 10**9
"""A worker that was not heard for so long is taken for dead."""
MOST_ATTEMPTS = 3
MOST_WAITING = 10_000
"""Jobs that wait in all."""
MOST_WAITING_OF_ONE = 500
"""Jobs that wait of one enterprise."""
KEPT = 5_000
"""Jobs that ended and are kept; older ones are forgotten, the audit still tells of them."""


class QueueFullError(WanglouError):
    """As many jobs wait as may."""


class Jobs:
    """The jobs in one ledger, opened with the component JOBS.

    ``enterprises`` are those that whoever asks may see, None for all; what is not theirs is not there for them.
    """

    def __init__(self, ledger: Ledger, *, clock: Callable[[], int] = time.time_ns) -> None:
        """Use ``ledger``; ``clock`` gives nanoseconds since 1970 UTC."""
        self._ledger, self._clock = ledger, clock

    def add(
        self,
        actor: Actor,
        kind: Kind,
        subject: Mapping[str, Any],
        name: str,
        *,
        enterprise: str = "",
        site: str = "",
    ) -> Job:
        """Ask for something to be done; raises QueueFullError when too many jobs wait."""
        with self._ledger.change(actor) as change:
            return self.add_in(change, kind, subject, name, enterprise=enterprise, site=site)

    def add_in(
        self, change: Change, kind: Kind, subject: Mapping[str, Any], name: str, *, enterprise: str = "", site: str = ""
    ) -> Job:
        """As ``add``, within a change that does more."""
        _check_room(change.connection, enterprise)
        job_id = f"job-{secrets.token_hex(8)}"
        values = {
            "id": job_id, "enterprise": enterprise, "site": site, "kind": kind, "name": name,
            "subject": json.dumps(dict(subject)), "state": "queued", "actor": change.actor.name,
            "created_ns": self._clock(), "started_ns": 0, "finished_ns": 0, "attempts": 0, "worker": "", "beat_ns": 0,
            "is_cancelled": False, "progress": "", "outcome": "",
        }  # fmt: skip
        change.connection.execute(sa.insert(JOB).values(values))
        told = {"kind": kind, "name": name, "subject": dict(subject)}
        change.record("job.queued", "job", job_id, after=told, enterprise=enterprise, site=site)
        self._announce(change.connection, values)
        return read_job(values)

    def find(self, job_id: str, enterprises: frozenset[str] | None = None) -> Job | None:
        """Find a job, or None."""
        with self._ledger.reading() as connection:
            row = _find(connection, job_id, enterprises)
        return None if row is None else read_job(row)

    def list_jobs(
        self,
        enterprises: frozenset[str] | None = None,
        *,
        states: Collection[State] = (),
        limit: int = 100,
        before: tuple[int, str] | None = None,
    ) -> list[Job]:
        """List jobs, the newest first; ``before`` is time of making and id of the last one of the page before."""
        chosen = sa.select(JOB).order_by(JOB.c.created_ns.desc(), JOB.c.id.desc()).limit(limit)
        if enterprises is not None:
            chosen = chosen.where(JOB.c.enterprise.in_(enterprises))
        if states:
            chosen = chosen.where(JOB.c.state.in_(states))
        if before is not None:
            time_ns, job_id = before
            is_older = sa.and_(JOB.c.created_ns == time_ns, JOB.c.id < job_id)
            chosen = chosen.where(sa.or_(JOB.c.created_ns < time_ns, is_older))
        with self._ledger.reading() as connection:
            return [read_job(row) for row in connection.execute(chosen).mappings()]

    def count(self, enterprises: frozenset[str] | None = None) -> dict[State, int]:
        """Count jobs by state."""
        chosen = sa.select(JOB.c.state, sa.func.count()).group_by(JOB.c.state)
        if enterprises is not None:
            chosen = chosen.where(JOB.c.enterprise.in_(enterprises))
        with self._ledger.reading() as connection:
            return {row[0]: row[1] for row in connection.execute(chosen)}

    def cancel(self, job_id: str, actor: Actor, enterprises: frozenset[str] | None = None) -> Job | None:
        """Cancel a job: at once while it waits, at its next batch while it runs; one that ended stays as it is.

        Gives it as it is then, or None where there is none.
        """
        with self._ledger.change(actor) as change:
            row = _find(change.connection, job_id, enterprises)
            if row is None:
                return None
            if row["state"] in ENDED or row["is_cancelled"]:
                return read_job(row)
            values: dict[str, Any] = {"is_cancelled": True}
            if row["state"] in WAITING:
                values |= {"state": "cancelled", "finished_ns": self._clock()}
            _note(change, row, "cancelled" if "state" in values else "cancel_asked")
            return read_job(self._write(change.connection, row, values))

    def retry(self, job_id: str, actor: Actor, enterprises: frozenset[str] | None = None) -> Job | None:
        """Ask again for what failed or was cancelled, as a job of its own; None where there is no such job."""
        found = self.find(job_id, enterprises)
        if found is None:
            return None
        if found.state not in ("failed", "cancelled"):
            return found
        return self.add(actor, found.kind, found.subject, found.name, enterprise=found.enterprise, site=found.site)

    def take(self, worker: str) -> Job | None:
        """Take the next job for ``worker``: of the enterprise that has waited longest, its oldest; None when none."""
        with self._ledger.reading() as connection:
            if connection.scalar(sa.select(JOB.c.id).where(JOB.c.state.in_(WAITING)).limit(1)) is None:
                return None
        with self._ledger.transaction() as connection:
            row = _choose(connection)
            if row is None:
                return None
            now = self._clock()
            values = {"state": "running", "worker": worker, "beat_ns": now, "started_ns": now,
                      "attempts": row["attempts"] + 1, "progress": ""}  # fmt: skip
            return read_job(self._write(connection, row, values))

    def beat(self, job: Job, worker: str, progress: Progress | None = None) -> bool:
        """Say that the worker lives, and how far it has come; gives whether it shall go on.

        It shall not when somebody asked to cancel the job, or it was taken from this worker.
        """
        with self._ledger.transaction() as connection:
            row = _find(connection, job.id)
            if row is None or not _is_held(row, job, worker):
                return False
            values: dict[str, Any] = {"beat_ns": self._clock()}
            if progress is not None and (text := write_part(progress)) != row["progress"]:
                values["progress"] = text
                publish(connection, values["beat_ns"], JOB_PROGRESSED, job.id, json.loads(text),
                        enterprise=row["enterprise"], site=row["site"])  # fmt: skip
            connection.execute(sa.update(JOB).where(JOB.c.id == job.id).values(values))
            return not row["is_cancelled"]

    def finish(
        self, job: Job, worker: str, state: State, outcome: Outcome, actor: Actor, progress: Progress | None = None
    ) -> bool:
        """Note what became of a job; False, and nothing noted, when it was taken from this worker."""
        with self._ledger.change(actor) as change:
            row = _find(change.connection, job.id)
            if row is None or not _is_held(row, job, worker):
                return False
            values = {"state": state, "outcome": write_part(outcome), "finished_ns": self._clock()}
            values |= {"progress": write_part(progress)} if progress is not None else {}
            fault = {"fault": outcome.fault.what} if outcome.fault else {}
            _note(change, row, state, {"capture": outcome.capture, "records": dict(outcome.records), **fault})
            self._write(change.connection, row, values)
            return True

    def release(self, job: Job, worker: str) -> None:
        """Give a job back that was not done because the worker is to stop; that is no attempt."""
        with self._ledger.transaction() as connection:
            row = _find(connection, job.id)
            if row is not None and _is_held(row, job, worker):
                self._write(connection, row, {"state": "interrupted", "attempts": row["attempts"] - 1})

    def recover(self, worker: str, actor: Actor) -> Sequence[Job]:
        """Interrupt the jobs of workers that are dead: of earlier processes of ``worker``, and of those not heard."""
        silent = sa.or_(JOB.c.worker == worker, JOB.c.beat_ns < self._clock() - LEASE_NS)
        chosen = sa.select(JOB).where(JOB.c.state == "running", silent)
        with self._ledger.reading() as connection:
            if connection.execute(chosen).first() is None:
                return []
        found = []
        with self._ledger.change(actor) as change:
            for row in change.connection.execute(chosen).mappings().all():
                values = self._interrupt(row)
                _note(change, row, values["state"], {"attempts": row["attempts"]})
                found.append(read_job(self._write(change.connection, row, values)))
        return found

    def _interrupt(self, row: Mapping[Any, Any]) -> dict[str, Any]:
        if row["is_cancelled"]:
            return {"state": "cancelled", "finished_ns": self._clock()}
        if row["attempts"] < MOST_ATTEMPTS:
            return {"state": "interrupted"}
        fault = Fault(f"the worker ended {row['attempts']} times while it was doing this", str(row["name"]),
                      "see the log of the worker; the capture may need more memory than there is")  # fmt: skip
        return {"state": "failed", "finished_ns": self._clock(), "outcome": write_part(Outcome(fault=fault))}

    def prune(self) -> int:
        """Forget jobs that ended long ago; gives how many."""
        ended = sa.select(JOB.c.id).where(JOB.c.state.in_(ENDED)).order_by(JOB.c.finished_ns.desc()).offset(KEPT)
        with self._ledger.reading() as connection:
            gone = list(connection.scalars(ended.limit(KEPT)))
        if gone:
            with self._ledger.transaction() as connection:
                connection.execute(sa.delete(JOB).where(JOB.c.id.in_(gone)))
        return len(gone)

    def _write(self, connection: sa.Connection, row: Mapping[Any, Any], values: Mapping[str, Any]) -> dict[str, Any]:
        """Change a row and tell open pages; gives it as it is then."""
        connection.execute(sa.update(JOB).where(JOB.c.id == row["id"]).values(dict(values)))
        after = {**row, **values}
        self._announce(connection, after)
        return after

    def _announce(self, connection: sa.Connection, row: Mapping[str, Any]) -> None:
        told = {"state": row["state"], "kind": row["kind"], "name": row["name"], "is_cancelled": row["is_cancelled"]}
        where = {"enterprise": row["enterprise"], "site": row["site"]}
        publish(connection, self._clock(), JOB_CHANGED, row["id"], told, **where)


def _check_room(connection: sa.Connection, enterprise: str) -> None:
    waiting = sa.select(sa.func.count()).where(JOB.c.state.in_(WAITING))
    own = connection.scalar(waiting.where(JOB.c.enterprise == enterprise)) or 0
    if own >= MOST_WAITING_OF_ONE or (connection.scalar(waiting) or 0) >= MOST_WAITING:
        what = f"{own} jobs wait already" if own >= MOST_WAITING_OF_ONE else "too many jobs wait already"
        raise QueueFullError(what, where=enterprise, do="wait until some are done, or cancel some")


def _choose(connection: sa.Connection) -> Mapping[Any, Any] | None:
    """Give the oldest waiting job of the enterprise whose last one was taken longest ago."""
    last = sa.select(JOB.c.enterprise, sa.func.max(JOB.c.started_ns).label("at")).group_by(JOB.c.enterprise).subquery()
    chosen = (
        sa.select(JOB)
        .join(last, last.c.enterprise == JOB.c.enterprise)
        .where(JOB.c.state.in_(WAITING))
        .order_by(last.c.at, JOB.c.created_ns, JOB.c.id)
        .limit(1)
    )
    return connection.execute(chosen).mappings().first()


def _find(
    connection: sa.Connection, job_id: str, enterprises: frozenset[str] | None = None
) -> Mapping[Any, Any] | None:
    chosen = sa.select(JOB).where(JOB.c.id == job_id)
    if enterprises is not None:
        chosen = chosen.where(JOB.c.enterprise.in_(enterprises))
    return connection.execute(chosen).mappings().first()


def _is_held(row: Mapping[Any, Any], job: Job, worker: str) -> bool:
    """True while a job is this worker's, since it took it."""
    return bool(row["state"] == "running" and row["worker"] == worker and row["attempts"] == job.attempts)


def _note(change: Change, row: Mapping[Any, Any], done: str, after: Mapping[str, Any] | None = None) -> None:
    change.record(
        f"job.{done}", "job", row["id"], before={"state": row["state"]}, after={"name": row["name"], **(after or {})},
        enterprise=row["enterprise"], site=row["site"],
    )  # fmt: skip
