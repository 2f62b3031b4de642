"""Two consoles over the same captures, on a lake and on a cluster, whose answers are held against each other."""

from __future__ import annotations

import difflib
import json
import re
import secrets
import threading
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from console.routing import list_routes
from console.work import Work
from console.work_settings import WorkSettings
from console.worker import open_ledger
from correlation.opening import open_elastic, open_store
from tests.support.consoles import EVER, Console, open_console
from tests.support.routes import PLACE
from tests.support.workers import SITE, make_settings, upload
from wanglou.audit import Actor
from wanglou.bundled import captures_folder
from wanglou.site import load_site

CAPTURES = (
    ("unauthorized_write.pcap", "chem"),
    ("machining_write.pcap", "machining"),
    ("opcua_setpoint_write.pcap.gz", "chem"),
    ("mqtt_command_write.pcap.gz", "energy"),
    ("dns_tunnel.pcap.gz", "chem"),
    ("handle_key_guessing.pcap.gz", "machining"),
)
"""Of every protocol, with attacks, of each enterprise of the demo park."""
NOW_NS = 1_800_000_000 * 10**9
"""What both consoles take for now."""
_OWN = (
    (re.compile(r'(name="csrf" (?:value|content))="[^"]*"'), r'\1="(own)"'),
    (re.compile(r'("instance": "[^"#]*#)[^"]*'), r"\1(own)"),
    (re.compile(r"\b(job|upload|decision|view)-[0-9a-f]{8,}"), r"\1-(own)"),
    (re.compile(r"^id: [0-9a-f-]{36}$", re.MULTILINE), "id: (own)"),
)
"""What a console makes up by itself: secrets of forms, numbers of requests, ids of jobs and of drafts."""
_TIME = re.compile(r'<time datetime="([^"]+)"[^>]*>[^<]*</time>|"(\d{4}-\d\d-\d\dT[\d:.]+Z)"')
_SIZE = re.compile(r"\d[\d.]* (?:B|KB|MB)\b")


@dataclass(frozen=True, slots=True)
class Pair:
    """The two consoles."""

    lake: Console
    cluster: Console
    folder: Path
    began: str
    """When both were filled, RFC 3339: what was done since differs by nature."""

    def ask(self, path: str, name: str, language: str = "zh") -> tuple[str, str]:
        """Give both answers to one question of an account, what differs by nature left out."""
        lake, cluster = (self._even(path, _ask(one, path, name, language)) for one in (self.lake, self.cluster))
        return lake, cluster

    def _even(self, path: str, text: str) -> str:
        for name in "le":
            text = text.replace(str(self.folder / name), "(folder)")
        for pattern, instead in _OWN:
            text = pattern.sub(instead, text)
        text = _TIME.sub(lambda found: found[0] if (found[1] or found[2]) < self.began else "(since)", text)
        return _SIZE.sub("(size)", text) if path.startswith("/captures") else text


def _ask(console: Console, path: str, name: str, language: str) -> str:
    client = console.program(name) if path.startswith("/api/") else console.as_(name, language)
    answer = client.get(path)
    assert answer.status_code < 500, (path, answer.text[:2000])
    kind = answer.headers.get("content-type", "")
    body = answer.text if kind.startswith(("text/", "image/svg", "application/yaml")) else answer.content.hex()
    if "json" in kind and "ndjson" not in kind:
        body = json.dumps(answer.json(), indent=1, ensure_ascii=False, sort_keys=True)
    return f"{answer.status_code} {kind}\n{body}"


def tell_difference(texts: tuple[str, str], most: int = 40) -> list[str]:
    """Give the lines in which two answers differ."""
    lake, cluster = (text.replace("><", ">\n<").splitlines() for text in texts)
    return [line[:300] for line in difflib.unified_diff(lake, cluster, "lake", "cluster", n=0, lineterm="")][:most]


@contextmanager
def open_pair(url: str, folder: Path, captures: Sequence[tuple[str, str]] = CAPTURES) -> Iterator[Pair]:
    """Read the same captures into a lake and into the cluster at ``url``, and open a console over each."""
    address = f"{url}?prefix=t{secrets.token_hex(6)}&dead={folder}/dead.ndjson"
    began = datetime.now(UTC).isoformat()
    with ExitStack() as stack:
        stack.callback(_remove, address)
        lake = stack.enter_context(_fill(str(folder / "lake"), folder / "l", captures))
        cluster = stack.enter_context(_fill(address, folder / "e", captures))
        for console in (lake, cluster):
            console.services.clock = lambda: NOW_NS
            console.services.rules.results()
            console.services.rules.wait(600)  # cases of rules run by themselves, and pages show how far they are
        yield Pair(lake, cluster, folder, began)


def _remove(address: str) -> None:
    with open_elastic(address) as store:
        store.remove_all()


@contextmanager
def _fill(store: str, folder: Path, captures: Sequence[tuple[str, str]]) -> Iterator[Console]:
    """Replay captures into a store as uploads are, and open a console over it."""
    folder.mkdir()
    ledger = str(folder / "ledger.db")
    limits = make_settings(folder).limits
    settings = WorkSettings(store, str(folder / "uploads"), ledger, str(SITE), limits=limits)
    with open_ledger(settings) as opened, open_store(store) as made:
        made.init()
        work = Work(settings, opened, load_site(SITE), Actor("system:worker", "box"), threading.Event())
        for name, enterprise in captures:
            upload(work.uploads, work.jobs, captures_folder() / name, enterprise)
            assert work.do_next()
    with open_console(folder, store=store, ledger=ledger) as console:
        yield console


def list_questions(pair: Pair, name: str, most: int) -> Iterator[str]:
    """List all that can be asked by GET of both consoles; of things that have an id, the first ``most``."""
    ids = {path: _list_ids(pair.lake, path, name, most) for path in _LISTS}
    for declared in list_routes(pair.lake.app):
        if declared.method != "GET" or declared.path.startswith(APART) or declared.path.endswith(_ENDLESS):
            continue
        if not PLACE.search(declared.path):
            yield f"{declared.path}?{EVER}"
            continue
        begin = declared.path.removeprefix("/api/v1").partition("/{")[0]
        for one in ids.get(f"/api/v1{begin}", []):
            yield f"{PLACE.sub(one, declared.path)}?{EVER}"


_LISTS = ("/api/v1/alerts", "/api/v1/incidents", "/api/v1/assets", "/api/v1/captures", "/api/v1/rules",
          "/api/v1/records", "/api/v1/identifiers/records", "/api/v1/risk/enterprises")  # fmt: skip
"""Lists of things whose ids follow from the captures."""
APART = ("/healthz", "/readyz", "/metrics", "/sign-in", "/start", "/account", "/password", "/second-factor", "/store",
          "/health", "/settings", "/sensors", "/users", "/audit", "/api/v1/store", "/api/v1/health", "/api/v1/settings",
          "/api/v1/sensors", "/api/v1/users", "/api/v1/audit", "/api/v1/account", "/api/v1/jobs", "/api/v1/uploads",
          "/captures/jobs", "/wall/open")  # fmt: skip
"""What tells of the store, the process, or what people did, and differs by nature."""
_ENDLESS = ("/events", "/stream")


def _list_ids(console: Console, path: str, name: str, most: int) -> list[str]:
    if path.endswith("/risk/enterprises"):
        return ["chem", "machining", "energy"]
    answer = console.program(name).get(f"{path}?{EVER}&limit={max(most, 1)}")
    if answer.status_code != 200:
        return []
    items: list[dict[str, Any]] = answer.json()["items"]
    key = next((key for key in ("id", "event.id", "capture", "name") if items and key in items[0]), "id")
    return [str(item[key]) for item in items[:most]]
