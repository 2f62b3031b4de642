"""Compare with Suricata and tshark: ``python -m bench [--runs 5] [--json FILE] [--page docs/performance.md]``."""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path

from bench.captures import ALONE, SIZES
from bench.figures import derive_figures
from bench.measure import Contender, Run, median, run_in_turn, run_once
from bench.page import write_page
from bench.rules import write_rules
from bench.traffic import write_capture

ROOT = Path(__file__).resolve().parent.parent
TSHARK_FIELDS = (
    "frame.time_epoch", "ip.src", "ip.dst", "tcp.srcport", "tcp.dstport", "mbtcp.trans_id", "mbtcp.unit_id",
    "modbus.func_code", "modbus.reference_num", "modbus.word_cnt", "modbus.regval_uint16", "modbus.exception_code",
)  # fmt: skip
RULE = 'alert modbus any any -> any any (msg:"write"; modbus: function 5; sid:1; rev:1;)\n'


def main() -> None:
    """Make the captures, run everything in turn, print and keep the medians."""
    arguments = _parse_arguments()
    folder = Path(tempfile.mkdtemp(prefix="wanglou-bench-", dir=arguments.folder))
    try:
        results, cold = _measure(folder, arguments.runs)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    medians = {key: median(runs) for key, runs in results.items()}
    figures = derive_figures(medians, cold)
    for name, value in figures.items():
        print(f"{name:<26} {value:10.2f}")
    document = {
        "runs": arguments.runs,
        "figures": figures,
        "medians": {f"{name} {file}": _as_dict(run) for (name, file), run in medians.items()},
    }
    if arguments.json:
        arguments.json.write_text(json.dumps(document, indent=1), encoding="utf-8")
    if arguments.page:
        write_page(arguments.page, document)


def _parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--runs", type=int, default=5, help="rounds; medians are reported (default 5)")
    parser.add_argument("--json", type=Path, help="write the figures to FILE")
    parser.add_argument("--page", type=Path, help="write the table to this page, such as docs/performance.md")
    parser.add_argument("--folder", type=Path, help="where captures and lakes go for the time of the run")
    return parser.parse_args()


def _as_dict(run: Run) -> dict[str, float]:
    return {"wall_s": run.wall_s, "cpu_s": run.cpu_s, "resident_mb": run.resident_mb}


def _measure(folder: Path, runs: int) -> tuple[Mapping[tuple[str, str], list[Run]], float]:
    """All contenders in turn, then the cold start by itself."""
    _make_captures(folder)
    write_capture(folder / "tiny.pcap", 1000)
    write_rules(folder / "rules10", 10)
    write_rules(folder / "rules1000", 1000)
    log = folder / "log"
    warm = _make_wanglou(folder, "wanglou", "tiny", [])
    run_once(warm, log)
    results = run_in_turn(_make_contenders(folder), runs, log)
    fresh = {"WANGLOU_CACHE": str(folder / "fresh")}
    cold = Contender("cold", "tiny", warm.command, warm.prepare, fresh)
    return results, run_once(cold, log).wall_s - run_once(warm, log).wall_s


def _make_captures(folder: Path) -> None:
    """Write the captures in a process of its own: what it takes would count as memory of those that are started."""
    subprocess.run([sys.executable, "-m", "bench.captures", str(folder)], cwd=ROOT, check=True)


def _make_contenders(folder: Path) -> list[Contender]:
    contenders = []
    for file in (*SIZES, *(f"mixed-{size}" for size in SIZES)):
        contenders += [_make_wanglou(folder, "wanglou", file, []), _make_suricata(folder, file)]
    contenders += [_make_tshark(folder, "1M")]
    for count in (10, 1000):
        contenders.append(_make_wanglou(folder, f"rules{count}", "1M", ["--rules", str(folder / f"rules{count}")]))
    contenders += [_make_wanglou(folder, "wanglou", f"{name}-{size}", []) for name in ALONE for size in ("200k", "1M")]
    return contenders


def _make_wanglou(folder: Path, name: str, size: str, more: list[str]) -> Contender:
    """Flows, all shipped rules, records and alerts into a fresh lake; byte-compiled, as an installed program is."""
    lake = folder / "lake"
    command = [sys.executable, "-m", "wanglou", "replay", str(folder / f"{size}.pcap"), "--lake", str(lake)]
    return Contender(
        name,
        size,
        [*command, "--no-progress", "--no-stages", *more],
        _clean(lake),
        {"PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": ""},
    )


def _make_suricata(folder: Path, size: str) -> Contender:
    """One worker, records of flows and of the protocols in the file, one rule."""
    logs = folder / "suricata"
    rules = folder / "one.rules"
    rules.write_text(RULE, encoding="utf-8")
    settings = "suricata-mixed.yaml" if size.startswith("mixed") else "suricata.yaml"
    command = ["suricata", "-c", str(ROOT / "bench" / settings), "-r", str(folder / f"{size}.pcap")]
    command += ["-S", str(rules), "-l", str(logs), "--runmode", "single", "-k", "none"]
    return Contender("suricata", size, command, _clean(logs, make=True), {})


def _make_tshark(folder: Path, size: str) -> Contender:
    """The fields of a Modbus log."""
    command = ["tshark", "-n", "-r", str(folder / f"{size}.pcap"), "-Y", "modbus", "-T", "fields"]
    for field in TSHARK_FIELDS:
        command += ["-e", field]
    return Contender("tshark", size, command, _nothing, {})


def _nothing() -> None:
    """Prepare nothing."""


def _clean(folder: Path, *, make: bool = False) -> Callable[[], None]:
    """Start every run without what the last one wrote, and without the last one's unwritten pages."""

    def clean() -> None:
        shutil.rmtree(folder, ignore_errors=True)
        if make:
            folder.mkdir()
        os.sync()

    return clean


if __name__ == "__main__":
    main()
