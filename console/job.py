"""A job: something the worker does for somebody, with how far it has come and what became of it.

States::

    queued -> running -> done | failed | cancelled
              running -> interrupted -> running       its worker died; after some times it is failed
    queued | interrupted -> cancelled
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal, get_args

State = Literal["queued", "running", "done", "failed", "cancelled", "interrupted"]
STATES: tuple[State, ...] = get_args(State)
WAITING: tuple[State, ...] = ("queued", "interrupted")
"""States of a job that a worker may take."""
ENDED: tuple[State, ...] = ("done", "failed", "cancelled")
Kind = Literal["replay", "delete", "expire"]
KINDS: tuple[Kind, ...] = get_args(Kind)
Phase = Literal["", "checking", "reading", "stages", "deleting"]


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a job has come."""

    phase: Phase = ""
    """What is being done; empty before the beginning."""
    position_bytes: int = 0
    """Bytes of the file, as stored, read so far."""
    size_bytes: int = 0
    packets: int = 0
    dropped: int = 0
    """Packets that could not be decoded."""
    seconds: float = 0.0
    """Since reading began."""
    packets_per_s: float = 0.0
    bytes_per_s: float = 0.0
    """Bytes of the file, as stored."""
    left_s: float | None = None
    """Time left by the rate so far; None where that cannot be told."""


@dataclass(frozen=True, slots=True)
class Fault:
    """Why a job failed, or a capture could not be read to its end."""

    what: str
    where: str = ""
    do: str = ""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a job."""

    capture: str = ""
    """Identity of the capture that was read or deleted."""
    state: str = ""
    """``CaptureReport.state`` of a replay: ``read``, ``known`` or ``alerts_replaced``."""
    packets: int = 0
    bytes: int = 0
    """Bytes of the packets as captured."""
    seconds: float = 0.0
    records: Mapping[str, int] = field(default_factory=dict)
    """Rows by dataset, alerts among them."""
    incidents: int = 0
    """Incidents of the capture."""
    counters: Mapping[str, int] = field(default_factory=dict)
    """Every counter of losses and bounds that is not zero."""
    expired: Mapping[str, int] = field(default_factory=dict)
    """Records that went by day: of an expiry, or after a replay to keep the store's limit."""
    fault: Fault | None = None
    """Why it failed; of a job that is done, why the capture could not be read to its end."""


@dataclass(frozen=True, slots=True)
class Job:
    """One job as the ledger keeps it."""

    id: str
    enterprise: str
    """Enterprise whose job it is; empty for the park's own."""
    kind: Kind
    name: str
    """What people call its subject, such as the file's name."""
    subject: Mapping[str, Any]
    """``{"upload": id}``, ``{"bundled": file}``, ``{"capture": identity}`` or ``{"before": day}``, and options."""
    state: State
    actor: str
    """Who asked for it."""
    created_ns: int
    started_ns: int
    """When it was taken last; 0 before."""
    finished_ns: int
    """When it ended; 0 before."""
    attempts: int
    """How often it was taken."""
    is_cancelled: bool
    """True once somebody asked to cancel it; it ends at the next batch."""
    progress: Progress
    outcome: Outcome
    site: str = ""


def read_job(row: Mapping[Any, Any]) -> Job:
    """Read a row of the table of jobs."""
    facts = json.loads(row["outcome"] or "{}")
    fault = facts.pop("fault", None)
    return Job(
        row["id"], row["enterprise"], row["kind"], row["name"], json.loads(row["subject"]), row["state"], row["actor"],
        row["created_ns"], row["started_ns"], row["finished_ns"], row["attempts"], row["is_cancelled"],
        Progress(**json.loads(row["progress"] or "{}")), Outcome(**facts, fault=Fault(**fault) if fault else None),
        row["site"],
    )  # fmt: skip


def write_part(part: Progress | Outcome) -> str:
    """Write a part of a job as JSON."""
    return json.dumps(asdict(part), separators=(",", ":"))
