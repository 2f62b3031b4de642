"""Made-up alerts with many ties, and a lake and a ledger that hold them."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from correlation.alert_filter import AlertQueries
from correlation.alert_states import AlertStates
from correlation.asset import Asset, Event, make_id
from correlation.asset_ledger import ASSETS
from correlation.incident_tables import INCIDENTS
from correlation.lake import Lake
from correlation.risk_ledger import RISK
from correlation.store import CaptureRecord
from correlation.triage_tables import TRIAGE
from detection.alert import ALERT
from tests.support.lakes import HOUR_NS, START_NS, Record
from wanglou.audit import Actor
from wanglou.ledger import Ledger

ACTOR = Actor("user:li", "192.0.2.1")
RULES = (("modbus_write", "high", 75), ("dns_tunnel", "medium", 50), ("scan", "low", 30), ("scan_fast", "low", 30))


def make_alerts(count: int, capture: str, seed: int = 1, start_ns: int = START_NS) -> list[Record]:
    """Make alerts of a few hours; some have equal times, severities, counts and rules."""
    chance = random.Random(seed)  # noqa: S311 - made-up alerts, the same in every run
    return [_make(number, capture, start_ns, chance) for number in range(count)]


def _make(number: int, capture: str, start_ns: int, chance: random.Random) -> Record:
    rule, level, severity = chance.choice(RULES)
    time = start_ns + chance.randrange(40) * HOUR_NS // 10
    return {
        "@timestamp": time,
        "event.id": f"alert-{capture[0]}{chance.getrandbits(60):016x}{number:06x}",
        "event.kind": "alert",
        "event.dataset": "alert",
        "event.start": time,
        "event.end": time + HOUR_NS,
        "event.severity": severity,
        "source.ip": f"10.0.0.{chance.randrange(4)}" if chance.random() < 0.9 else None,
        "destination.ip": f"10.0.1.{chance.randrange(3)}",
        "organization.id": chance.choice(("chem", "mach")),
        "rule.name": rule,
        "rule.level": level,
        "threat.technique.id": ["T0855"],
        "wanglou.alert.dataset": "modbus",
        "wanglou.alert.count": chance.choice((1, 1, 1, 2, 7, 19, 19, 300)),
        "wanglou.capture": capture,
        "wanglou.packet": number,
        "wanglou.packet_end": number,
    }


def write_alerts(lake: Lake, capture: str, alerts: list[Record]) -> None:
    """Put alerts into a lake as those of one capture."""
    table = pa.Table.from_pylist(alerts, schema=ALERT.arrow)
    with lake.ingest(CaptureRecord(capture, f"{capture[:4]}.pcap", parser_digest="1")) as ingest:
        ingest.commit(table, {"packets": 10, "stream_gaps": 2}, "rules")


@dataclass(frozen=True, slots=True)
class Desk:
    """A lake with its ledger, and what asks them."""

    lake: Lake
    ledger: Ledger
    queries: AlertQueries


@contextmanager
def open_desk(folder: Path) -> Iterator[Desk]:
    """Open an empty lake with the tables that pages read."""
    with Lake(folder / "lake", reserve_bytes=0) as lake:
        lake.init()
        with Ledger(folder / "lake" / "ledger.db", [INCIDENTS, TRIAGE, ASSETS, RISK], create=True) as ledger:
            yield Desk(lake, ledger, AlertQueries(lake, AlertStates(), lambda: START_NS + 24 * HOUR_NS))


def make_asset(number: int, enterprise: str = "chem") -> Asset:
    """Make an asset at ``10.0.0.<number>``."""
    ip = f"10.0.0.{number}"
    key = f"ip:{ip}"
    return Asset(
        make_id(enterprise, key), enterprise, "", key, (key,), f"PLC-{number}", "plc", (ip,),
        (f"02-00-00-00-00-{number:02X}",), "Siemens", "S7", "1.0", f"SN{number}", "line", 1.0, 3, "", "", "inside",
        "active", 0.9, "", START_NS, START_NS + HOUR_NS, (("seen", ip),), {"vendor": ("Siemens",)}, (),
        (Event(START_NS, "new"),),
    )  # fmt: skip
