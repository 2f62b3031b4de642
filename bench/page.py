"""The performance page's measured parts, each between two marks."""

from __future__ import annotations

import datetime as dt
import os
import platform
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

_GOALS = (
    ("marginal_over_suricata", "marginal rate, times Suricata's", "at least 12"),
    ("marginal_over_tshark", "marginal rate, times tshark's rate", "at least 50"),
    ("whole_over_suricata", "whole process at 1 M packets, times as fast as Suricata", "at least 3"),
    ("resident_mb_1m", "resident memory at 1 M packets, MB", "below 600"),
    ("resident_mb_5m", "resident memory at 5 M packets, MB", "below 600, as at 1 M"),
    ("rules_1000_over_10", "time with 1,000 synthetic rules over time with 10", "at most 2"),
    ("mixed_over_suricata", "mixed traffic: marginal rate, times Suricata's", "at least 5"),
    ("mixed_resident_mb", "mixed traffic: resident memory, MB", "below 600"),
    ("cold_start_s", "compiling all kernels once, s", "at most 60"),
)

_ALONE = ("rate_opcua", "rate_mqtt", "rate_handle", "rate_dns")


def write_page(page: Path, document: Mapping[str, Any]) -> None:
    """Write the part of replays; raises ``ValueError`` when the page has none."""
    replace_part(page, "measured", render(document))


def replace_part(page: Path, name: str, lines: str) -> None:
    """Replace what stands between the marks of a part; raises ``ValueError`` when the page has none."""
    begin, end = f"<!-- {name}: begin -->", f"<!-- {name}: end -->"
    text = page.read_text(encoding="utf-8")
    before, rest = text.split(begin, 1)
    _, after = rest.split(end, 1)
    page.write_text(f"{before}{begin}\n{lines}{end}{after}", encoding="utf-8")


def render(document: Mapping[str, Any]) -> str:
    """Tables of ratios against goals, and of medians."""
    lines = [_describe_machine(document["runs"]), "", "| figure | measured | goal |", "|---|---:|---|"]
    lines += [f"| {text} | {document['figures'][name]:.1f} | {goal} |" for name, text, goal in _GOALS]
    lines += ["", "| program, file | wall s | CPU s | resident MB |", "|---|---:|---:|---:|"]
    for name, run in document["medians"].items():
        lines.append(f"| {name} | {run['wall_s']:.2f} | {run['cpu_s']:.2f} | {run['resident_mb']:.0f} |")
    rates = ("marginal_rate", "marginal_rate_suricata", "rate_tshark")
    names = ("Wanglou", "Suricata", "tshark")
    told = ", ".join(f"{name} {document['figures'][rate]:,.0f}" for name, rate in zip(names, rates, strict=True))
    lines += ["", f"Packets per second: {told}.", ""]
    mixed = (("Wanglou", "mixed_rate"), ("Suricata", "mixed_rate_suricata"))
    told = ", ".join(f"{name} {document['figures'][rate]:,.0f}" for name, rate in mixed)
    alone = {name: rate for name, rate in document["figures"].items() if name in _ALONE}
    others = ", ".join(f"{name.removeprefix('rate_')} {rate:,.0f}" for name, rate in alone.items())
    return "\n".join([*lines, f"Mixed traffic: {told}. Wanglou by protocol alone: {others}.", ""])


def _describe_machine(runs: int) -> str:
    """Date, processor and versions."""
    versions = [
        _first_line("suricata", "-V"),
        _first_line("tshark", "--version"),
        f"Python {platform.python_version()}",
    ]
    return f"Measured {describe_processors()}, medians of {runs}; {'; '.join(versions)}."


def describe_processors() -> str:
    """Name today, and how many of which processor there are."""
    processor = next(
        (
            line.split(":", 1)[1].strip()
            for line in Path("/proc/cpuinfo").read_text().splitlines()
            if "model name" in line
        ),
        platform.machine(),
    )
    today = dt.datetime.now(dt.UTC).date().isoformat()
    return f"{today}, {os.cpu_count()} x {processor}"


def _first_line(*command: str) -> str:
    """First line a program prints of its version."""
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return done.stdout.splitlines()[0].strip().removesuffix(".")
