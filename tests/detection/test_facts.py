"""Facts about ``detection.facts``."""

from __future__ import annotations

import ipaddress
from typing import Any

import pytest

from detection.columns import SITE_FIELDS
from detection.facts import SiteFacts
from wanglou.addresses import Ranges
from wanglou.site import MasterRule, Name, SafetyRange, Site, Table, Zone


def ranges(*texts: str) -> Ranges:
    """Make ranges of CIDR texts."""
    return Ranges(ipaddress.ip_network(text) for text in texts)


def safety(table: Table, first: int, last: int) -> SafetyRange:
    """Make a safety range of server 10.0.1.7, unit 1."""
    return SafetyRange("", ranges("10.0.1.7"), ((1, 1),), table, ((first, last),))


NAME = Name("名", "name")
SITE = Site(
    id="p",
    name=NAME,
    zones=(Zone("field", NAME, ranges("10.0.1.0/24"), 1.0, ""), Zone("office", NAME, ranges("10.0.9.0/24"), None, "")),
    masters=(MasterRule("water", ranges("10.0.2.1"), ranges("10.0.1.0/24"), ((1, 1),)),),
    safety=(safety("holding", 400, 449), safety("coil", 3, 5)),
)


def derive(name: str, **inputs: Any) -> Any:
    """Derive one column of one row; dots of field names are written as two underscores."""
    columns = {key.replace("__", "."): [value] for key, value in inputs.items()}
    return SiteFacts(SITE).derive(name, columns, 1)[0]


def test_without_a_site_file_every_fact_is_missing() -> None:
    """Nothing is known, so no rule about zones or masters can fire."""
    facts = SiteFacts(None)

    assert [facts.derive(field.name, {"source.ip": ["10.0.1.1"]}, 1) for field in SITE_FIELDS] == [[None]] * 8


def test_zones() -> None:
    """Zone, level and knowledge of an address; an address in no zone is known to be unknown."""
    names = ("zone", "level", "known")

    assert [derive(f"wanglou.site.source.{name}", source__ip="10.0.1.4") for name in names] == ["field", 1.0, True]
    assert [derive(f"wanglou.site.source.{name}", source__ip="10.0.9.4") for name in names] == ["office", None, True]
    assert [derive(f"wanglou.site.destination.{n}", destination__ip="8.8.8.8") for n in names] == [None, None, False]
    assert [derive(f"wanglou.site.source.{name}", source__ip=None) for name in names] == [None, None, None]


def test_a_site_without_zones_knows_nothing_of_them() -> None:
    """Where the site file lists no zones, an address is not unknown either."""
    site = Site(id="p", name=NAME)

    assert SiteFacts(site).derive("wanglou.site.source.known", {"source.ip": ["10.0.1.1"]}, 1) == [None]


@pytest.mark.parametrize(
    ("owner", "client", "server", "unit", "allowed"),
    [
        ("water", "10.0.2.1", "10.0.1.7", 1, True),
        ("water", "10.0.2.1", "10.0.1.7", 2, False),
        ("water", "10.0.2.2", "10.0.1.7", 1, False),
        ("power", "10.0.2.2", "10.0.1.7", 1, None),
        ("water", None, "10.0.1.7", 1, None),
        ("water", "10.0.2.1", "10.0.5.5", 1, None),
    ],
)
def test_masters(owner: str, client: str | None, server: str, unit: int, allowed: bool | None) -> None:
    """Allowed, not allowed, or not told by the site file for that server and enterprise."""
    inputs: dict[str, Any] = {
        "organization.id": [owner],
        "source.ip": [client],
        "destination.ip": [server],
        "modbus.unit_id": [unit],
    }

    assert SiteFacts(SITE).derive("wanglou.site.master_allowed", inputs, 1) == [allowed]


@pytest.mark.parametrize(
    ("code", "request_fields", "touched"),
    [
        (3, {"address": 390, "end_address": 400}, True),
        (3, {"address": 390, "end_address": 399}, False),
        (3, {"address": 449, "end_address": 449}, True),
        (3, {"address": 450, "end_address": 460}, False),
        (3, {"address": 300, "end_address": 500}, True),
        (6, {"address": 400}, True),
        (16, {"address": 395, "quantity": 6}, True),
        (16, {"address": 395, "quantity": 5}, False),
        (5, {"address": 400}, False),
        (5, {"address": 4}, True),
        (4, {"address": 400}, False),
        (23, {"address": 0, "quantity": 1, "write.address": 449, "write.quantity": 1}, True),
        (23, {"address": 449, "quantity": 1, "write.address": 0, "write.quantity": 1}, True),
        (23, {"address": 0, "quantity": 1, "write.address": 450, "write.quantity": 9}, False),
        (43, {}, False),
    ],
)
def test_safety(code: int, request_fields: dict[str, int], touched: bool) -> None:
    """A request touches a range when any of its registers or coils is in it; tables are told apart."""
    inputs: dict[str, list[Any]] = {f"modbus.request.{key}": [value] for key, value in request_fields.items()}
    inputs |= {"modbus.function.code": [code], "destination.ip": ["10.0.1.7"], "modbus.unit_id": [1]}
    facts = SiteFacts(SITE)

    assert facts.derive("wanglou.site.safety", inputs, 1) == [touched]
    assert facts.derive("wanglou.site.safety", {**inputs, "destination.ip": ["10.0.1.8"]}, 1) == [None]


def test_answers_are_remembered_within_bounds(monkeypatch: pytest.MonkeyPatch) -> None:
    """The memory of asked questions starts anew when it is full, and answers stay the same."""
    monkeypatch.setattr(SiteFacts, "LIMIT", 2)
    facts = SiteFacts(SITE)
    servers = [f"10.0.1.{number}" for number in range(9)]
    inputs = {"organization.id": ["water"] * 9, "source.ip": ["10.0.2.1"] * 9, "destination.ip": servers}

    assert facts.derive("wanglou.site.master_allowed", inputs, 9) == [True] * 9
    assert len(facts._masters) <= 2
    assert facts.derive("wanglou.site.safety", inputs, 9) == [None] * 7 + [False, None]
