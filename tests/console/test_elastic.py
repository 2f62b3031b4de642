"""The console over a cluster answers what the one over a lake answers."""

from __future__ import annotations

import json
import re
import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from console.routing import list_routes
from console.work import Work
from console.work_settings import WorkSettings
from console.worker import open_ledger
from correlation.opening import open_elastic, open_store
from tests.support.consoles import EVER, Console, open_console
from tests.support.workers import SITE, make_settings, upload
from tools.elasticsearch.server import Cluster
from wanglou.audit import Actor
from wanglou.bundled import captures_folder
from wanglou.site import load_site

CAPTURES = ("unauthorized_write.pcap", "machining_write.pcap")
QUESTIONS = (
    f"/api/v1/alerts?{EVER}&state=all&limit=500",
    f"/api/v1/alerts?{EVER}&state=open&severity=high,critical",
    f"/api/v1/alerts?{EVER}&q=rule.name:modbus*",
    f"/api/v1/alerts?{EVER}&state=closed",
    f"/api/v1/overview?{EVER}",
    f"/api/v1/incidents?{EVER}",
)
"""What is asked of both; those whose route a console has."""
OWN = re.compile(r"\b(?:incident|INC|case)-[0-9A-Za-z-]+")
"""Ids that a ledger makes up."""
MOVING = ("id", "created", "changed", "updated", "opened", "at", "as_of", "now", "captures", "losses")
"""Keys of what was made at different moments, or tells of the store itself."""


@contextmanager
def fill(store: str, folder: Path) -> Iterator[Console]:
    """Replay captures into a store as uploads are, and open a console over it."""
    folder.mkdir()
    ledger = str(folder / "ledger.db")
    limits = make_settings(folder).limits
    settings = WorkSettings(store, str(folder / "uploads"), ledger, str(SITE), limits=limits)
    with open_ledger(settings) as opened, open_store(store) as made:
        made.init()
        work = Work(settings, opened, load_site(SITE), Actor("system:worker", "box"), threading.Event())
        for name in CAPTURES:
            upload(work.uploads, work.jobs, captures_folder() / name)
            assert work.do_next()
    with open_console(folder, store=store, ledger=ledger) as console:
        yield console


def ask(console: Console, question: str) -> Any:
    """Ask as an analyst; what differs by nature is left out."""
    answer = console.as_("analyst").get(question)
    assert answer.status_code == 200, (question, answer.text)
    return _even(json.loads(answer.text), is_alert="/alerts" in question)


def _even(value: Any, *, is_alert: bool) -> Any:
    if isinstance(value, dict):
        kept = {name: one for name, one in value.items() if name not in MOVING or (is_alert and name == "id")}
        return {name: _even(one, is_alert=is_alert) for name, one in kept.items()}
    if isinstance(value, list):
        return [_even(one, is_alert=is_alert) for one in value]
    return OWN.sub("(own)", value) if isinstance(value, str) else value


@pytest.mark.heavy
@pytest.mark.needs_elasticsearch
def test_pages_answer_alike(elasticsearch: Cluster, tmp_path: Path) -> None:
    """Alerts, overview and incidents of the same captures are the same, after triage too, and pages show them."""
    address = f"{elasticsearch.urls[0]}?prefix=t{secrets.token_hex(6)}&dead={tmp_path}/dead.ndjson"
    try:
        with fill(str(tmp_path / "lake"), tmp_path / "l") as lake, fill(address, tmp_path / "e") as cluster:
            paths = {one.path for one in list_routes(lake.app)}
            asked = [one for one in QUESTIONS if one.partition("?")[0] in paths]
            first = ask(lake, asked[0])["items"]
            assert len(first) > 1
            _take_up(lake, first[0]["id"])
            _take_up(cluster, first[0]["id"])
            for question in asked:
                assert ask(cluster, question) == ask(lake, question), question
            for order in ("-time", "time", "-severity", "-count", "rule"):
                page = f"/alerts?{EVER}&state=all&sort={order}"
                shown = [_list_shown(one, page) for one in (lake, cluster)]
                assert shown[0] == shown[1] != [], order
    finally:
        with open_elastic(address) as store:
            store.remove_all()


def _take_up(console: Console, identity: str) -> None:
    client, path = console.program("analyst"), f"/api/v1/alerts/{identity}"
    etag = client.get(path).headers["etag"]
    assert client.patch(path, json={"state": "closed"}, headers={"if-match": etag}).status_code == 200


def _list_shown(console: Console, page: str) -> list[str]:
    answer = console.as_("analyst").get(page)
    assert answer.status_code == 200
    return re.findall(r'name="id" value="([^"]+)"', answer.text)
