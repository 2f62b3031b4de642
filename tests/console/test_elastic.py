"""The console over a cluster answers what the one over a lake answers, on every page, to different accounts."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from typing import Any
from urllib.parse import quote

import pytest

from console.navigation import GROUPS
from tests.support.alike import APART, Pair, list_questions, open_pair, tell_difference
from tests.support.consoles import EVER, Console
from tools.elasticsearch.server import Cluster

pytestmark = [pytest.mark.heavy, pytest.mark.needs_elasticsearch]
NAMES = ("analyst", "enterprise_user")
QUERIES = (
    "source.ip:10.0.0.0/8 AND NOT event.outcome:success",
    "destination.port:[1 TO 1023] OR network.transport:udp",
    "@timestamp:[2026-01-01 TO now]",
    "source.ip:*",
    "source.ip:(",
    "no.such.field:1",
)
LISTS = {
    "/alerts": ("state=all", "state=closed", "state=all&severity=high,critical", "state=all&q=rule.name:modbus*",
                *(f"state=all&sort={order}" for order in ("-time", "time", "-severity", "-count", "rule")),
                "q=rule.name:(", "state=all&limit=3", "state=all&assignee=li"),
    "/incidents": ("status=new", "status=closed", "sort=-severity", "sort=time", "q=write", "assignee=-"),
    "/assets": ("scope=all", "scope=all&sort=-seen", "scope=all&sort=address", "q=10.", "q=plc", "enterprise=chem"),
    "/assets/topology": ("enterprise=chem", "enterprise=machining", "enterprise=none"),
    "/assets/conversations": ("enterprise=chem", "size=16", "view=table"),
    "/captures": ("sort=-size", "sort=name", "q=dns"),
    "/risk": ("enterprise=chem",),
    "/rules": ("sort=-hits", "hits=some", "q=modbus"),
    "/identifiers": ("view=prefixes", "view=actors", "view=faults", "view=novelty", "view=records"),
}  # fmt: skip
"""Pages, and what their filters can say."""
DATASETS = ("flow", "modbus", "opcua", "mqtt", "dns", "handle", "identifier", "asset", "http", "tls", "alert")
FIELDS = ("source.ip", "destination.port", "event.action", "event.outcome", "organization.id", "no.such")


def list_more() -> Iterator[str]:
    """List what the filters of pages and of the API can ask."""
    for path, asked in LISTS.items():
        yield from (f"{path}?{EVER}&{one}" for one in asked)
    yield from (f"{path}?from=now-7d&to=now" for path in ("/", "/alerts", "/hunt", "/risk", "/identifiers"))
    yield f"/alerts?{EVER.replace('2000', '2026')}&state=all"
    for dataset in DATASETS:
        yield f"/hunt?{EVER}&dataset={dataset}"
        yield f"/hunt?{EVER}&dataset={dataset}&sort=@timestamp"
        for part in ("", "/histogram", "/fields", ".csv", ".ndjson"):
            yield f"/api/v1/records{part}?{EVER}&dataset={dataset}"
        for field in FIELDS:
            yield f"/api/v1/records/values?{EVER}&dataset={dataset}&field={field}"
    for dataset, query in product(("flow", "modbus"), QUERIES):
        for part in ("/hunt", "/hunt/rule", "/api/v1/records", "/api/v1/records/histogram", "/api/v1/records.csv"):
            yield f"{part}?{EVER}&dataset={dataset}&q={query}"


@pytest.fixture(scope="module")
def pair(elasticsearch: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    """Give the two consoles; an alert was closed and an incident taken up in both."""
    with open_pair(elasticsearch.urls[0], tmp_path_factory.mktemp("alike")) as pair:
        for console in (pair.lake, pair.cluster):
            change(console, "alerts", {"state": "closed"})
            change(console, "incidents", {"assignee": "li"})
        yield pair


def change(console: Console, kind: str, values: dict[str, Any]) -> None:
    """Change the first one of a list, by its id."""
    client = console.program("analyst")
    items = client.get(f"/api/v1/{kind}?{EVER}&state=all&limit=500").json()["items"]
    path = f"/api/v1/{kind}/{min(str(item['id']) for item in items)}"
    answer = client.patch(path, json=values, headers={"if-match": client.get(path).headers["etag"]})
    assert answer.status_code == 200, answer.text


@pytest.mark.parametrize("name", NAMES)
def test_every_page_answers_alike(pair: Pair, name: str) -> None:
    """All that GET can ask, with things of each kind: status, rows and figures."""
    asked = [*list_questions(pair, name, 4)]
    pages = {one.partition("?")[0] for one in asked}
    assert {place.path for _, places in GROUPS for place in places if not place.path.startswith(APART)} <= pages
    check(pair, asked, name, least=60)


@pytest.mark.parametrize("name", NAMES)
def test_every_filter_answers_alike(pair: Pair, name: str) -> None:
    """Orders, states, views, queries right and wrong, exports, of every dataset."""
    check(pair, [*list_more()], name, least=30)


def check(pair: Pair, asked: list[str], name: str, least: int) -> None:
    """Both answer the same to each question; ``least`` of the answers must be no refusals."""
    differing, answered = {}, 0
    for path in asked:
        texts = pair.ask(path, name)
        answered += texts[0].startswith("200")
        if texts[0] != texts[1]:
            differing[path] = tell_difference(texts)
    assert differing == {}, f"{len(differing)} of {len(asked)} answers differ"
    assert answered >= least, f"{answered} of {len(asked)} answered"


@pytest.mark.parametrize(
    "path",
    ["alerts?state=all&limit=7", "incidents?limit=2", "assets?scope=all&limit=7", "records?dataset=modbus&limit=9"],
)
def test_lists_go_on_alike(pair: Pair, path: str) -> None:
    """From page to page, to the end, nothing twice and nothing left out."""
    found = [walk(console, f"/api/v1/{path}&{EVER}") for console in (pair.lake, pair.cluster)]
    assert found[0] == found[1]
    assert len(found[0]) == len(set(found[0])) > 4


def walk(console: Console, path: str, most: int = 40) -> list[str]:
    """Give the ids of a list's pages, at most so many pages."""
    client, cursor, ids = console.program("analyst"), "", []
    for _ in range(most):
        body = client.get(f"{path}&cursor={quote(cursor)}" if cursor else path).json()
        ids += [str(item.get("id") or item.get("event.id")) for item in body["items"]]
        cursor = body.get("next") or ""
        if not cursor:
            break
    return ids
