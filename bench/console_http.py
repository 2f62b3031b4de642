"""How quickly the console answers: ``python -m bench.console_http [--runs 20] [--load-s 60] [--users 50]``.

It is served as ``wanglou serve`` does over the data of ``bench.console_data``. Users sign in by the form. Every page
that some role may see is found in the table of routes and, where its path has a variable, among the links of other
pages; each is asked alone, then 50 users ask 10 pages a second together. Times are the client's, from sending to the
last byte, over loopback: what the server takes and a little more.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import re
import statistics
import tempfile
import threading
import time
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from bench.console_client import User
from bench.console_data import FOLDER, Size, ensure
from bench.console_paint import measure_paint
from bench.console_park import DAY_NS, END_NS
from bench.console_routes import Place, find_places
from bench.console_server import PASSWORD, Server, prepare, run_server, settle
from bench.lake import percentile
from bench.page import describe_processors, replace_part
from console.permission import ROLES as PERMITTED
from console.permission import Role

PART = "console"
GOAL_MS, LOAD_GOAL_MS, GOAL_MB = 200, 500, 500
ROLES: tuple[Role, ...] = (
    "analyst", "enterprise_user", "responder", "leader", "reviewer", "auditor", "park_admin",
)  # fmt: skip
"""Roles of people; users have them by turns."""
SLOWEST = 3
"""Pages that are told above all others."""
FIRST_MINUTE = 1_000
"""Minutes before the end of the data at which users begin to ask together: what they ask was not asked before."""


@dataclass(frozen=True, slots=True)
class Timed:
    """How long one page took, milliseconds."""

    role: str
    address: str
    path: str
    """As its route declares it."""
    p50_ms: float
    p95_ms: float


@dataclass(frozen=True, slots=True)
class Load:
    """How many users fared together, milliseconds."""

    users: int
    asked: int
    per_s: float
    p50_ms: float
    p95_ms: float
    failed: int


def sign_in(server: Server, roles: Sequence[Role]) -> list[User]:
    """Sign everybody in, one after another."""
    users = []
    for number, role in enumerate(roles, 1):
        user = User(server.port, number, role)
        user.sign_in(f"user{number}", PASSWORD)
        users.append(user)
    return users


def measure_pages(places: Iterable[Place], users: Mapping[Role, User], runs: int) -> list[Timed]:
    """Ask each page once to warm up, then ``runs`` times, each over another minute."""
    timed = []
    for place in places:
        user = users[place.role]
        seconds = [user.ask(move(place.address, run)).seconds for run in range(runs + 1)][1:]
        its = [1_000 * one for one in seconds]
        one = Timed(place.role, place.address, place.path, statistics.median(its), percentile(its, 0.95))
        mark = "" if one.p95_ms <= GOAL_MS else "  above the goal"
        print(f"{one.role:<16} {one.address[:88]:<88} {one.p50_ms:7.1f} {one.p95_ms:7.1f} ms{mark}", flush=True)
        timed.append(one)
    return timed


def measure_load(places: Sequence[Place], users: Sequence[User], seconds: float, per_s: float) -> Load:
    """Let users ask pages of their role at a steady rate, whether earlier ones were answered or not.

    Waiting counts: times are from the moment a page was due. The time that pages show goes on each minute, as that of
    a page up to now does. Users of all roles ask what their role may see.
    """
    by_role = {role: _list_seen(places, role) for role in {one.role for one in users}}
    asking = [user for user in users if by_role[user.role]]
    chance = random.Random(7)  # noqa: S311 - the same mixture each time
    chosen = []
    for number in range(int(seconds * per_s)):
        user = asking[number % len(asking)]
        chosen.append((user, move(chance.choice(by_role[user.role]), FIRST_MINUTE + int(number / per_s) // 60)))
    locks = {user.number: threading.Lock() for user in asking}
    began = time.perf_counter() + 0.2

    def ask(number: int) -> tuple[float, int]:
        user, address = chosen[number]
        due = began + number / per_s
        time.sleep(max(0.0, due - time.perf_counter()))
        with locks[user.number]:
            status = user.ask(address).status
        return 1_000 * (time.perf_counter() - due), status

    with ThreadPoolExecutor(len(asking)) as pool:
        answers = list(pool.map(ask, range(len(chosen))))
    took = time.perf_counter() - began
    its = [milliseconds for milliseconds, _ in answers]
    failed = sum(status != 200 for _, status in answers)
    return Load(len(asking), len(its), len(its) / took, statistics.median(its), percentile(its, 0.95), failed)


def move(address: str, minutes: int) -> str:
    """Let the period of an address begin and end some minutes earlier."""

    def turn(found: re.Match[str]) -> str:
        return (datetime.fromisoformat(found[0]) - timedelta(minutes=minutes)).strftime("%Y-%m-%dT%H:%M:%SZ")

    return re.sub(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", turn, address)


def _list_seen(places: Sequence[Place], role: Role) -> list[str]:
    """List the pages that a role may see, also those that were measured as another role."""
    own = [place for place in places if place.role == role]
    may = [place for place in places if place.role == "analyst" and place.permission in {None, *PERMITTED[role]}]
    fixed = [place for place in may if "{" not in place.path]
    return [place.address for place in own or fixed]


def render(document: Mapping[str, Any]) -> str:
    """Write the figures for a page."""
    load, pages = document["load"], document["pages"]
    lines = [
        f"Measured {describe_processors()}; each page {document['runs']} times.",
        "",
        "| figure | measured | goal |",
        "|---|---:|---|",
    ]
    slowest = sorted(pages, key=lambda one: -float(one["p95_ms"]))[:SLOWEST]
    for place, one in enumerate(slowest, 1):
        told = f"slowest page {place}, {_name_page(one)} as {one['role']}, p95 ms"
        lines.append(f"| {told} | {one['p95_ms']:.0f} | at most {GOAL_MS} |")
    lines.append(f"| pages of {len(pages)} above the goal | {sum(one['p95_ms'] > GOAL_MS for one in pages)} | 0 |")
    if load:
        told = f"{load['users']} users, {load['per_s']:.1f} pages a second together"
        lines += [f"| {told}: p50 ms | {load['p50_ms']:.0f} | |"]
        lines += [f"| the same: p95 ms | {load['p95_ms']:.0f} | at most {LOAD_GOAL_MS} |"]
    lines += [f"| resident memory at most, MB | {document['most_mb']:.0f} | below {GOAL_MB} |"]
    lines += [f"| first paint of {path} in chromium, ms | {ms:.0f} | |" for path, ms in document["paint"].items()]
    lines += ["", "| page | role | p50 ms | p95 ms |", "|---|---|---:|---:|"]
    for one in pages:
        lines.append(f"| {_name_page(one)} | {one['role']} | {one['p50_ms']:.0f} | {one['p95_ms']:.0f} |")
    return "\n".join([*lines, ""])


def _name_page(one: Mapping[str, Any]) -> str:
    """Write a page as its route declares it, with what it was asked."""
    asked = one["address"].partition("?")[2]
    if "{" in one["path"]:
        asked = "&".join(part for part in asked.split("&") if part.startswith("tab="))
    told = f"{one['path']}?{asked}" if asked else one["path"]
    return "`" + told.replace("|", "\\|") + "`"


def run(lake: Path, arguments: argparse.Namespace) -> dict[str, Any]:
    """Measure everything on a server of our own."""
    roles = [ROLES[number % len(ROLES)] for number in range(max(arguments.users, len(ROLES)))]
    with tempfile.TemporaryDirectory(prefix="wanglou-bench-") as name:
        ledger = Path(name) / "ledger.db"
        routes = prepare(lake, ledger, roles)
        with run_server(lake, ledger) as server:
            print(f"the worker was busy for {settle(server):.0f} s", flush=True)
            users = sign_in(server, roles)
            try:
                one_each = {user.role: user for user in reversed(users)}
                places, others = find_places(routes, one_each, END_NS, DAY_NS)
                chosen = [one for one in places if arguments.only in one.address]
                print(f"{len(chosen)} pages; without one: {', '.join(others) or 'none'}", flush=True)
                pages = measure_pages(chosen, one_each, arguments.runs)
                print(f"resident {server.resident_mb():.0f} MB", flush=True)
                load = measure_load(chosen, users, arguments.load_s, arguments.per_s) if arguments.load_s else None
                paint = {} if arguments.no_paint else measure_paint(server.port, one_each["analyst"], chosen)
                most_mb = server.resident_mb("VmHWM")
            finally:
                for user in users:
                    user.close()
    return {
        "runs": arguments.runs,
        "pages": [asdict(one) for one in pages],
        "without": others,
        "load": asdict(load) if load else None,
        "most_mb": most_mb,
        "paint": paint,
    }


def main() -> None:
    """Measure and tell."""
    parser = argparse.ArgumentParser(prog="python -m bench.console_http", description=__doc__)
    parser.add_argument("--folder", type=Path, default=FOLDER)
    parser.add_argument("--runs", type=int, default=20, help="how often each page is asked (default 20)")
    parser.add_argument("--load-s", type=float, default=60, help="seconds that users ask together; 0: not")
    parser.add_argument("--per-s", type=float, default=10, help="pages that they ask each second together")
    parser.add_argument("--users", type=int, default=50, choices=range(1, 251), metavar="N")
    parser.add_argument("--only", default="", help="pages whose addresses hold this")
    parser.add_argument("--no-paint", action="store_true", help="without chromium")
    parser.add_argument("--page", type=Path, help="write the figures into this page, between its marks")
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    print(f"load {os.getloadavg()[0]:.1f}")
    document = run(ensure(arguments.folder, Size()), arguments)
    print(json.dumps({name: document[name] for name in ("load", "most_mb", "paint")}, indent=1))
    print(f"load at the end {os.getloadavg()[0]:.1f}")
    if arguments.json:
        arguments.json.write_text(json.dumps(document, indent=1), encoding="utf-8")
    if arguments.page:
        replace_part(arguments.page, PART, render(document))


if __name__ == "__main__":
    main()
