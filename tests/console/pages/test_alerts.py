"""The pages of alerts."""

from __future__ import annotations

import re

from tests.support.consoles import EVER, Console


def test_the_list_shows_the_alerts_of_the_period(console: Console) -> None:
    """Titles in the reader's language, a row for each alert, the answer above them."""
    for language, title in (("zh", "告警"), ("en", "Alerts")):
        page = console.as_("analyst", language).get(f"/alerts?{EVER}")
        assert page.status_code == 200
        assert f"<h1>{title}</h1>" in page.text
        assert len(re.findall(r'<tr class="row"', page.text)) > 3


def test_a_part_is_given_alone(console: Console) -> None:
    """What htmx asks for by its target comes without the frame."""
    client = console.as_("analyst")
    identity = re.findall(r'data-id="(alert-[0-9a-f]+)"', client.get(f"/alerts?{EVER}").text)[0]
    part = client.get(f"/alerts/{identity}", headers={"hx-request": "true", "hx-target": "side"})
    assert part.status_code == 200
    assert "<html" not in part.text
    assert "panel-body" in part.text


def test_a_wrong_query_keeps_what_was_typed(console: Console) -> None:
    """Status 400, the query in its box, and a mark at the character."""
    page = console.as_("analyst").get(f"/alerts?{EVER}&q=rule.name:(")
    assert page.status_code == 400
    assert 'value="rule.name:("' in page.text
    assert "<mark>" in page.text


def test_triage_changes_the_state_and_offers_the_way_back(console: Console) -> None:
    """The alert is acknowledged, then new again by the toast's own form."""
    client = console.as_("analyst")
    identity = re.findall(r'data-id="(alert-[0-9a-f]+)"', client.get(f"/alerts?{EVER}").text)[0]
    for state in ("acknowledged", "new"):
        answer = client.post("/alerts/triage", data={"id": identity, "state": state, "back": f"/alerts?{EVER}"})
        assert answer.status_code == 303
        assert answer.headers["location"] == f"/alerts?{EVER}"
        assert "wanglou-toast" in answer.headers["set-cookie"]
        assert console.services.triage.states([identity])[identity].state == state
