"""The pages of hunting."""

from __future__ import annotations

import re

import pytest

from console.views.hunt import SHOWN
from tests.support.consoles import EVER, Console

IDENTITIES = re.compile(r'<tr class="row"[^>]*data-id="([^"]+)"')


@pytest.mark.parametrize("dataset", SHOWN)
def test_each_dataset_is_shown(console: Console, dataset: str) -> None:
    """In both languages; where there are records, each opens with all its fields."""
    for language, title in (("zh", "检索"), ("en", "Hunt")):
        page = console.as_("analyst", language).get(f"/hunt?{EVER}&dataset={dataset}")
        assert page.status_code == 200
        assert f"<h1>{title}</h1>" in page.text
    found = IDENTITIES.findall(page.text)
    if not found:
        assert 'class="blank"' in page.text
        return
    one = console.as_("analyst").get(f"/hunt/{found[0]}", headers={"hx-request": "true", "hx-target": "side"})
    assert one.status_code == 200
    assert "<html" not in one.text
    assert "field-list" in one.text
    assert "<html" in console.as_("analyst").get(f"/hunt/{found[0]}").text


def test_rows_go_on_by_cursor(console: Console) -> None:
    """What htmx asks for as further rows comes alone, and holds other records."""
    client = console.as_("analyst")
    first = client.get(f"/hunt?{EVER}&dataset=modbus&limit=3").text
    following = re.findall(r'hx-get="([^"]+)"', first)[0].replace("&amp;", "&")
    part = client.get(following, headers={"hx-request": "true", "hx-target": "more-rows"}).text
    assert "<html" not in part
    assert len(IDENTITIES.findall(part)) == 3
    assert set(IDENTITIES.findall(part)).isdisjoint(IDENTITIES.findall(first))


def test_a_wrong_query_keeps_what_was_typed(console: Console) -> None:
    """Status 400, the query in its box, and a mark at the character."""
    page = console.as_("analyst").get(f"/hunt?{EVER}&dataset=dns&q=source.ip:(")
    assert page.status_code == 400
    assert 'value="source.ip:("' in page.text
    assert "<mark>" in page.text


@pytest.mark.parametrize("query", ["dataset=nothing", "dataset=modbus&cursor=x", "from=x"])
def test_wrong_addresses_are_told(console: Console, query: str) -> None:
    """A dataset, a place or a time that is none: 400, in Chinese without an English sentence."""
    page = console.as_("analyst", "zh").get(f"/hunt?{query}")
    assert page.status_code == 400
    assert 'lang="en" class="muted"' not in page.text


def test_who_may_not_hunt_is_refused(console: Console) -> None:
    """Of records too; an unknown record is not there."""
    for path in (f"/hunt?{EVER}", "/hunt/x"):
        assert console.as_("enterprise_user").get(path).status_code == 403
    assert console.as_("analyst").get("/hunt/x-modbus-1-0").status_code == 404
