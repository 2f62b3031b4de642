"""Checks of what all protocols share: parsers that nothing breaks, and the bundled captures."""

from __future__ import annotations

import re
import sys
import tempfile
from collections.abc import Iterable, Mapping
from typing import Any

import yaml

from tools.acceptance.check import ROOT, Outcome, last_line, run_command

FUZZ_SECONDS = 1_800
"""For all targets together, as ``make fuzz`` does it."""

ATTACKS = 6
"""Captures of attacks that a protocol has at least, beside a normal one."""
DATASETS = ("opcua", "mqtt", "dns", "handle")

_RAN = re.compile(r"^\w+: (\d+) runs, coverage \d+$", re.MULTILINE)


def run_fuzz() -> Outcome:
    """Fuzz every target for its share of half an hour."""
    done = run_command(sys.executable, "-m", "tools.fuzz", "--total", str(FUZZ_SECONDS))
    if done.returncode:
        print(done.stdout)
        return Outcome(passed=False, measured=last_line(done.stdout))
    return judge_runs(done.stdout)


def judge_runs(said: str) -> Outcome:
    """Add up what the fuzzer said of its targets; one that never ran is a failure."""
    runs = [int(count) for count in _RAN.findall(said)]
    return Outcome(bool(runs) and min(runs) > 0, f"{len(runs)} targets, {sum(runs):,} runs, nothing fell over")


def run_captures() -> Outcome:
    """Count the bundled captures, and replay each against the manifest."""
    entries = yaml.safe_load((ROOT / "pcaps" / "manifest.yaml").read_text(encoding="utf-8"))["captures"]
    counted = judge_captures(entries)
    if not counted.passed:
        return counted
    with tempfile.TemporaryDirectory() as lake:
        done = run_command(sys.executable, "-m", "wanglou", "--lang", "en", "verify", "--lake", lake)
    if done.returncode:
        print(done.stdout)
    return Outcome(done.returncode == 0, f"{counted.measured}; {last_line(done.stdout)}")


def judge_captures(entries: Iterable[Mapping[str, Any]]) -> Outcome:
    """Hold against the goal how many captures of the manifest are normal, and how many must raise an alert."""
    counts = {name: [0, 0] for name in DATASETS}
    for entry in entries:
        if entry["dataset"] in counts:
            counts[entry["dataset"]][bool(entry["alerts"]["must"])] += 1
    told = ", ".join(f"{name} {normal} + {attacks}" for name, (normal, attacks) in counts.items())
    passed = all(normal >= 1 and attacks >= ATTACKS for normal, attacks in counts.values())
    return Outcome(passed, f"normal + attacks: {told}")
