"""Sensors as pages and the API show them: for now the worker that reads uploads, what it does and what it lost."""

from __future__ import annotations

import socket
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import sqlalchemy as sa

from console.job_tables import JOB
from console.jobs import LEASE_NS
from console.losses import Loss, tell_losses
from console.refusal import not_found
from console.translation import Told, translate
from console.views.captures import CaptureRow, count_losses, list_captures
from console.views.jobs import JobRow, list_jobs
from console.visit import Visit
from wanglou.commands.losses import sum_counters
from wanglou.errors import WanglouError

WORKER = "worker"
SensorState = Literal["running", "starting", "waiting", "elsewhere", "silent"]
BADGES: dict[SensorState, str] = {
    "running": "done",
    "starting": "active",
    "waiting": "failed",
    "elsewhere": "done",
    "silent": "failed",
}
"""Kind of the badge of each state."""
SECOND_NS = 10**9


@dataclass(frozen=True, slots=True)
class Worker:
    """The worker for uploads."""

    id: str
    name: str
    state: SensorState
    """``waiting`` is before it is started anew; ``elsewhere`` is run by another console, ``silent`` was not heard."""
    seen_ns: int
    """Its last sign of life; 0 for none."""
    pid: int | None
    restarts: int
    exit_code: int | None
    wait_ns: int
    fault: Told | None
    """Why it could not begin."""
    running: JobRow | None
    """What it does now."""
    waiting: int
    """Jobs that wait."""
    packets: int
    """Packets of all captures that are kept."""
    losses: Sequence[Loss]
    """Everything lost in them."""
    losing: Sequence[CaptureRow]
    """Captures that lost something, the worst first."""

    @property
    def lost(self) -> int:
        """Everything lost, added up, but for bytes."""
        return count_losses(self.losses)


def list_sensors(visit: Visit) -> list[Worker]:
    """List the sensors."""
    return [get_worker(visit)]


def get_sensor(visit: Visit, name: str) -> Worker:
    """Give one sensor; raises Refused (404) for what is not there."""
    if name != WORKER:
        raise not_found()
    return get_worker(visit)


def get_worker(visit: Visit) -> Worker:
    """Look at the worker for uploads."""
    services = visit.services
    beat_ns = _last_beat(visit)
    state, seen_ns = _judge(visit, beat_ns)
    supervisor = services.backstage.supervisor
    status = supervisor.status if supervisor else None
    counts = services.backstage.jobs.count()
    running = list_jobs(visit, ("running",), limit=1)
    captures = list_captures(visit)
    losing = sorted((one for one in captures if one.losses), key=lambda one: -one.lost)
    return Worker(
        id=WORKER,
        name=services.work.worker or socket.gethostname(),
        state=state,
        seen_ns=seen_ns,
        pid=status.pid if status else None,
        restarts=status.restarts if status else 0,
        exit_code=status.exit_code if status else None,
        wait_ns=int(status.wait_s * SECOND_NS) if status else 0,
        fault=translate(WanglouError(status.fault), visit.language) if status and status.fault else None,
        running=running[0] if running else None,
        waiting=counts.get("queued", 0) + counts.get("interrupted", 0),
        packets=sum(one.packets for one in captures),
        losses=tell_losses(sum_counters(one.capture.counters for one in captures), visit.language),
        losing=losing,
    )


def _judge(visit: Visit, beat_ns: int) -> tuple[SensorState, int]:
    """Tell how the worker is, and when it was seen: a process of ours is seen now."""
    supervisor = visit.services.backstage.supervisor
    if supervisor is None:
        is_heard = visit.now_ns - beat_ns < LEASE_NS
        return ("elsewhere" if is_heard else "silent"), beat_ns
    status = supervisor.status
    if status.pid is None:
        return "waiting", beat_ns
    return ("running", visit.now_ns) if status.is_ready else ("starting", beat_ns)


def _last_beat(visit: Visit) -> int:
    with visit.ledger.reading() as connection:
        return connection.scalar(sa.select(sa.func.max(JOB.c.beat_ns))) or 0


def restart_worker(visit: Visit) -> None:
    """Let a new process take the worker's place; raises Refused (404) where another console runs it."""
    supervisor = visit.services.backstage.supervisor
    if supervisor is None:
        raise not_found()
    with visit.ledger.change(visit.actor) as change:
        change.record("worker.restarted", "sensor", WORKER)
    supervisor.restart()
