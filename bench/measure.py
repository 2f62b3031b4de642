"""One whole process measured from outside: wall time, CPU time, largest resident memory."""

from __future__ import annotations

import os
import statistics
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Run:
    """What the operating system says of one finished process and its children."""

    wall_s: float
    cpu_s: float
    resident_mb: float
    """Largest resident memory of the process, in MB of 10^6 bytes."""


@dataclass(frozen=True, slots=True)
class Contender:
    """A program, a file, and what to do before each run."""

    name: str
    file: str
    command: Sequence[str]
    prepare: Callable[[], None]
    environment: Mapping[str, str]


def run_once(contender: Contender, log: Path) -> Run:
    """Run the program to its end; raises ``CalledProcessError`` when it fails, with its output in ``log``."""
    contender.prepare()
    with log.open("wb") as out:
        began = time.perf_counter()
        process = subprocess.Popen(
            contender.command, stdout=subprocess.DEVNULL, stderr=out, env={**os.environ, **contender.environment}
        )
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - began
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, contender.command, stderr=log.read_text())
    return Run(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024 / 1e6)


def run_in_turn(contenders: Sequence[Contender], runs: int, log: Path) -> dict[tuple[str, str], list[Run]]:
    """Run every contender once a round, so that a machine that slows down slows all; by (name, file)."""
    done: dict[tuple[str, str], list[Run]] = {(one.name, one.file): [] for one in contenders}
    for number in range(runs):
        for one in contenders:
            run = run_once(one, log)
            done[one.name, one.file].append(run)
            print(f"  round {number + 1}/{runs}  {one.name:<10} {one.file:<3} {run.wall_s:7.2f} s", flush=True)
    return done


def median(runs: Sequence[Run]) -> Run:
    """Median of each figure by itself."""
    return Run(
        statistics.median(run.wall_s for run in runs),
        statistics.median(run.cpu_s for run in runs),
        statistics.median(run.resident_mb for run in runs),
    )
