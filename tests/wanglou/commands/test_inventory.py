"""What was seen, as the lake tells it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from correlation.lake import Lake
from correlation.record import read_records
from wanglou.commands.inventory import count_devices, count_identifiers, count_protocols


@pytest.fixture
def mixed(mixed_folder: Path) -> Iterator[Lake]:
    """Open the lake of several protocols."""
    with Lake(mixed_folder) as opened:
        yield opened


def list_identities(lake: Lake) -> list[str]:
    """List the identities of the lake's captures."""
    return [capture.record.identity for capture in lake.captures()]


def read_all(lake: Lake, dataset: str) -> list[dict[str, Any]]:
    """Read all records of a dataset."""
    return [dict(record) for batch in lake.search(dataset) for record in read_records(batch)]


def test_functions_of_modbus_are_counted(lake: Lake) -> None:
    """What the counters tell is what the lake holds: functions, exceptions and malformed messages."""
    (use,) = count_protocols(lake, list_identities(lake))
    assert (use.dataset, use.records) == ("modbus", lake.count("modbus"))
    assert use.actions.total() == lake.count("modbus", "_exists_:modbus.function.name")
    assert use.failed == lake.count("modbus", "_exists_:modbus.exception.code")
    assert use.malformed == lake.count("modbus", "wanglou.pairing:malformed")
    named = lake.count("modbus", "modbus.function.name:read_holding_registers")
    assert use.actions["read_holding_registers"] == named > 0


def test_protocols_are_counted(mixed: Lake) -> None:
    """Every dataset of a protocol is told, the largest first: its records are its actions and what was malformed."""
    uses = count_protocols(mixed, list_identities(mixed))
    assert {"opcua", "mqtt", "dns", "handle"} <= {use.dataset for use in uses}
    assert [use.records for use in uses] == sorted((use.records for use in uses), reverse=True)
    for use in uses:
        assert use.records == mixed.count(use.dataset)
        assert use.actions.total() + use.malformed == use.records
        assert use.failed == mixed.count(use.dataset, "event.outcome:failure")
    by_name = {use.dataset: use for use in uses}
    assert by_name["mqtt"].malformed > 0
    assert by_name["dns"].actions["SOA"] == mixed.count("dns", "dns.question.type:SOA") > 0


def test_devices_are_counted_once(mixed: Lake) -> None:
    """A device seen in several captures is one, and one of several roles is in each of them."""
    records = read_all(mixed, "asset")
    devices = count_devices(mixed, list_identities(mixed))
    assert devices.count == len({record["asset.id"].partition("/")[0] for record in records})
    roles = {(record["asset.id"], record["asset.role"]) for record in records if "asset.role" in record}
    assert devices.roles == Counter(role for _, role in roles)
    parts = {(record["asset.id"], record["asset.value"]) for record in records if record["asset.field"] == "parts"}
    assert devices.parts == len(parts) > 0


def test_a_unit_is_no_device(lake: Lake) -> None:
    """What is told of a unit behind an address is told of the device at that address."""
    records = read_all(lake, "asset")
    addresses = {record["asset.id"].partition("/")[0] for record in records}
    assert count_devices(lake, list_identities(lake)).count == len(addresses)


def test_identifiers_are_counted_once(mixed: Lake) -> None:
    """Of each scheme those that differ in their normal form count, over all captures."""
    records = read_all(mixed, "identifier")
    different = {(record["identifier.scheme"], record["identifier.normalized"]) for record in records}
    assert count_identifiers(mixed, list_identities(mixed)) == Counter(scheme for scheme, _ in different)


def test_other_captures_are_left_out(mixed: Lake) -> None:
    """Only what came from the captures asked for is counted."""
    other = ["f" * 64]
    assert count_protocols(mixed, other) == []
    assert count_devices(mixed, other).count == 0
    assert count_identifiers(mixed, other) == Counter()
    one = list_identities(mixed)[:1]
    assert 0 < count_devices(mixed, one).count < count_devices(mixed, list_identities(mixed)).count
