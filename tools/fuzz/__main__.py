"""Fuzz the parsers: ``python -m tools.fuzz [TARGET ...] [--seconds N] [--jobs N] [--folder PATH]``.

Ends with 0 when nothing was found, 1 when a target fell over (what did it is kept in the folder), 2 without atheris.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

from tools.fuzz.targets import TARGETS

ROOT = Path(__file__).resolve().parents[2]
MISSING = "atheris is missing: there are wheels for CPython 3.11 to 3.13 on Linux of x86_64"
MAX_BYTES = 4_096
_RUNS = re.compile(r"stat::number_of_executed_units:\s+(\d+)")
_COVERAGE = re.compile(r"cov: (\d+)")


class Outcome(NamedTuple):
    """What became of a target."""

    name: str
    code: int
    runs: int
    coverage: int
    said: str


def fuzz(name: str, seconds: int, folder: Path) -> Outcome:
    """Fuzz one target; its corpus and what made it fall over are in ``folder``."""
    corpus = folder / name
    corpus.mkdir(parents=True, exist_ok=True)
    command = [
        sys.executable, "-m", "tools.fuzz.target", name, str(corpus), f"-max_total_time={seconds}",
        f"-max_len={MAX_BYTES}", "-timeout=60", "-rss_limit_mb=2048", "-print_final_stats=1",
        f"-artifact_prefix={folder}/{name}-",
    ]  # fmt: skip
    environment = {**os.environ, "NUMBA_DISABLE_JIT": "1"}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    said = done.stderr + done.stdout
    runs, coverage = (max(map(int, pattern.findall(said)), default=0) for pattern in (_RUNS, _COVERAGE))
    return Outcome(name, done.returncode, runs, coverage, said)


def report(outcome: Outcome) -> bool:
    """Print what became of a target; True when nothing was found."""
    print(f"{outcome.name}: {outcome.runs} runs, coverage {outcome.coverage}", flush=True)
    if outcome.code:
        print(outcome.said[-6_000:], flush=True)
    return not outcome.code


def main(words: list[str] | None = None) -> int:
    """Run the command line."""
    parser = argparse.ArgumentParser(prog="python -m tools.fuzz", description="Fuzz the parsers with atheris.")
    parser.add_argument("targets", nargs="*", metavar="TARGET", help=f"of {', '.join(TARGETS)}; all without one")
    parser.add_argument("--seconds", type=int, default=20, help="how long for each target (20)")
    parser.add_argument("--total", type=int, default=0, help="how long for all together, instead of --seconds")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="targets side by side (one a core)")
    parser.add_argument("--folder", type=Path, default=ROOT / "build" / "fuzz", help="for what is found (build/fuzz)")
    given = parser.parse_args(words)
    if unknown := set(given.targets) - set(TARGETS):
        parser.error(f"no target {', '.join(sorted(unknown))}; there are {', '.join(TARGETS)}")
    if not find_spec("atheris"):
        print(MISSING, file=sys.stderr)
        return 2
    names = given.targets or list(TARGETS)
    seconds = max(given.total * given.jobs // len(names), 1) if given.total else given.seconds
    with ThreadPoolExecutor(given.jobs) as pool:
        fine = [report(outcome) for outcome in pool.map(lambda name: fuzz(name, seconds, given.folder), names)]
    return 0 if all(fine) else 1


if __name__ == "__main__":
    sys.exit(main())
