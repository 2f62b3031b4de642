"""How long the pages' questions take on a month of a park: ``python -m bench.console [--runs 20] [--only WORDS]``.

The data are those of ``bench.console_data``, made when they are not there. Each question is asked ``--runs`` times. The
goal is 100 ms of the 95th percentile on an idle machine of two processors; beside it stands the time of the processors.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import statistics
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from bench.console_data import FOLDER, Size, ensure, open_ledger
from bench.console_park import DAY_NS, END_NS
from bench.lake import percentile
from correlation import (
    alert_detail,
    alert_figures,
    alert_list,
    asset_detail,
    asset_list,
    audit_list,
    conversations,
    identifier_figures,
    incident_list,
    overview,
    pairs,
    readings,
    rule_figures,
)
from correlation.alert_filter import AlertFilter, AlertQueries
from correlation.alert_states import AlertStates
from correlation.asset import Asset
from correlation.hosts import Hosts
from correlation.lake import Lake
from detection.attack import load_catalogue
from detection.preparation import prepare_rules
from detection.rule import SHIPPED
from wanglou.audit_rows import Asked
from wanglou.errors import UsageError

GOAL_MS = 100
OPEN = frozenset({"new", "acknowledged"})
_PERIODS: list[dict[str, Any]] = [{"start_ns": END_NS - days * DAY_NS, "end_ns": END_NS} for days in (30, 7, 1)]
MONTH, WEEK, DAY = _PERIODS
FILTERS = {
    "month": AlertFilter(**MONTH),
    "month, open": AlertFilter(states=OPEN, **MONTH),
    "month, one enterprise, open": AlertFilter(states=OPEN, enterprises=frozenset({"pharma"}), **MONTH),
    "month, by text": AlertFilter("destination.ip:10.10.3.0/24 AND rule.level:high", **MONTH),
    "month, one person's": AlertFilter(states=frozenset({"acknowledged"}), assignee="li.na", **MONTH),
    "week, open": AlertFilter(states=OPEN, **WEEK),
    "day, open": AlertFilter(states=OPEN, **DAY),
}

Question = Callable[[], object]


class Pages:
    """The questions of all pages, over one lake and one snapshot of its ledger."""

    def __init__(self, lake: Lake, connection: sa.Connection) -> None:
        """Ask ``lake`` and ``connection``."""
        self._lake, self._connection = lake, connection
        self._queries = AlertQueries(lake, AlertStates(), lambda: END_NS)
        self._rules = prepare_rules((SHIPPED,), None)
        self._techniques = alert_figures.techniques_of(self._rules)

    def questions(self) -> Mapping[str, Question]:
        """Give all of them by name."""
        asked: dict[str, Question] = {}
        for name, one in FILTERS.items():
            asked |= {f"alerts, {name}: {what}": question for what, question in self._alerts(one).items()}
        return asked | self._alert() | self._overview() | self._incidents() | self._assets() | self._others()

    def _alerts(self, one: AlertFilter) -> dict[str, Question]:
        queries, connection = self._queries, self._connection
        first = alert_list.list_alerts(queries, connection, one)
        step = alert_figures.choose_interval(one.start_ns or 0, one.end_ns or 0)
        asked: dict[str, Question] = {
            "next page": lambda: alert_list.list_alerts(queries, connection, one, cursor=first.next),
            "histogram": lambda: alert_figures.draw_histogram(queries, connection, one, step),
            "total": lambda: alert_figures.count_alerts(queries, connection, one),
            "states": lambda: alert_figures.count_states(queries, connection, one),
            "facets": lambda: alert_figures.figure_alerts(queries, connection, one, self._techniques),
        }
        for order in alert_list.ORDERS:
            asked[f"by {order}"] = lambda order=order: alert_list.list_alerts(queries, connection, one, order=order)  # type: ignore[misc]
        return asked

    def _alert(self) -> dict[str, Question]:
        queries, connection = self._queries, self._connection
        line = alert_list.list_alerts(queries, connection, FILTERS["week, open"]).lines[7]
        at_ns = int(str(line.record["@timestamp"]))
        return {
            "alert: found with its time": lambda: alert_detail.find_alert(self._lake, connection, line.id, None, at_ns),
            "alert: found by id alone": lambda: alert_detail.find_alert(self._lake, connection, line.id),
            "alert: related": lambda: alert_detail.find_related(self._lake, connection, line.record),
            "alert: history": lambda: alert_detail.list_history(connection, "alert", line.id),
            "alerts: 10,000 ids": lambda: alert_list.select_ids(queries, connection, FILTERS["week, open"], 10_000),
        }

    def _overview(self) -> dict[str, Question]:
        connection = self._connection
        return {
            "overview: risk of assets": lambda: overview.list_risks(connection, "asset"),
            "overview: risk of enterprises": lambda: overview.list_risks(connection, "enterprise"),
            "overview: trend": lambda: overview.read_trend(connection),
            "overview: ages of incidents": lambda: overview.age_incidents(connection, END_NS),
            "overview: losses": lambda: overview.find_losses(self._lake.captures(), dict),
        }

    def _incidents(self) -> dict[str, Question]:
        connection, asked = self._connection, incident_list.IncidentFilter(**MONTH)
        case = incident_list.list_incidents(connection, asked, order="alerts").cases[0]
        its = AlertFilter(incident=case.id)
        return {
            "incidents: list": lambda: incident_list.list_incidents(connection, asked),
            "incidents: by text": lambda: incident_list.list_incidents(
                connection, incident_list.IncidentFilter(text="10.10.3.7")
            ),
            "incidents: counts": lambda: incident_list.count_incidents(connection, asked),
            f"incidents: alerts of one of {case.incident.alerts:,}": lambda: alert_list.list_alerts(
                self._queries, connection, its
            ),
        }

    def _assets(self) -> dict[str, Question]:
        connection, every = self._connection, asset_list.AssetFilter()
        some = asset_list.AssetFilter("siemens line3", types=frozenset({"plc", "rtu"}))
        asked: dict[str, Question] = {
            f"assets: by {order}": lambda order=order: asset_list.list_assets(connection, every, order=order)  # type: ignore[misc]
            for order in asset_list.ORDERS
        }
        asked |= {
            "assets: filtered": lambda: asset_list.list_assets(connection, some),
            "assets: facets": lambda: asset_list.figure_assets(connection, every),
            "assets: count": lambda: asset_list.count_assets(connection, some),
        }
        asset = self._find_asset("10.10.0.8")
        point = readings.list_points(self._lake, asset, **MONTH)[0].point
        flows, hosts = pairs.read_pairs(self._lake, **MONTH), Hosts(connection)
        return asked | {
            "asset: found": lambda: asset_detail.find_asset(connection, asset.id),
            "asset: found by address": lambda: self._find_asset("10.10.0.8"),
            "asset: risk": lambda: asset_detail.read_risks(connection, asset),
            "asset: services, month": lambda: asset_detail.list_dealings(self._lake, asset, **MONTH),
            "asset: services, week": lambda: asset_detail.list_dealings(self._lake, asset, **WEEK),
            "asset: points, month": lambda: readings.list_points(self._lake, asset, **MONTH),
            "asset: points, week": lambda: readings.list_points(self._lake, asset, **WEEK),
            "asset: values of a point": lambda: readings.read_values(self._lake, asset, point, **MONTH),
            "topology: inventory": lambda: Hosts(connection),
            "topology: flows, month": lambda: pairs.read_pairs(self._lake, **MONTH),
            "topology: flows, week": lambda: pairs.read_pairs(self._lake, **WEEK),
            "topology: drawing": lambda: conversations.draw_topology(hosts, flows),
            "matrix: drawing": lambda: conversations.draw_matrix(hosts, flows),
        }

    def _find_asset(self, address: str) -> Asset:
        found = asset_detail.find_asset_of(self._connection, "chemical", address)
        if found is None:
            raise UsageError(f"no asset at {address}", do="remove the folder of the data, they will be made anew")
        return found

    def _others(self) -> dict[str, Question]:
        lake, connection = self._lake, self._connection
        week_ns = END_NS - 7 * DAY_NS
        return {
            "identifiers: prefixes": lambda: identifier_figures.list_prefixes(lake, **MONTH),
            "identifiers: who resolves": lambda: identifier_figures.list_actors(lake, "resolved", **MONTH),
            "identifiers: who changes": lambda: identifier_figures.list_actors(lake, "changed", **MONTH),
            "identifiers: errors": lambda: identifier_figures.list_faults(lake, **MONTH),
            "identifiers: counts": lambda: identifier_figures.count_identifiers(lake, **MONTH),
            "identifiers: novelty": lambda: identifier_figures.find_novelty(lake, week_ns, END_NS),
            "rules: hits": lambda: rule_figures.count_hits(lake, **MONTH),
            "rules: coverage": lambda: rule_figures.draw_coverage(self._rules, load_catalogue(), {}),
            "audit: list": lambda: audit_list.list_audit(connection, Asked()),
            "audit: by action": lambda: audit_list.list_audit(connection, Asked(action="incident.*")),
            "audit: count": lambda: audit_list.count_audit(connection, Asked(kind="alert")),
            "audit: choices": lambda: audit_list.list_choices(connection),
            "captures": lake.captures,
        }


def measure(question: Question, runs: int) -> dict[str, float]:
    """Ask once to warm up, then ``runs`` times; milliseconds."""
    walls: list[float] = []
    works: list[float] = []
    for run in range(runs + 1):
        began, worked = time.perf_counter(), time.process_time()
        question()
        if run:
            walls.append(1_000 * (time.perf_counter() - began))
            works.append(1_000 * (time.process_time() - worked))
    return {
        "median_ms": statistics.median(walls),
        "p95_ms": percentile(walls, 0.95),
        "cpu_ms": statistics.median(works),
    }


def main() -> None:
    """Print the figures, the slow ones marked."""
    parser = argparse.ArgumentParser(prog="python -m bench.console", description=__doc__)
    parser.add_argument("--runs", type=int, default=20)
    parser.add_argument("--folder", type=Path, default=FOLDER)
    parser.add_argument("--only", default="", help="questions whose names hold this")
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    folder = ensure(arguments.folder, Size())
    with ExitStack() as stack:
        lake = stack.enter_context(Lake(folder))
        connection = stack.enter_context(stack.enter_context(open_ledger(folder)).reading())
        questions = Pages(lake, connection).questions()
        chosen = {name: one for name, one in questions.items() if arguments.only in name}
        print(f"load {os.getloadavg()[0]:.1f}")
        figures = {}
        for name, question in chosen.items():
            one = figures[name] = measure(question, arguments.runs)
            told = f"median {one['median_ms']:7.1f}  p95 {one['p95_ms']:7.1f}  CPU {one['cpu_ms']:7.1f} ms"
            print(f"{name:<48} {told}{'' if one['p95_ms'] <= GOAL_MS else '  above the goal'}", flush=True)
    resident_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6
    print(f"load at the end {os.getloadavg()[0]:.1f}, resident at most {resident_mb:.0f} MB")
    if arguments.json:
        arguments.json.write_text(json.dumps(figures, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
