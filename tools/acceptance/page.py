"""The page of acceptance results: date, machine, versions, and each figure against its goal."""

from __future__ import annotations

import os
import platform
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path

from tools.acceptance.check import ROOT, Check, Outcome, run_command

PAGE = ROOT / "docs" / "acceptance.md"
LIBRARIES = ("numpy", "numba", "pyarrow", "duckdb", "pysigma")
PROGRAMS = {"tshark": ("tshark", "--version"), "Suricata": ("suricata", "-V")}


@dataclass(frozen=True, slots=True)
class Result:
    """A check that was run."""

    check: Check
    outcome: Outcome
    duration_s: float


def write_page(results: Sequence[Result]) -> None:
    """Write the page anew."""
    PAGE.parent.mkdir(exist_ok=True)
    PAGE.write_text(render(results, describe_machine(), describe_versions()), encoding="utf-8")


def render(results: Sequence[Result], machine: str, versions: str) -> str:
    """Lay the results out as Markdown."""
    passed = sum(result.outcome.passed for result in results)
    rows = "\n".join(
        f"| {result.check.name} | {cell(result.check.goal)} | {cell(result.outcome.measured)} "
        f"| {'passed' if result.outcome.passed else '**failed**'} | {result.duration_s:.0f} s |"
        for result in results
    )
    today = datetime.now(tz=UTC).date()
    return (
        f"# Acceptance\n\nWritten by `make accept` on {today}: {passed} of {len(results)} checks passed.\n\n"
        f"- Machine: {machine}\n- Versions: {versions}\n\n"
        f"| Check | Goal | Measured | Verdict | Took |\n|---|---|---|---|---|\n{rows}\n"
    )


def cell(text: str) -> str:
    """Keep a text inside one table cell, with this checkout's place left out."""
    return text.replace(str(ROOT), ".").replace("|", "\\|").replace("\n", " ")


def describe_machine() -> str:
    """Processor, cores, memory and system."""
    cpuinfo = Path("/proc/cpuinfo").read_text(encoding="utf-8")
    model = re.search(r"^model name\s*: (.+)$", cpuinfo, re.MULTILINE)
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    system = platform.freedesktop_os_release().get("PRETTY_NAME", platform.system())
    name = model.group(1) if model else platform.machine()
    return f"{name}, {len(os.sched_getaffinity(0))} cores, {memory:.0f} GiB, {system}, Linux {platform.release()}"


def describe_versions() -> str:
    """Versions of what the figures depend on."""
    found = [f"Python {platform.python_version()}", *(f"{name} {metadata.version(name)}" for name in LIBRARIES)]
    for name, command in PROGRAMS.items():
        version = re.search(r"\d+(\.\d+)+", run_command(*command).stdout)
        found.append(f"{name} {version.group() if version else 'missing'}")
    return ", ".join(found)
