"""The pages of rules."""

from __future__ import annotations

import json
import re
from typing import Literal
from urllib.parse import parse_qsl, unquote

import pytest
from playwright.sync_api import expect

from tests.support.consoles import EVER, Console
from tests.support.pages import HEIGHTS, Pages

PATHS = (f"/rules?{EVER}", f"/rules/coverage?{EVER}", f"/rules/flow_port_scan?{EVER}")


def test_the_catalogue_shows_every_rule_that_raises_alerts(console: Console) -> None:
    """With titles in the reader's language and the answer above them."""
    count = len(console.services.rules.by_name)
    for language, title in (("zh", "规则"), ("en", "Rules")):
        page = console.as_("analyst", language).get(f"/rules?{EVER}&limit=500")
        assert page.status_code == 200
        assert f"<h1>{title}</h1>" in page.text
        assert len(re.findall(r'<tr class="row"', page.text)) == count


@pytest.mark.parametrize(
    ("asked", "present", "absent"),
    [
        ("dataset=flow", "flow_port_scan", "modbus_file_write"),
        ("q=port+scan+flow", "flow_port_scan", "modbus_file_write"),
        ("q=%E7%AB%AF%E5%8F%A3%E6%89%AB%E6%8F%8F", "flow_port_scan", "modbus_file_write"),
        ("technique=T0846", "flow_port_scan", "modbus_file_write"),
        ("technique=t0846.001", "flow_port_scan", "modbus_file_write"),
        ("level=high", "modbus_file_write", "flow_port_scan"),
    ],
)
def test_rules_are_found_by_what_they_are(console: Console, asked: str, present: str, absent: str) -> None:
    """By dataset, words in either language, technique of either version, severity."""
    page = console.as_("analyst").get(f"/rules?{EVER}&limit=500&{asked}")
    ids = set(re.findall(r'<tr class="row" id="row-[^"]*" data-id="([^"]*)"', page.text))
    assert present in ids
    assert absent not in ids


def test_more_rows_go_on_where_the_first_ended(console: Console) -> None:
    """Pages by cursor hold every rule once."""
    client, found, cursor = console.as_("analyst"), list[str](), "0"
    while cursor:
        page = client.get(f"/rules?{EVER}&sort=name&limit=40&cursor={cursor}",
                          headers={"hx-request": "true", "hx-target": "more-rows"}).text  # fmt: skip
        found += re.findall(r'data-id="([^"]*)"', page)
        cursor = next(iter(re.findall(r"cursor=(\d+)", page)), "")
    assert found == sorted(console.services.rules.by_name)


def test_a_rule_tells_what_it_looks_for_and_what_its_cases_did(console: Console) -> None:
    """The sentence, the file, the threshold, and cases that just ran; as a part without the frame."""
    page = console.as_("analyst").get(f"/rules/flow_port_scan?{EVER}").text
    for text in ("Port scan of one host", "<code>source.ip</code>", "15 within 5 min", "type: value_count",
                 "authorised_scanners", "Must fire 1", "Must stay silent 1"):  # fmt: skip
        assert text in page, text
    part = console.as_("analyst").get("/rules/flow_port_scan", headers={"hx-request": "true", "hx-target": "side"})
    assert "<html" not in part.text
    assert "panel-body" in part.text


def test_the_matrix_has_every_technique(console: Console) -> None:
    """In both versions; another is refused in words."""
    client = console.as_("analyst", "zh")
    for version, technique in (("v18", "T0846"), ("v19", "T0846.001")):
        page = client.get(f"/rules/coverage?{EVER}&version={version}")
        assert page.status_code == 200
        assert f">{technique}<" in page.text
        assert page.text.count('class="matrix-column"') >= 12
    assert client.get("/rules/coverage?version=v1").status_code == 400


def test_what_is_not_there_is_told(console: Console) -> None:
    """A rule that is none, one that only feeds others, and readers who may not."""
    client = console.as_("analyst")
    assert client.get("/rules/no_such_rule").status_code == 404
    assert client.get("/rules/flow_port_scan_probe").status_code == 404
    assert client.get(f"/rules?q={'x' * 201}").status_code == 400
    assert console.as_("reviewer").get("/rules").status_code == 403
    assert console.as_("park_admin").get("/rules/coverage").status_code == 403


def test_a_rule_is_tuned_and_the_toast_takes_it_back(console: Console) -> None:
    """The form's fields, the state afterwards, and the fields that undo it."""
    client, path = console.as_("analyst"), "/rules/flow_port_scan/tune"
    version = re.findall(r'name="version" value="(\d+)"', client.get("/rules/flow_port_scan").text)[0]
    asked = {"enabled": "no", "severity": "30", "count": "", "timespan": "", "reason": "noisy", "version": version}
    answer = client.post(path, data=asked)
    assert answer.status_code == 303
    assert answer.headers["location"] == "/rules/flow_port_scan"
    told = json.loads(unquote(answer.headers["set-cookie"].split("wanglou-toast=")[1].split(";")[0].strip('"')))
    assert (told["undo"], "Saved" in told["text"]) == (path, True)
    page = client.get(f"/rules?{EVER}&state=disabled").text
    assert 'data-id="flow_port_scan"' in page
    assert "captures have alerts of earlier rules" in page
    assert client.post(path, data=asked).status_code == 412
    assert client.post(path, data=dict(parse_qsl(told["fields"]))).status_code == 303
    assert 'data-id="flow_port_scan"' not in client.get(f"/rules?{EVER}&state=disabled,tuned").text
    assert console.services.rules.tuned().digest == console.services.rules.written.digest


def test_wrong_words_are_told_and_what_was_typed_stays(console: Console) -> None:
    """In the reader's language, with status 400."""
    client = console.as_("analyst", "zh")
    fields = {"enabled": "yes", "severity": "300", "count": "7", "reason": "因为"}
    page = client.post("/rules/flow_port_scan/tune", data=fields)
    assert page.status_code == 400
    assert "300 不是严重程度分值" in page.text
    assert 'value="因为"' in page.text
    assert 'value="7"' in page.text
    page = client.post("/rules/flow_port_scan/exemptions", data={"source": "10.1.1.1x", "why": "x"})
    assert page.status_code == 400
    assert "不是地址或网段" in page.text
    assert console.as_("responder").post("/rules/flow_port_scan/tune", data=fields).status_code == 403


def test_an_exemption_is_added_and_lifted(console: Console) -> None:
    """Each with the way back."""
    client, place = console.as_("analyst"), "/rules/flow_port_scan/exemptions"
    assert client.post(place, data={"enterprise": "chem", "source": "10.20.1.10", "why": "tests"}).status_code == 303
    page = client.get("/rules/flow_port_scan").text
    assert "10.20.1.10/32" in page
    identity = re.findall(r"exemptions/(exemption-[0-9a-f]+)/lift", page)[0]
    assert client.post(f"{place}/{identity}/lift", data={}).status_code == 303
    assert client.post(f"{place}/{identity}/lift", data={}).status_code == 404
    assert "10.20.1.10/32" not in client.get("/rules/flow_port_scan").text.split("rule-tabs-history-panel")[0]


@pytest.mark.needs_chromium
def test_an_analyst_tunes_a_rule_in_the_browser(pages: Pages) -> None:
    """From the catalogue into the panel, off with a reason, and back by the toast."""
    page = pages.open(f"/rules?{EVER}&q=flow_port_scan", "analyst")
    page.locator("tr.row .row-link").first.click()
    expect(page.locator("#side .story-title")).to_contain_text("Port scan of one host")
    page.get_by_role("tab", name="Tune").click()
    page.locator("#field-enabled").select_option("no")
    page.locator("#field-reason").fill("scanner of ours")
    page.get_by_role("button", name="Save").click()
    expect(page.locator(".toast")).to_contain_text("Saved")
    expect(page.locator(".story-badges")).to_contain_text("Disabled")
    page.locator(".toast button").first.click()
    expect(page.locator(".story-badges")).to_contain_text("Enabled")


@pytest.mark.needs_chromium
def test_the_matrix_by_keyboard(pages: Pages) -> None:
    """Arrows go from cell to cell; Enter opens the rules of a technique."""
    page = pages.open(f"/rules/coverage?{EVER}", "analyst")
    cells = page.locator(".matrix-column").nth(0).locator(".matrix-cell")
    cells.first.focus()
    page.keyboard.press("ArrowDown")
    expect(cells.nth(1)).to_be_focused()
    page.keyboard.press("End")
    expect(cells.last).to_be_focused()
    page.keyboard.press("Home")
    page.keyboard.press("ArrowRight")
    beside = page.locator(".matrix-column").nth(1).locator(".matrix-cell").first
    expect(beside).to_be_focused()
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/rules\?.*technique=T"))


@pytest.mark.needs_chromium
@pytest.mark.parametrize("width", HEIGHTS)
@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("path", PATHS)
def test_pages_have_no_grave_fault_of_accessibility(
    pages: Pages, path: str, width: int, theme: Literal["light", "dark"]
) -> None:
    """axe-core finds nothing serious, and no page is wider than the screen."""
    page = pages.open(path, "analyst", width=width, theme=theme, bypass_policy=True)
    pages.check(page)
    pages.check_width(page)


@pytest.mark.needs_chromium
@pytest.mark.parametrize("path", PATHS)
def test_pictures(pages: Pages, path: str) -> None:
    """Kept for people to look at."""
    name = path.split("?", maxsplit=1)[0].strip("/").replace("/", "-")
    pages.shoot_all(path, name, "analyst")
