"""The pages of incidents."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

import pytest

from correlation.case import Case
from tests.support.cases import list_cases, open_cases
from tests.support.consoles import Console

PART = {"hx-request": "true", "hx-target": "side"}


@pytest.fixture(scope="module")
def console(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Console]:
    """Open a console with incidents of its own."""
    with open_cases(tmp_path_factory.mktemp("incidents")) as opened:
        yield opened


@pytest.fixture
def case(console: Console) -> Case:
    """Give the incident with the most alerts as it is now."""
    return list_cases(console)[0]


def test_the_list_shows_open_incidents_the_worst_first(console: Console) -> None:
    """Whatever their age, of equal ones the newest; titles in the reader's language."""
    cases = console.services.incidents.cases()
    cases.sort(key=lambda case: (-case.incident.severity, -(case.incident.first_ns // 10**9), case.id))
    for language in ("zh", "en"):
        page = console.as_("analyst", language).get("/incidents")
        assert page.status_code == 200
        assert re.findall(r'data-id="(incident-[0-9a-f]+)"', page.text) == [case.id for case in cases]
        assert getattr(cases[0].incident, f"title_{language}") in page.text


@pytest.mark.parametrize(
    "query",
    [
        "status=closed",
        "severity=low",
        "level=1",
        "stage=Impact",
        "assignee=li",
        "from=2000-01-01&to=2000-01-02",
    ],
)
def test_filters_that_find_nothing_say_what_to_do(console: Console, query: str) -> None:
    """An empty list has a button."""
    page = console.as_("analyst").get(f"/incidents?{query}")
    assert page.status_code == 200
    assert 'class="blank"' in page.text
    assert 'class="row"' not in page.text


@pytest.mark.parametrize(
    "query", ["status=x", "severity=x", "level=5", "stage=x", "verdict=x", "age=x", "cursor=x", "from=x"]
)
def test_words_that_no_incident_has_are_refused(console: Console, query: str) -> None:
    """With a sentence, not a fault."""
    assert console.as_("analyst").get(f"/incidents?{query}").status_code == 400


def test_cells_of_the_overview_open_what_they_count(console: Console) -> None:
    """Each age and severity leads to as many incidents, and the filter shows the age."""
    client = console.as_("analyst")
    text = html.unescape(client.get("/").text)
    cells = re.findall(r'<a href="(/incidents\?age=[^"]+)">([\d,]+)</a>', text)
    assert sum(int(count) for _, count in cells) == len(list_cases(console))
    for address, count in cells:
        page = client.get(address)
        assert page.text.count('data-id="incident-') == int(count)
        assert f'id="answer">{count} as asked for; ' in page.text
        assert f'<option value="{parse_qs(urlsplit(address).query)["age"][0]}" selected>' in page.text


def test_one_incident(console: Console, case: Case) -> None:
    """Title, stages, a line of the timeline for each moment, a node for each address; the panel without the frame."""
    page = console.as_("analyst", "zh").get(f"/incidents/{case.id}")
    assert f"<h1>{case.incident.title_zh}</h1>" in page.text
    assert page.text.count('class="moment"') == len(case.incident.timeline)
    assert page.text.count('class="graph-node') == len(case.incident.graph["nodes"])
    assert "is-furthest" in page.text
    part = console.as_("analyst").get(f"/incidents/{case.id}", headers=PART)
    assert "<html" not in part.text
    assert case.incident.title_en in part.text


def test_who_may_see_and_decide(console: Console, case: Case) -> None:
    """Another enterprise's is not there; a leader reads and decides nothing; administrators read none."""
    path = f"/incidents/{case.id}"
    assert console.as_("enterprise_user").get(path).status_code == 404
    assert console.as_("enterprise_user").get("/incidents").text.count("data-id=") == 0
    leader = console.as_("leader").get(path)
    assert leader.status_code == 200
    assert "incident-form" not in leader.text
    assert "/alerts?" not in leader.text
    assert console.as_("leader").post(f"{path}/decide", data={"version": "1"}).status_code == 403
    assert console.as_("park_admin").get(path).status_code == 403
    assert console.as_("analyst").get("/incidents/incident-none").status_code == 404


def test_a_change_is_kept_and_can_be_taken_back(console: Console, case: Case) -> None:
    """The toast holds the fields as they were."""
    client, path = console.as_("analyst"), f"/incidents/{case.id}/decide"
    form = {"version": str(case.version), "status": "investigating", "assignee": "li", "level": "2", "comment": "x"}
    answer = client.post(path, data={**form, "class": "网络攻击事件/拒绝服务"})
    assert (answer.status_code, answer.headers["location"]) == (303, f"/incidents/{case.id}")
    now = console.services.incidents.find(case.id)
    assert (now.status, now.assignee, now.level_set, now.class_set) == ("investigating", "li", 2, "网络攻击事件")
    assert "wanglou-toast" in answer.headers["set-cookie"]
    back = {"version": str(now.version), "status": "new", "assignee": "", "level": "0", "class": "", "comment": ""}
    assert client.post(path, data=back).status_code == 303
    then = console.services.incidents.find(case.id)
    assert (then.status, then.assignee, then.level_set, then.class_set) == ("new", "", 0, "")


def test_closing_needs_a_verdict(console: Console, case: Case) -> None:
    """What was typed stays in the form."""
    client, path = console.as_("analyst"), f"/incidents/{case.id}/decide"
    form = {"version": str(case.version), "status": "closed", "comment": "typed here"}
    refused = client.post(path, data=form)
    assert refused.status_code == 422
    assert "typed here" in refused.text
    assert console.services.incidents.find(case.id).status == "new"
    for wrong in ({"status": "x"}, {"verdict": "x"}, {"level": "9"}, {"class": "x"}, {"comment": "x" * 4_001}):
        assert client.post(path, data={"version": str(case.version), **wrong}).status_code == 422
    assert client.post(path, data={"version": "x"}).status_code == 400


def test_a_conflict_keeps_what_was_typed(console: Console, case: Case) -> None:
    """The page shows both sides; saving again writes only the fields that this person changed."""
    client, path = console.as_("analyst"), f"/incidents/{case.id}/decide"
    shown = {"version": str(case.version), "was_comment": "", "was_assignee": ""}
    other = {"version": str(case.version), "comment": "theirs", "assignee": "wang"}
    assert console.as_("responder").post(path, data=other).status_code == 303
    page = client.post(path, data={**shown, "comment": "mine", "assignee": ""})
    assert page.status_code == 412
    assert "theirs" in page.text
    assert ">mine</textarea>" in page.text
    assert 'value="wang"' in page.text
    version = console.services.incidents.find(case.id).version
    saved = client.post(path, data={"version": str(version), "comment": "mine"})
    assert saved.status_code == 303
    now = console.services.incidents.find(case.id)
    assert (now.comment, now.assignee) == ("mine", "wang")
    client.post(path, data={"version": str(now.version), "comment": "", "assignee": ""})
