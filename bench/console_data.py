"""A month of a park for the console: ``python -m bench.console_data [--folder build/bench-console]``.

1,000,000 alerts in 90 captures over 30 days, 10,000 assets with flows, readings and figures of risk, some hundred
incidents, 20,000 alerts that people took up. Made once and kept; a folder that holds the same is left as it is.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import shutil
import time
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from bench.console_alerts import make_alerts, make_patterns
from bench.console_park import DAY_NS, DAYS, START_NS, Enterprise, make_park
from bench.console_records import make_records
from bench.console_register import save_incidents, save_register, save_suppressions, save_triage
from correlation.asset_ledger import ASSETS
from correlation.incident_tables import INCIDENTS
from correlation.lake import Lake
from correlation.partitions import Cut
from correlation.risk_ledger import RISK
from correlation.store import CaptureRecord
from correlation.triage_tables import TRIAGE
from wanglou.ledger import Ledger

FOLDER = Path("build/bench-console")
VERSION = 3
"""Raised when the data change."""


@dataclass(frozen=True, slots=True)
class Size:
    """How much is made."""

    alerts: int = 1_000_000
    assets: int = 10_000
    triaged: int = 20_000
    incidents: int = 400
    days: int = DAYS


def open_ledger(folder: Path) -> Ledger:
    """Open the ledger of the lake with the tables that the console reads."""
    return Ledger(folder / "ledger.db", [INCIDENTS, TRIAGE, ASSETS, RISK], create=True)


def ensure(folder: Path, size: Size) -> Path:
    """Make the data unless the folder holds them; gives the folder of the lake, whose ledger holds the rest."""
    mark, wanted = folder / "made.json", {**asdict(size), "version": VERSION}
    if not mark.is_file() or json.loads(mark.read_text()) != wanted:
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        _make(folder / "lake", size)
        mark.write_text(json.dumps(wanted))
    return folder / "lake"


def _make(folder: Path, size: Size) -> None:
    park = make_park(size.assets)
    with Lake(folder, reserve_bytes=0, cut=Cut(split_hours=1)) as lake:  # one file a day of each dataset: quickly made
        lake.init()
        with open_ledger(folder) as ledger:
            _tell("assets and risk", lambda: save_register(ledger, park))
            for enterprise in park:
                _tell(f"captures of {enterprise.name}", lambda one=enterprise: _fill(lake, ledger, one, size))
            _tell("compaction", lake.compact)
            save_suppressions(ledger, ("modbus_write_unauthorized", "dns_tunnel", "flow_port_scan"))


def _fill(lake: Lake, ledger: Ledger, enterprise: Enterprise, size: Size) -> None:
    chance = np.random.default_rng(100 + enterprise.number)
    patterns = make_patterns(enterprise, chance)
    parts = 3 * size.days
    for day in range(size.days):
        capture = hashlib.sha256(f"{enterprise.name} {day}".encode()).hexdigest()
        number = 3 * day + enterprise.number
        count = size.alerts * (number + 1) // parts - size.alerts * number // parts
        start_ns = START_NS + day * DAY_NS
        alerts = make_alerts(patterns, capture, start_ns, DAY_NS, count, chance)
        record = CaptureRecord(capture, f"{enterprise.name}-{day + 1:02d}.pcap", size_bytes=10**8, parser_digest="1")
        with lake.ingest(record) as ingest:
            for name, table in make_records(enterprise, capture, start_ns, DAY_NS, chance).items():
                ingest.append(name, table)
            counters = {"packets": 10**6, "flow_table_full": day % 4, "stream_gaps": 3 * day, "truncated": 0}
            ingest.commit(alerts, counters, "bench")
        save_incidents(ledger, capture, alerts, max(1, size.incidents // parts))
        chosen = chance.permutation(count)[: size.triaged // parts + 1].tolist()
        ids = alerts["event.id"].take(chosen).to_pylist()
        save_triage(ledger, dict.fromkeys(ids, enterprise.name))


def _tell(what: str, do: object) -> None:
    began = time.perf_counter()
    do()  # type: ignore[operator]
    print(f"{what:<30} {time.perf_counter() - began:8.1f} s", flush=True)


def main() -> None:
    """Make the data."""
    parser = argparse.ArgumentParser(prog="python -m bench.console_data", description=__doc__)
    parser.add_argument("--folder", type=Path, default=FOLDER)
    for name, value in asdict(Size()).items():
        parser.add_argument(f"--{name}", type=int, default=value)
    arguments = vars(parser.parse_args())
    print(ensure(arguments.pop("folder"), Size(**arguments)))


if __name__ == "__main__":
    main()
