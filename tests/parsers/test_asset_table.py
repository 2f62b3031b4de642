"""Observations of devices: what is told, when, and with which evidence."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parsers import asset_table
from parsers.asset_schema import ASSET, FIELDS, ROLES
from parsers.asset_table import SOURCES, AssetTable
from parsers.asset_view import HOUR_NS
from parsers.protocol import NAMES
from parsers.schema import DATASETS
from tests.support.frames import START_NS
from tests.support.links import HERE, ORIGIN, THERE, arp, frame, read_links
from tests.support.records import read_records
from tests.support.sightings import Row, make_table

KNOWN_ROLES = {*ROLES, *(f"{name}_{end}" for name in NAMES.values() for end in ("client", "server"))}


def add(table: AssetTable, rows: list[Row], name: str = "modbus") -> list[dict[str, Any]]:
    """Rows that a batch of one dataset gives."""
    made = table.add({name: make_table(rows, name if name in NAMES.values() else "modbus")})
    made.validate(full=True)
    assert made.schema == ASSET.arrow
    found: list[dict[str, Any]] = made.to_pylist()
    return found


def test_an_observation_has_its_evidence() -> None:
    """Device, fact, value, how it is known; the conversation and packets of the record it comes from."""
    [service, role, client] = add(
        AssetTable(ORIGIN), [{"wanglou.packet": 5, "wanglou.packet_end": 6, "wanglou.pdu": 2}]
    )
    assert (service["asset.id"], service["asset.field"], service["asset.value"]) == (
        "10.0.0.2", "service", "tcp/502 modbus",
    )  # fmt: skip
    assert (service["asset.service.port"], service["asset.service.protocol"]) == (502, "modbus")
    assert (service["asset.basis"], service["asset.source"], service["event.action"]) == ("seen", "modbus", "first")
    assert service["asset.evidence"] == "c" * 16 + "-modbus-5-2"
    assert (service["wanglou.packet"], service["wanglou.packet_end"]) == (5, 6)
    assert (service["source.ip"], service["destination.port"], service["host.ip"]) == ("10.0.0.1", 502, "10.0.0.2")
    assert (role["asset.role"], client["asset.role"], client["host.ip"]) == (
        "modbus_server",
        "modbus_client",
        "10.0.0.1",
    )
    assert service["organization.id"] == "plant"
    assert service["event.dataset"] == "asset"


def test_ecs_columns_hold_the_value_too() -> None:
    """Vendor, product, model, code and firmware of Modbus device identification."""
    row: Row = {
        "modbus.unit_id": 7, "modbus.device_id.object_ids": [0, 1, 2, 4, 5],
        "modbus.device_id.object_values": ["Acme", "A-1", "V2", "Press", "P9"],
    }  # fmt: skip
    found = {one["asset.field"]: one for one in add(AssetTable(ORIGIN), [row])}
    assert found["vendor"]["device.manufacturer"] == "Acme"
    assert found["product_code"]["device.model.identifier"] == "A-1"
    assert found["firmware"]["service.version"] == "V2"
    assert found["product"]["device.product.name"] == "Press"
    assert (found["model"]["device.model.name"], found["model"]["asset.id"]) == ("P9", "10.0.0.2/7")
    assert found["model"]["asset.part"] == "7"


def test_what_is_known_is_told_again_after_an_hour() -> None:
    """And not before, in whatever batches it comes."""
    table = AssetTable(ORIGIN)
    assert len(add(table, [{}, {}])) == 3
    assert add(table, [{}]) == []
    later = add(table, [{"@timestamp": START_NS + HOUR_NS}])
    assert [one["event.action"] for one in later] == ["again"] * 3


def test_another_link_address_is_a_change() -> None:
    """As where somebody answers for another (ARP spoofing)."""
    table = AssetTable(ORIGIN)
    tables, _ = read_links([frame(arp()), frame(arp(source=THERE))])
    found = table.add({}, tables).to_pylist()
    changes = [one for one in found if one["event.action"] == "changed"]
    assert [(one["asset.field"], one["asset.value"], one["asset.previous"]) for one in changes] == [
        ("mac", THERE, HERE), ("mac_vendor", "Siemens AG", "PROFIBUS Nutzerorganisation e.V."),
    ]  # fmt: skip
    assert {one["asset.mac_vendor"] for one in changes} == {"Siemens AG"}
    assert {one["asset.evidence"] for one in found} == {None}


def test_enterprises_do_not_mix() -> None:
    """The same addresses in two enterprises are two devices."""
    table = AssetTable(ORIGIN)
    assert len(add(table, [{"organization.id": "a"}])) == 3
    assert len(add(table, [{"organization.id": "b"}])) == 3


def test_observations_of_a_packet_are_told_apart() -> None:
    """Their numbers differ, and are the same when the capture is read again."""
    rows: list[Row] = [{"modbus.unit_id": unit, "wanglou.packet": 1, "wanglou.packet_end": 1} for unit in range(1, 200)]
    numbers = [one["wanglou.pdu"] for one in add(AssetTable(ORIGIN), rows)]
    assert len(set(numbers)) == len(numbers) > 200
    assert max(numbers) < 1 << 16
    assert numbers == [one["wanglou.pdu"] for one in add(AssetTable(ORIGIN), rows)]


def test_what_is_remembered_is_bounded() -> None:
    """Facts of devices seen longest ago are forgotten and counted."""
    table = AssetTable(ORIGIN, most=4)
    add(table, [{"destination.ip": f"10.0.1.{last}"} for last in range(9)])
    assert table.counters["asset_facts_forgotten"] > 0


def test_sightings_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """As where every packet has another sender; what is beyond the bound is counted."""
    monkeypatch.setattr(asset_table, "MOST_SIGHTINGS", 10)
    table = AssetTable(ORIGIN)
    assert 0 < len(add(table, [{"source.ip": f"10.0.1.{last}"} for last in range(30)])) <= 10
    assert table.counters["asset_sightings_cut"] > 0


def test_tables_may_be_missing_or_empty() -> None:
    """And datasets that say nothing of devices are passed over."""
    table = AssetTable(ORIGIN)
    assert table.add({}).schema == ASSET.arrow
    assert len(table.add({"modbus": make_table([{}]).slice(0, 0), "unheard": make_table([{}])})) == 0


@given(
    st.sampled_from(sorted(SOURCES)),
    st.lists(
        st.fixed_dictionaries(
            {},
            optional={
                "source.ip": st.sampled_from(["10.0.0.1", "224.0.0.1", None]),
                "destination.mac": st.sampled_from([HERE, "FF-FF-FF-FF-FF-FF", None]),
                "modbus.device_id.object_ids": st.lists(st.integers(0, 9), max_size=3),
                "modbus.device_id.object_values": st.lists(st.text(max_size=9), max_size=3),
                "modbus.response.server_id": st.binary(max_size=12).map(bytes.hex),
                "opcua.nodes": st.just(["i=2261"]),
                "opcua.values": st.lists(st.text(max_size=9), max_size=2),
                "dns.answers.data": st.lists(st.sampled_from(["10.0.0.7", "nonsense"]), max_size=3),
                "dns.answers.name": st.lists(st.text(max_size=9), max_size=3),
                "dns.answers.type": st.lists(st.just("A"), max_size=3),
                "mqtt.client_id": st.text(max_size=900),
                "organization.id": st.sampled_from(["plant", None]),
            },
        ),
        min_size=1,
        max_size=6,
    ),
)
def test_any_rows_give_sound_tables(name: str, rows: list[Row]) -> None:
    """Whatever the columns hold, fields and roles are declared ones."""
    full = [{"flow.state": "closed", "destination.packets": 1, "flow.source.tcp_flags": 2, **row} for row in rows]
    for one in add(AssetTable(ORIGIN), full, name):
        assert one["asset.field"] in FIELDS
        assert one["asset.role"] is None or one["asset.role"] in KNOWN_ROLES
        assert one["asset.source"] == name


def test_what_a_capture_of_a_controller_tells(shared: Path) -> None:
    """A Schneider controller is known by its UMAS answers and by its link address."""
    found = read_records(shared / "captures" / "modbus" / "modicon_umas.pcap")["asset"]
    facts = {(one["asset.id"], one["asset.field"], one["asset.value"]) for one in found}
    server = "192.168.63.253"
    assert {
        (server, "role", "plc"), (server, "vendor", "Schneider Electric"), (server, "model", "140 CPU 311 10"),
        (server, "service", "tcp/502 modbus"), (server, "mac", "00-00-54-14-F2-4F"),
        ("192.168.63.100", "role", "modbus_client"),
    } <= facts  # fmt: skip
    assert {one["asset.mac_vendor"] for one in found if one["host.mac"] == "00-00-54-14-F2-4F"} == {
        "Schneider Electric"
    }
    evidence = {one["asset.evidence"].split("-")[1] for one in found if one["asset.evidence"]}
    assert evidence <= set(DATASETS)


@pytest.mark.parametrize("name", ["suricata_modbus.pcap", "icsnpp_modbus_example.pcap"])
def test_identifiers_of_a_capture_are_unique(shared: Path, name: str) -> None:
    """No two observations share packet and number."""
    found = read_records(shared / "captures" / "modbus" / name)["asset"]
    keys = [(one["wanglou.packet"], one["wanglou.pdu"]) for one in found]
    assert len(set(keys)) == len(keys)
