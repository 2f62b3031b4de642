"""Measure the lake on a day of made-up transactions: ``python -m bench.lake [--rows 100000000] [--folder DIR]``.

The folder that is made below ``--folder`` is removed at the end; the one named by ``--keep`` stays, and another run
with it asks the queries only. Every query is asked ``--runs`` times, each time from another moment before the first
record on, as a lake keeps the answers to what was asked; asked in turn, so that a machine that slows down slows all.
Goals are in milliseconds of the 95th percentile, for 100,000,000 rows.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import shutil
import statistics
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from bench.page import describe_processors, replace_part
from bench.transactions import INTRUDER, make_batches
from correlation.lake import Lake
from correlation.store import Aggregation, CaptureRecord, DateHistogram, Terms
from detection.alert import ALERT

ROWS = 100_000_000
HOUR_NS = 3_600 * 10**9
DAY_NS = 24 * HOUR_NS
START_NS = 1_790_000_000 * 10**9 // DAY_NS * DAY_NS
CAPTURE = "b" * 64
RARE = "modbus.function.name:write_multiple_registers AND source.ip:10.0.1.3"
SELECTIVE = "modbus.exception.code:2 AND source.ip:10.0.1.3"
ABSENT = "modbus.exception.code:2 AND source.ip:10.0.3.2"
WRITES = "modbus.function.category:write AND source.ip:10.0.3.2"
FRACTION = 0.37
"""Where in the day the intruder is seen."""
APPEND_GOAL = 500_000
"""Rows a second."""

Query = Callable[[Lake, int], object]
"""Asks a lake for records from a time on, nanoseconds since 1970."""


def list_queries() -> Mapping[str, tuple[Query, float]]:
    """List what is asked, by name, and the goal in milliseconds: none where every file has to be read to the end."""
    return {
        "newest 50": (_newest(""), 300),
        "newest 50, one in 2,000 fits": (_newest(RARE), 300),
        "newest 50, one in 60,000 fits": (_newest(SELECTIVE), 300),
        "newest 50, in one file only": (_newest(f"source.ip:{INTRUDER}"), 300),
        "newest 50, none fits in any file": (_newest(ABSENT), math.inf),
        "histogram": (_summary(DateHistogram(HOUR_NS)), 300),
        "histogram by 5 minutes": (_summary(DateHistogram(HOUR_NS // 12)), 300),
        "top 10": (_summary(Terms("source.ip")), 300),
        "filtered histogram": (_summary(DateHistogram(HOUR_NS), WRITES), 1_500),
        "filtered top 10": (_summary(Terms("destination.ip"), "modbus.function.category:write"), 1_500),
        "filtered count": (lambda lake, start_ns: lake.count("modbus", WRITES, start_ns=start_ns), 1_500),
    }


def _newest(text: str) -> Query:
    return lambda lake, start_ns: list(lake.search("modbus", text, start_ns=start_ns, limit=50))


def _summary(aggregation: Aggregation, text: str = "") -> Query:
    return lambda lake, start_ns: lake.aggregate("modbus", aggregation, text, start_ns=start_ns)


def main() -> None:
    """Write the lake, ask the queries, print the figures."""
    arguments = _parse_arguments()
    folder = arguments.keep or Path(tempfile.mkdtemp(prefix="wanglou-bench-lake-", dir=arguments.folder))
    try:
        with Lake(folder) as lake:
            document: dict[str, Any] = {"rows": arguments.rows, "runs": arguments.runs, "load": os.getloadavg()}
            if lake.state(CAPTURE) is None:
                rate = _append(lake, arguments.rows)
                document["append_rows_per_s"] = rate
                print(f"{'append':<32} {rate:12,.0f} rows/s   goal {APPEND_GOAL:,}", flush=True)
            size_bytes = document["size_bytes"] = lake.disk_usage().records_bytes
            print(f"{lake.count('modbus'):,} rows, {size_bytes / 1e9:.2f} GB, load {os.getloadavg()[0]:.1f}")
            document["queries"] = _ask(lake, arguments.runs)
            print(f"load at the end {os.getloadavg()[0]:.1f}")
    finally:
        if not arguments.keep:
            shutil.rmtree(folder, ignore_errors=True)
    if arguments.json:
        arguments.json.write_text(json.dumps(document, indent=1), encoding="utf-8")
    if arguments.page:
        replace_part(arguments.page, "lake", render(document))


def _parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.lake", description=__doc__)
    parser.add_argument("--rows", type=int, default=ROWS, help="transactions of the day (default 100,000,000)")
    parser.add_argument("--runs", type=int, default=20, help="times that each query is asked (default 20)")
    parser.add_argument("--json", type=Path, help="write the figures to FILE")
    parser.add_argument("--folder", type=Path, help="where the lake goes for the time of the run: 6 GB")
    parser.add_argument("--page", type=Path, help="write the figures into this page, between its marks")
    parser.add_argument("--keep", type=Path, help="where the lake lies and stays; one that is there is used")
    return parser.parse_args()


def _append(lake: Lake, rows: int) -> float:
    """Write the day as one capture; gives rows a second, from the first batch until all is listed."""
    began = time.perf_counter()
    intruder_at = int(rows * FRACTION) // 131_072
    with lake.ingest(CaptureRecord(CAPTURE, "bench.pcap", parser_digest="bench")) as ingest:
        for batch in make_batches(rows, START_NS, DAY_NS, CAPTURE, intruder_at=intruder_at):
            ingest.append("modbus", batch)
        ingest.commit(ALERT.arrow.empty_table(), {}, "bench")
    return rows / (time.perf_counter() - began)


def _ask(lake: Lake, runs: int) -> dict[str, dict[str, float]]:
    queries = list_queries()
    taken: dict[str, list[float]] = {name: [] for name in queries}
    worked: dict[str, list[float]] = {name: [] for name in queries}
    for run in range(runs):
        for name, (query, _goal) in queries.items():
            began, worked_before = time.perf_counter(), time.process_time()
            query(lake, START_NS - 1 - run)
            taken[name].append(1_000 * (time.perf_counter() - began))
            worked[name].append(1_000 * (time.process_time() - worked_before))
    return {name: _summarise(name, taken[name], worked[name], goal) for name, (_query, goal) in queries.items()}


def _summarise(name: str, taken: list[float], worked: list[float], goal: float) -> dict[str, float]:
    """Print and give what one query took."""
    median, p95, cpu = statistics.median(taken), percentile(taken, 0.95), statistics.median(worked)
    print(f"{name:<33} median {median:7.1f} ms   p95 {p95:7.1f} ms   CPU {cpu:7.1f} ms   goal {goal:,.0f}", flush=True)
    return {"median_ms": median, "p95_ms": p95, "cpu_ms": cpu, "goal_ms": goal}


def render(document: Mapping[str, Any]) -> str:
    """Write the figures as a table, those of queries in milliseconds."""
    rate, size = document.get("append_rows_per_s", 0), document["size_bytes"] / 1e9
    lines = [
        f"Measured {describe_processors()}.",
        "",
        f"{document['rows']:,} records, {size:.1f} GB; each question {document['runs']} times, in turn.",
        "",
        "| question | median ms | 95 % ms | goal ms |",
        "|---|---:|---:|---:|",
    ]
    for name, figures in document["queries"].items():
        goal = "" if math.isinf(figures["goal_ms"]) else f"{figures['goal_ms']:,.0f}"
        lines.append(f"| {name} | {figures['median_ms']:,.0f} | {figures['p95_ms']:,.0f} | {goal} |")
    written = f"Written: {rate:,.0f} records a second; goal {APPEND_GOAL:,}."
    return "\n".join([*lines, "", *([written, ""] if rate else [])])


def percentile(values: list[float], share: float) -> float:
    """Give the smallest value that ``share`` of them do not exceed."""
    return sorted(values)[math.ceil(share * len(values)) - 1]


if __name__ == "__main__":
    main()
