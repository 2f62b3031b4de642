"""Merging, splitting and taking back; the tabs of an incident."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from correlation.case import Case
from tests.support.cases import list_cases, open_cases
from tests.support.consoles import Console


@pytest.fixture(scope="module")
def console(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Console]:
    """Open a console with incidents of its own."""
    with open_cases(tmp_path_factory.mktemp("edits")) as opened:
        yield opened


def told(console: Console) -> list[tuple[str, int]]:
    """Give each incident's title and number of alerts, which merging and taking back must leave as they were."""
    return sorted((case.incident.title_en, case.incident.alerts) for case in list_cases(console))


def decisions(console: Console, case: Case) -> list[str]:
    """Read the numbers of decisions that the history offers to take back."""
    return re.findall(
        r'name="decision" value="(\d+)"', console.as_("analyst").get(f"/incidents/{case.id}/history").text
    )


def test_a_merge_is_taken_back(console: Console) -> None:
    """From its page: one incident fewer, then all as before."""
    before, client = told(console), console.as_("analyst")
    into, other = list_cases(console)[:2]
    assert f'value="{other.id}"' in client.get(f"/incidents/{into.id}/merge").text
    answer = client.post("/incidents/merge", data={"into": into.id, "id": other.id, "back": f"/incidents/{into.id}"})
    assert (answer.status_code, answer.headers["location"]) == (303, f"/incidents/{into.id}")
    merged = console.services.incidents.find(into.id)
    assert merged.incident.alerts == into.incident.alerts + other.incident.alerts
    assert client.get(f"/incidents/{other.id}").status_code == 404
    (seq,) = decisions(console, merged)
    assert client.post(f"/incidents/{into.id}/undo", data={"decision": seq}).status_code == 303
    assert told(console) == before
    assert decisions(console, console.services.incidents.find(into.id)) == []


def test_chosen_ones_are_merged_into_the_worst(console: Console) -> None:
    """As the list offers it; one alone cannot be merged."""
    client, cases = console.as_("analyst"), list_cases(console)
    worst = min(cases, key=lambda case: (-case.incident.severity, case.incident.first_ns, case.id))
    assert client.post("/incidents/merge", data={"id": worst.id}).status_code == 400
    assert client.post("/incidents/merge", data={}).status_code == 400
    answer = client.post("/incidents/merge", data={"id": [case.id for case in cases], "back": "/incidents"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/incidents")
    (kept,) = list_cases(console)
    assert kept.id == worst.id
    assert client.post(f"/incidents/{kept.id}/undo", data={"decision": decisions(console, kept)}).status_code == 303
    assert len(list_cases(console)) == len(cases)


@pytest.mark.parametrize("by", ["source", "destination", "rule", "alert"])
def test_a_split_is_taken_back(console: Console, by: str) -> None:
    """By each way of naming what leaves."""
    before, client = told(console), console.as_("analyst")
    case = list_cases(console)[0]
    moment = next(one for one in case.incident.timeline if one.destination)
    value = {"alert": moment.sample}.get(by) or getattr(moment, by)
    page = client.get(f"/incidents/{case.id}/split")
    assert f'value="{value}"' in page.text
    answer = client.post(f"/incidents/{case.id}/split", data={by: value})
    assert answer.status_code == 303
    assert len(list_cases(console)) == len(before) + 1
    (seq,) = decisions(console, case)
    assert client.post(f"/incidents/{case.id}/undo", data={"decision": seq}).status_code == 303
    assert told(console) == before


def test_what_cannot_be_decided(console: Console) -> None:
    """A split of nothing or all, a decision of another, a number that is none; and nobody but who may."""
    client, case = console.as_("analyst"), list_cases(console)[0]
    path = f"/incidents/{case.id}"
    for form in ({}, {"rule": "none"}, {"alert": ["x"] * 501}):
        assert client.post(f"{path}/split", data=form).status_code == 400
    for form in ({}, {"decision": "999"}, {"decision": "x"}):
        assert client.post(f"{path}/undo", data=form).status_code == 400
    for name, status in (("leader", 403), ("park_admin", 403), ("enterprise_user", 403)):
        for part in ("split", "undo"):
            assert console.as_(name).post(f"{path}/{part}", data={"rule": "x"}).status_code == status
        assert console.as_(name).get(f"{path}/merge").status_code == status


@pytest.mark.parametrize("tab", ["alerts", "evidence", "assets", "history"])
def test_tabs(console: Console, tab: str) -> None:
    """Each as a page and as a part; alerts and what they rest on only for who may read alerts; none of another's."""
    case = list_cases(console)[0]
    path = f"/incidents/{case.id}/{tab}"
    client = console.as_("analyst", "zh")
    assert "<html" in client.get(path).text
    part = client.get(path, headers={"hx-request": "true", "hx-target": "x"})
    assert part.status_code == 200
    assert "<html" not in part.text
    assert console.as_("leader").get(path).status_code == (403 if tab in ("alerts", "evidence") else 200)
    assert console.as_("enterprise_user").get(path).status_code == 404


def test_evidence_leads_to_the_packets(console: Console) -> None:
    """Each alert of the incident with a record and a link."""
    case = list_cases(console)[0]
    text = console.as_("analyst").get(f"/incidents/{case.id}/evidence").text
    assert text.count('class="evidence-alert"') == case.incident.alerts
    assert text.count('<ol class="evidence">') == case.incident.alerts
    for identity in console.services.incidents.members(case.id):
        assert f"/alerts/{identity}" in text
