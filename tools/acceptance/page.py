"""The page of acceptance results: machine, versions, and each figure against its goal with the day it was measured."""

from __future__ import annotations

import os
import platform
import re
from collections.abc import Sequence
from importlib import metadata
from pathlib import Path

from tools.acceptance.check import ROOT, Check, run_command
from tools.acceptance.result import Result

PAGE = ROOT / "docs" / "acceptance.md"
LIBRARIES = ("numpy", "numba", "pyarrow", "duckdb", "pysigma")
PROGRAMS = {"tshark": ("tshark", "--version"), "Suricata": ("suricata", "-V")}


def write_page(lines: Sequence[tuple[Check, Result | None]]) -> None:
    """Write the page anew."""
    PAGE.parent.mkdir(exist_ok=True)
    PAGE.write_text(render(lines, describe_machine(), describe_versions()), encoding="utf-8")


def render(lines: Sequence[tuple[Check, Result | None]], machine: str, versions: str) -> str:
    """Lay the checks out as Markdown, each with its newest result or the word that it was not run."""
    results = [result for _, result in lines if result is not None]
    passed = sum(result.outcome.passed for result in results)
    missing = len(lines) - len(results)
    rest = f", {missing} not run" if missing else ""
    rows = "\n".join(_row(check, result) for check, result in lines)
    return (
        f"# Acceptance\n\nWritten by `make accept`: {passed} of {len(lines)} checks passed{rest}. Each line tells when"
        f" it was run and on which commit.\n\n- Machine: {machine}\n- Versions: {versions}\n\n"
        f"| Check | Goal | Measured | Verdict | Took | When | Commit |\n|---|---|---|---|---|---|---|\n{rows}\n"
    )


def _row(check: Check, result: Result | None) -> str:
    if result is None:
        return f"| {check.name} | {cell(check.goal)} | | **not run** | | | |"
    verdict = "passed" if result.outcome.passed else "**failed**"
    cells = (check.name, cell(check.goal), cell(result.outcome.measured), verdict, f"{result.duration_s:.0f} s")
    return f"| {' | '.join((*cells, result.day, result.commit))} |"


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
