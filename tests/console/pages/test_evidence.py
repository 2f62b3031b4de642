"""The viewer of packets: page, API, and what it says where a capture is gone."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from console.views import evidence
from sensors.pcap import open_capture
from tests.support.consoles import EVER, Console
from tests.support.pages import Pages

PART = {"hx-request": "true", "hx-target": "packets"}


def first_of(console: Console, dataset: str) -> str:
    """Give the id of the newest record of a dataset."""
    page = console.as_("analyst").get(f"/hunt?{EVER}&dataset={dataset}&limit=1").text
    found: list[str] = re.findall(r'<tr class="row"[^>]*data-id="([^"]+)"', page)
    return found[0]


@pytest.mark.parametrize("dataset", ["modbus", "dns", "alert"])
def test_packets_come_after_the_page(console: Console, dataset: str) -> None:
    """The page asks for them; they have fields and bytes; another packet is chosen by the address."""
    client, path = console.as_("analyst"), f"/evidence/{first_of(console, dataset)}"
    assert 'hx-trigger="load"' in client.get(path).text
    part = client.get(path, headers=PART).text
    assert "<html" not in part
    assert 'role="option"' in part
    assert 'class="byte' in part
    ordinals = re.findall(r"packet=(\d+)", part)
    other = client.get(f"{path}?packet={ordinals[-1]}", headers=PART).text
    assert re.search(rf'packet={ordinals[-1]}[^>]*aria-current="true"', other)


def test_fields_stand_for_the_bytes_of_the_packet(console: Console) -> None:
    """The unit of a Modbus request lies where the API says, and the file holds the same packets."""
    program, identity = console.program("analyst"), first_of(console, "modbus")
    told = program.get(f"/api/v1/evidence/{identity}").json()
    packet = told["packets"][0]
    unit = next(one for layer in packet["layers"] for one in layer["fields"] if one["name"] == "mbtcp.unit_id")
    record = console.services.store.get(identity)
    assert record is not None
    assert int(packet["data"][2 * unit["position"] : 2 * unit["position"] + 2], 16) == record["modbus.unit_id"]
    assert told["packet_count"] == len(told["packets"]) == 2
    assert told["fault"] == ""


def test_the_download_is_a_capture_of_its_packets(console: Console, tmp_path: Path) -> None:
    """As many packets as the API counts, at the times of the capture."""
    program, identity = console.program("analyst"), first_of(console, "modbus")
    answer = program.get(f"/api/v1/evidence/{identity}/packets.pcapng")
    assert answer.headers["content-type"] == "application/x-pcapng"
    (tmp_path / "cut.pcapng").write_bytes(answer.content)
    times = [int(ns) for batch in open_capture(tmp_path / "cut.pcapng").batches() for ns in batch.ts_ns]
    told = program.get(f"/api/v1/evidence/{identity}").json()
    assert len(times) == told["packet_count"]


def test_a_capture_that_is_gone_is_told(console: Console, monkeypatch: pytest.MonkeyPatch) -> None:
    """The page says so in the reader's language; programs get 404 with words."""
    identity = first_of(console, "modbus")
    monkeypatch.setattr(evidence, "find_capture_file", lambda *_: None)
    for language, words in (("zh", "抓包文件已不在"), ("en", "no longer there")):
        assert words in console.as_("analyst", language).get(f"/evidence/{identity}", headers=PART).text
    problem = console.program("analyst").get(f"/api/v1/evidence/{identity}")
    assert problem.status_code == 404
    assert problem.json()["do"]


def test_packets_need_their_permission(console: Console) -> None:
    """403 for who may not read packets, 404 for what is not there."""
    identity = first_of(console, "modbus")
    for path in (f"/evidence/{identity}", f"/api/v1/evidence/{identity}"):
        assert console.as_("reviewer").get(path).status_code == 403
    assert console.as_("analyst").get("/evidence/x-modbus-1-0").status_code == 404


def test_an_alert_leads_to_its_packets(console: Console) -> None:
    """For those who may read them."""
    identity = first_of(console, "alert")
    assert f"/evidence/{identity}" in console.as_("analyst").get(f"/alerts/{identity}").text
    assert f"/evidence/{identity}" not in console.as_("reviewer").get(f"/alerts/{identity}").text


@pytest.mark.needs_chromium
def test_bytes_and_fields_are_linked_both_ways(pages: Pages) -> None:
    """A click on a byte opens and marks its field; a click on a field marks its bytes; axe-core finds nothing grave."""
    page = pages.open(f"/evidence/{first_of(pages.console, 'modbus')}", "analyst", bypass_policy=True)
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
