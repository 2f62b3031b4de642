"""What a check measured, kept from run to run, so that a long list can be run in parts."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from tools.acceptance.check import ROOT, Outcome, run_command

FOLDER = ROOT / "build" / "acceptance"


@dataclass(frozen=True, slots=True)
class Result:
    """One check as it was run last."""

    outcome: Outcome
    duration_s: float
    day: str
    """UTC day, ``YYYY-MM-DD``."""
    commit: str
    """The commit that was checked, with ``+`` when files differed from it; empty outside a checkout."""


def make_result(outcome: Outcome, duration_s: float) -> Result:
    """Note the day and the commit beside what was measured."""
    return Result(outcome, duration_s, f"{datetime.now(tz=UTC).date()}", describe_commit())


def describe_commit() -> str:
    """Name the commit that lies here."""
    done = run_command("git", "describe", "--always", "--exclude=*", "--dirty=+")
    return "" if done.returncode else done.stdout.strip()


def keep(name: str, result: Result) -> None:
    """Keep the result of the check ``name`` in place of an earlier one."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    _place(name).write_text(json.dumps(asdict(result)), encoding="utf-8")


def find_kept(name: str) -> Result | None:
    """Give the newest result of a check, or None when it was not run here."""
    place = _place(name)
    if not place.exists():
        return None
    body = json.loads(place.read_text(encoding="utf-8"))
    return Result(**{**body, "outcome": Outcome(**body["outcome"])})


def _place(name: str) -> Path:
    return FOLDER / f"{name}.json"
