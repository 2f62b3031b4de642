"""One acceptance check, and the two ways most checks are made: a test run, and a bound on a number."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SIDE_BY_SIDE = ("--numprocesses", "auto", "--maxprocesses", "4", "--dist", "loadfile")
"""Arguments that let pytest run files on all cores, as ``make test`` does."""
PATIENT = "faulthandler_timeout=7200"
"""Tests with all their examples take longer than those of ``make test`` may."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a check measured."""

    passed: bool
    measured: str
    """The figure, or the last line of what ran, for a person to hold against the goal."""


@dataclass(frozen=True, slots=True)
class Check:
    """One line of the acceptance list."""

    name: str
    """Short word that names it on the command line."""
    goal: str
    """What must hold, with its number."""
    run: Callable[[], Outcome]


def run_command(
    *command: str, folder: Path = ROOT, environment: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run a program to its end, with its output kept; ``environment`` is laid over ours.

    A program that is not there ends with 127, as in a shell.
    """
    try:
        return subprocess.run(
            command, cwd=folder, env={**os.environ, **(environment or {})},
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False,
        )  # fmt: skip
    except FileNotFoundError as error:
        return subprocess.CompletedProcess(command, 127, stdout=str(error))


def last_line(output: str) -> str:
    """Last line that says something, without pytest's rule of equals signs."""
    lines = [line.strip(" =") for line in output.splitlines() if line.strip(" =")]
    return lines[-1] if lines else "no output"


def run_tests(*arguments: str, environment: Mapping[str, str] | None = None) -> Outcome:
    """Run pytest on some tests; missing programs and captures fail, because ``CI`` is set."""
    done = run_command(
        sys.executable, "-m", "pytest", "-o", PATIENT, *arguments, environment={"CI": "accept", **(environment or {})}
    )
    if done.returncode:
        print(done.stdout)
    return Outcome(done.returncode == 0, last_line(done.stdout))


def run_tests_compiled_and_not(*arguments: str) -> Outcome:
    """Run the same tests with kernels compiled and as plain Python."""
    outcomes = [run_tests(*arguments, environment={"NUMBA_DISABLE_JIT": value}) for value in ("0", "1")]
    return Outcome(
        all(outcome.passed for outcome in outcomes),
        f"compiled: {outcomes[0].measured}; uncompiled: {outcomes[1].measured}",
    )


def at_least(value: float, bound: float, unit: str) -> Outcome:
    """Hold a figure against its lower bound."""
    return Outcome(value >= bound, f"{value:,.2f} {unit}".rstrip())


def at_most(value: float, bound: float, unit: str) -> Outcome:
    """Hold a figure against its upper bound."""
    return Outcome(value <= bound, f"{value:,.2f} {unit}".rstrip())
