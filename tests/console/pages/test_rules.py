"""The pages of rules."""

from __future__ import annotations

import re

import pytest

from tests.support.consoles import EVER, Console


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
