"""The pages and the API of identifiers."""

from __future__ import annotations

import re

import pytest

from console.views.identifiers import VIEWS
from tests.support.consoles import EVER, Console

API = "/api/v1/identifiers"
IDENTITIES = re.compile(r'<tr class="row"[^>]*data-id="([^"]+)"')


@pytest.mark.parametrize("view", VIEWS)
def test_each_view_has_its_lines(console: Console, view: str) -> None:
    """In both languages, also for who may not hunt."""
    for language, title in (("zh", "标识"), ("en", "Identifiers")):
        page = console.as_("reviewer", language).get(f"/identifiers?{EVER}&view={view}")
        assert page.status_code == 200
        assert f"<h1>{title}</h1>" in page.text
        assert IDENTITIES.findall(page.text) or view == "novelty"
    assert 'href="/hunt' not in page.text
    assert console.as_("reviewer", "zh").get("/identifiers?view=x").status_code == 400


def test_numbers_lead_to_as_many_records(console: Console) -> None:
    """Counts of the head and of each prefix are those of the records behind them."""
    program = console.program("analyst")
    counts = program.get(f"{API}?{EVER}").json()
    for name, asked in (("resolved", "action=resolved"), ("failed", "outcome=failure"), ("invalid", "valid=false")):
        listed = program.get(f"{API}/records?{EVER}&{asked}&limit=500").json()
        assert listed["next"] is not None or len(listed["items"]) == counts[name]
    for one in program.get(f"{API}/prefixes?{EVER}").json()["items"]:
        asked = f"prefix={one['prefix'] or '-'}&scheme={one['scheme'] or '-'}"
        listed = program.get(f"{API}/records?{EVER}&{asked}&limit=500").json()
        assert listed["next"] is not None or len(listed["items"]) == sum(one["actions"].values())


def test_actors_faults_and_novelty_are_told(console: Console) -> None:
    """What the page shows, for programs."""
    program = console.program("analyst")
    actors = program.get(f"{API}/actors?{EVER}&action=resolved").json()["items"]
    assert actors
    assert {one["action"] for one in actors} == {"resolved"}
    faults = program.get(f"{API}/faults?{EVER}").json()["items"]
    hunted = program.get(f"/api/v1/records/histogram?{EVER}&dataset=handle&q=event.outcome:failure").json()
    assert sum(one["records"] for one in faults) == hunted["total"] > 0
    assert program.get(f"{API}/novelty?{EVER}").json()["prefixes"]
    assert program.get(f"{API}/actors?action=eaten").status_code == 422


def test_a_record_opens_and_another_dataset_does_not(console: Console) -> None:
    """The panel has its fields; records of other datasets are not read this way."""
    client = console.as_("reviewer")
    first = IDENTITIES.findall(client.get(f"/identifiers?{EVER}&view=records").text)[0]
    part = client.get(f"/identifiers/records/{first}", headers={"hx-request": "true", "hx-target": "side"})
    assert "field-list" in part.text
    assert "<html" not in part.text
    assert client.get(f"/identifiers/records/{first}").status_code == 200
    other = console.program("analyst").get(f"/api/v1/records?{EVER}&dataset=modbus&limit=1").json()["items"][0]
    assert client.get(f"/identifiers/records/{other['event.id']}").status_code == 404


def test_a_wrong_query_keeps_what_was_typed(console: Console) -> None:
    """Marked on the page, a problem with its place for programs."""
    page = console.as_("reviewer").get(f"/identifiers?{EVER}&view=records&prefix=88.1&q=identifier.prefix:(")
    assert page.status_code == 400
    assert "<mark>" in page.text
    assert console.program("analyst").get(f"{API}/records?q=identifier.prefix:(").json()["status"] == 400


def test_only_the_own_enterprise_is_told(console: Console) -> None:
    """Who is bound to an enterprise gets no more than the whole park, and records of nobody else."""
    bound, whole = console.program("enterprise_user"), console.program("analyst")
    mine, all_of_them = bound.get(f"{API}?{EVER}").json(), whole.get(f"{API}?{EVER}").json()
    assert all(mine[name] <= all_of_them[name] for name in mine)
    owners = {one.get("organization.id") for one in bound.get(f"{API}/records?{EVER}").json()["items"]}
    assert owners <= {"chem"}
