"""How long 100,000 alerts take to become incidents: ``python -m bench.storm [--alerts N] [--store] [--cluster URL]``.

``few`` are 40 attackers on 1,000 targets, ``many`` 50,000 sources on 1,000, with four rules. ``varied`` are 5,000
sources and ``some`` 500, each with any 3 of 35 rules. ``apart`` are 5,000 attackers each on a target of its own, in
1,000 enterprises, which makes the most incidents. With ``--store`` alerts are read from a lake and the incidents kept
in a ledger, with ``--cluster`` from Elasticsearch; without either the grouping alone is timed.
"""

from __future__ import annotations

import argparse
import random
import secrets
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pyarrow as pa

from correlation.incident_scopes import group_scope
from correlation.incident_tables import INCIDENTS
from correlation.incidents import Incidents
from correlation.lake import Lake
from correlation.opening import LEDGER, open_elastic
from correlation.store import CaptureRecord, Store
from correlation.triage_tables import TRIAGE
from detection.alert import ALERT
from wanglou.ledger import Ledger

Rule = tuple[str, str, int, str]
"""Name, technique, severity and class."""
RULES: tuple[Rule, ...] = (
    ("modbus_write_unauthorized", "T0855", 75, "违规操作事件"),
    ("modbus_read_unauthorized", "T0801", 45, "网络攻击事件"),
    ("modbus_exception_storm", "T0888", 50, "网络攻击事件"),
    ("modbus_server_silent", "T0814", 60, "异常行为事件"),
)
VARIED = tuple((f"modbus_rule_{number}", *RULES[number % 3][1:]) for number in range(35))
"""Rules of a storm in which hardly two sources raise the same ones."""
START_NS, SECOND_NS = 1_790_000_000 * 10**9, 10**9
SPAN_S = 6 * 3600
SOURCES = {"few": 40, "many": 50_000, "varied": 5_000, "some": 500, "apart": 5_000}
"""Kinds of storms, and how many sources each has."""
OF_A_SOURCE = 3
"""Rules that one source of a varied storm raises."""


def make_storm(count: int, kind: str) -> pa.Table:
    """Make ``count`` alerts of six hours."""
    chance = random.Random(kind)  # noqa: S311 - made-up traffic, the same in every run
    rules: list[Sequence[Rule]] = [RULES] * SOURCES[kind]
    if kind in {"varied", "some"}:
        rules = [chance.sample(VARIED, OF_A_SOURCE) for _ in range(SOURCES[kind])]
    return pa.Table.from_pylist(
        [_make_alert(number, kind, rules, chance) for number in range(count)], schema=ALERT.arrow
    )


def _make_alert(number: int, kind: str, rules: Sequence[Sequence[Rule]], chance: random.Random) -> dict[str, Any]:
    attacker = chance.randrange(len(rules))
    rule, technique, severity, event_class = chance.choice(rules[attacker])
    start = START_NS + chance.randrange(SPAN_S) * SECOND_NS
    target, enterprise = chance.randrange(1_000), "chem"
    if kind == "apart":
        target, enterprise = attacker, f"enterprise-{attacker % 1_000}"
    return {
        "@timestamp": start,
        "event.id": f"alert-{number:032x}",
        "event.dataset": "alert",
        "event.start": start,
        "event.end": start + chance.randrange(3600) * SECOND_NS,
        "event.severity": severity,
        "organization.id": enterprise,
        "source.ip": None if rule == "modbus_server_silent" else f"10.9.{attacker // 250}.{attacker % 250}",
        "destination.ip": f"10.1.{target // 250}.{target % 250}",
        "rule.name": rule,
        "threat.technique.id": [technique],
        "wanglou.event_class.name": event_class,
        "wanglou.alert.dataset": "modbus",
        "wanglou.alert.count": 1,
        "wanglou.capture": "a" * 64,
        "wanglou.packet": 1,
        "wanglou.packet_end": 1,
    }


def measure(alerts: pa.Table, *, with_store: bool, cluster: str = "") -> Iterator[tuple[str, float]]:
    """Give what was done with its seconds; ``cluster`` is the address of one that takes the lake's place."""
    began = time.perf_counter()
    found = list(group_scope(alerts))
    yield f"grouped and told: {len(found)} incidents", time.perf_counter() - began
    if not with_store:
        return
    with tempfile.TemporaryDirectory(prefix="wanglou-bench-") as name, _open(Path(name), cluster) as store:
        with store.ingest(CaptureRecord("a" * 64, "storm")) as ingest:
            ingest.commit(alerts, {}, "digest")
        with Ledger(Path(name) / LEDGER, [INCIDENTS, TRIAGE], create=True) as ledger:
            incidents = Incidents(ledger)
            for what in ("read, grouped and kept", "nothing new"):
                began = time.perf_counter()
                incidents.update(store, ["a" * 64])
                yield what, time.perf_counter() - began


@contextmanager
def _open(folder: Path, cluster: str) -> Iterator[Store]:
    """Open an empty lake, or a store of its own on a cluster that is removed at the end."""
    if not cluster:
        with Lake(folder / "lake") as lake:
            yield lake
        return
    address = f"{cluster}?prefix=storm{secrets.token_hex(4)}&dead={folder}/dead.ndjson"
    with open_elastic(address) as store:
        try:
            yield store
        finally:
            store.remove_all()


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(prog="python -m bench.storm", description=__doc__)
    parser.add_argument("--alerts", type=int, default=100_000, help="alerts of a storm (default 100000)")
    parser.add_argument("--store", action="store_true", help="read from a lake and keep in a ledger as well")
    parser.add_argument("--cluster", default="", metavar="URL", help="the same on Elasticsearch")
    arguments = parser.parse_args()
    with_store = arguments.store or bool(arguments.cluster)
    for kind in SOURCES:
        alerts = make_storm(arguments.alerts, kind)
        for what, seconds in measure(alerts, with_store=with_store, cluster=arguments.cluster):
            print(f"{kind:<6} {what:<40} {seconds:8.3f} s")


if __name__ == "__main__":
    main()
