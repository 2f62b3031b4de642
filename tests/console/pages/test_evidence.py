"""The viewer of packets: page, API, and what it says where a capture is gone."""

from __future__ import annotations

import re

import pytest

from console.views import evidence
from tests.support.consoles import Console
from tests.support.hunting import find_identity
from tests.support.pages import Pages

PART = {"hx-request": "true", "hx-target": "packets"}


@pytest.mark.parametrize("dataset", ["modbus", "dns", "alert"])
def test_packets_come_after_the_page(console: Console, dataset: str) -> None:
    """The page asks for them; they have fields and bytes; another packet is chosen by the address."""
    client, path = console.as_("analyst"), f"/evidence/{find_identity(console, dataset)}"
    assert 'hx-trigger="load"' in client.get(path).text
    part = client.get(path, headers=PART).text
    assert "<html" not in part
    assert 'role="option"' in part
    assert 'class="byte' in part
    ordinals = re.findall(r"packet=(\d+)", part)
    other = client.get(f"{path}?packet={ordinals[-1]}", headers=PART).text
    assert re.search(rf'packet={ordinals[-1]}[^>]*aria-current="true"', other)


def test_a_capture_that_is_gone_is_told(console: Console, monkeypatch: pytest.MonkeyPatch) -> None:
    """The page says so in the reader's language; programs get 404 with words."""
    identity = find_identity(console, "modbus")
    monkeypatch.setattr(evidence, "find_capture_file", lambda *_: None)
    for language, words in (("zh", "抓包文件已不在"), ("en", "no longer there")):
        assert words in console.as_("analyst", language).get(f"/evidence/{identity}", headers=PART).text
    problem = console.program("analyst").get(f"/api/v1/evidence/{identity}")
    assert problem.status_code == 404
    assert problem.json()["do"]


def test_packets_need_their_permission(console: Console) -> None:
    """403 for who may not read packets, 404 for what is not there."""
    identity = find_identity(console, "modbus")
    for path in (f"/evidence/{identity}", f"/api/v1/evidence/{identity}"):
        assert console.as_("reviewer").get(path).status_code == 403
    assert console.as_("analyst").get("/evidence/x-modbus-1-0").status_code == 404


def test_an_alert_leads_to_its_packets(console: Console) -> None:
    """For those who may read them."""
    identity = find_identity(console, "alert")
    assert f"/evidence/{identity}" in console.as_("analyst").get(f"/alerts/{identity}").text
    assert f"/evidence/{identity}" not in console.as_("reviewer").get(f"/alerts/{identity}").text


@pytest.mark.needs_chromium
def test_bytes_and_fields_are_linked_both_ways(pages: Pages) -> None:
    """A click on a byte opens and marks its field; a click on a field marks its bytes; axe-core finds nothing grave."""
    page = pages.open(f"/evidence/{find_identity(pages.console, 'modbus')}", "analyst", bypass_policy=True)
    page.locator(".hex").wait_for(timeout=30_000)
    page.locator(".hex-bytes .byte").nth(12).click()
    assert "Type: IPv4" in page.locator(".tree-field[aria-selected=true]").inner_text()
    assert page.locator(".hex-bytes .byte.is-lit").count() == 2
    page.locator(".layer summary", has_text="ip").first.click()
    page.locator(".tree-field", has_text="Source Address: 1").first.click()
    assert page.locator(".hex-bytes .byte.is-lit").count() == 4
    pages.check(page)
    pages.check_width(page)
    assert pages.shoot(page, "evidence").is_file()
