"""The pages of assets: inventory, one asset, and what people say of it."""

from __future__ import annotations

import html
import re

import pytest

from tests.support.consoles import EVER, Console

ROW = re.compile(r'<tr class="row" id="row-(asset-[0-9a-f]+)"')
VERSION = re.compile(r'name="version" value="([^"]+)"')


def list_ids(console: Console, query: str = "") -> list[str]:
    """Give the ids of a page of the inventory."""
    page = console.as_("analyst").get(f"/assets?{query}")
    assert page.status_code == 200
    return ROW.findall(page.text)


def test_the_inventory_answers_in_both_languages(stock: Console) -> None:
    """Title, the answer above the table, a row for each asset inside."""
    for language, title in (("zh", "资产"), ("en", "Assets")):
        page = stock.as_("analyst", language).get("/assets")
        assert page.status_code == 200
        assert f"<h1>{title}</h1>" in page.text
        assert len(ROW.findall(page.text)) > 3


def test_facets_narrow_and_count_what_the_others_leave(stock: Console) -> None:
    """Controllers are fewer than all; several values add up; a value no asset can have is refused."""
    whole, controllers = list_ids(stock), list_ids(stock, "type=plc")
    assert set(controllers) < set(whole)
    assert set(list_ids(stock, "type=plc,scada")) >= set(controllers)
    assert list_ids(stock, "level=-") == [one for one in list_ids(stock, "level=-") if one in whole]
    assert stock.as_("analyst").get("/assets?level=9").status_code == 400
    assert stock.as_("analyst").get("/assets?cursor=x").status_code == 400


def test_the_side_panel_comes_alone(stock: Console) -> None:
    """What htmx asks for by its target comes without the frame."""
    identity = list_ids(stock)[0]
    headers = {"hx-request": "true", "hx-target": "side"}
    part = stock.as_("analyst").get(f"/assets/{identity}", headers=headers)
    assert "panel-body" in part.text
    assert "<html" not in part.text


def test_alerts_say_how_many_there_are_and_lead_to_all(stock: Console, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where only the latest are shown: their number, and a list with as many alerts as are told."""
    monkeypatch.setattr("console.views.asset_story.MOST_ALERTS", 1)
    client, seen = stock.as_("analyst"), 0
    for identity in list_ids(stock):
        text = html.unescape(client.get(f"/assets/{identity}?tab=alerts&{EVER}").text)
        told = re.search(r'([\d,]+) alerts in this time; these are the latest 1 · <a href="([^"]+)"', text)
        if told:
            answer = re.search(r'id="answer">([\d,]+)', client.get(told[2]).text)
            assert answer is not None
            assert answer[1] == told[1]
            seen += 1
    assert seen


@pytest.mark.parametrize("tab", ["identity", "history", "dealings", "values", "alerts", "risk", "nothing"])
def test_every_side_of_every_asset_is_shown(stock: Console, tab: str) -> None:
    """No asset of the lake, inside or outside, breaks a tab."""
    client = stock.as_("analyst", "zh")
    for identity in list_ids(stock, "scope=all&limit=500"):
        assert client.get(f"/assets/{identity}?tab={tab}&{EVER}").status_code == 200


def test_an_edit_holds_and_is_taken_back(stock: Console) -> None:
    """The form's values are kept, stand in the history with the name of who said so, and the undo removes them."""
    client, identity = stock.as_("analyst"), list_ids(stock, "type=plc")[0]
    form = client.get(f"/assets/{identity}/edit")
    given = {"version": VERSION.findall(form.text)[0], "owner": "王工 <script>", "criticality": "5", "reason": "survey"}
    answer = client.post(f"/assets/{identity}/edit", data=given)
    assert answer.status_code == 303
    assert answer.headers["location"] == f"/assets/{identity}"
    page = client.get(f"/assets/{identity}").text
    assert "王工 &lt;script&gt;" in page
    assert "<script>" not in page.partition("</head>")[2]
    history = client.get(f"/assets/{identity}?tab=history").text
    assert "survey" in history
    assert "analyst" in history
    version = VERSION.findall(client.get(f"/assets/{identity}/edit").text)[0]
    undo = client.post(f"/assets/{identity}/edit", data={"version": version, "owner": "", "criticality": ""})
    assert undo.status_code == 303
    assert "王工" not in client.get(f"/assets/{identity}").text


def test_a_late_edit_is_told_and_keeps_what_was_typed(stock: Console) -> None:
    """412 with the typed value in its field and the other's beside it; sent again it holds."""
    client, identity = stock.as_("analyst"), list_ids(stock, "type=plc")[0]
    version = VERSION.findall(client.get(f"/assets/{identity}/edit").text)[0]
    other = stock.as_("responder")
    assert other.post(f"/assets/{identity}/edit", data={"version": version, "owner": "Li"}).status_code == 303
    late = client.post(f"/assets/{identity}/edit", data={"version": version, "owner": "Wang"})
    assert late.status_code == 412
    assert 'value="Wang"' in late.text
    assert "Now: Li" in late.text
    again = {"version": VERSION.findall(late.text)[0], "owner": "Wang"}
    assert client.post(f"/assets/{identity}/edit", data=again).status_code == 303
    version = VERSION.findall(client.get(f"/assets/{identity}/edit").text)[0]
    client.post(f"/assets/{identity}/edit", data={"version": version, "owner": ""})


def test_wrong_values_are_told_beside_their_fields(stock: Console) -> None:
    """422, every fault at once, what was typed kept, nothing changed."""
    client, identity = stock.as_("analyst"), list_ids(stock, "type=plc")[0]
    wrong = {"version": "*", "level": "9", "criticality": "six", "owner": "x" * 600}
    answer = client.post(f"/assets/{identity}/edit", data=wrong)
    assert answer.status_code == 422
    for name in ("level", "criticality", "owner"):
        assert f'id="fault-{name}"' in answer.text or f"#field-{name}" in answer.text
    assert "x" * 600 not in client.get(f"/assets/{identity}").text


def test_another_enterprise_has_no_such_asset(stock: Console) -> None:
    """An enterprise user sees its own assets only, and may change none."""
    client = stock.as_("enterprise_user")
    own = set(ROW.findall(client.get("/assets?scope=all&limit=500").text))
    assert own
    others = set(list_ids(stock, "scope=all&limit=500")) - own
    assert others
    assert client.get(f"/assets/{min(others)}").status_code == 404
    assert client.get(f"/assets/{min(others)}/edit").status_code == 403
    assert ROW.findall(client.get("/assets?enterprise=machining").text) == []


def test_a_sparkline_is_drawn_for_a_point(stock: Console) -> None:
    """The points of a controller each give the cell of their row; what names no point is refused."""
    client = stock.as_("analyst")
    drawn = 0
    for identity in list_ids(stock, "type=plc"):
        page = client.get(f"/assets/{identity}?tab=values&{EVER}").text
        for address in re.findall(r'hx-get="([^"]+)"', page)[:5]:
            part = client.get(address.replace("&amp;", "&"))
            assert part.status_code == 200
            assert "<html" not in part.text
            drawn += "trend-value" in part.text
        assert client.get(f"/assets/{identity}/sparkline?point=x").status_code == 400
    assert drawn
