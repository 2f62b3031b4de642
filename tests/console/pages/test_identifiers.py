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
