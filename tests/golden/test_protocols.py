"""The protocol we name a flow by is the one that tshark finds in it."""

from __future__ import annotations

from collections import defaultdict
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.support.records import read_records
from tests.support.tshark import read_version, run_tshark

Ends = tuple[str, frozenset[str]]
"""Transport, and both addresses with their ports."""

PARITY: dict[str, Any] = yaml.safe_load(Path(__file__).with_name("protocols.yaml").read_text(encoding="utf-8"))
NAMES: dict[str, str] = PARITY["names"]
FOLDERS = ("other", "modbus", "opcua", "mqtt", "dns")

pytestmark = pytest.mark.needs_tshark

_FIELDS = ("ip.src", "ipv6.src", "ip.dst", "ipv6.dst", "tcp.srcport", "tcp.dstport", "udp.srcport", "udp.dstport")


@cache
def name_theirs(path: Path) -> dict[Ends, str | None]:
    """Our name for what tshark shows of each conversation, None where it shows none that we know."""
    wanted = [word for field in (*_FIELDS, "frame.protocols") for word in ("-e", field)]
    shown: defaultdict[Ends, set[str]] = defaultdict(set)
    for line in run_tshark("-r", str(path), "-T", "fields", "-E", "occurrence=f", *wanted).decode().splitlines():
        *values, protocols = line.split("\t")
        row = dict(zip(_FIELDS, values, strict=True))
        transport = next((name for name in ("tcp", "udp") if row[f"{name}.srcport"]), "")
        if transport:
            ends = (f"{row[f'ip.{at}'] or row[f'ipv6.{at}']}:{row[f'{transport}.{at}port']}" for at in ("src", "dst"))
            shown[transport, frozenset(ends)].update(protocols.split(":"))
    return {ends: next((NAMES[name] for name in NAMES if name in names), None) for ends, names in shown.items()}


@cache
def name_ours(path: Path) -> dict[Ends, str | None]:
    """Our names of the same conversations; of flows that follow each other on the same ports the first known."""
    found: dict[Ends, str | None] = {}
    for record in read_records(path)["flow"]:
        if record["network.transport"] in ("tcp", "udp"):
            ends = (f"{record[f'{end}.ip']}:{record[f'{end}.port']}" for end in ("source", "destination"))
            key = (record["network.transport"], frozenset(ends))
            found[key] = found.get(key) or record["network.protocol"]
    return found


def list_differences(path: Path) -> list[dict[str, Any]]:
    """Conversations that have another name in tshark."""
    theirs, ours = name_theirs(path), name_ours(path)
    assert set(theirs) == set(ours)
    found = [
        {"transport": key[0], "ends": sorted(key[1]), "tshark": theirs[key], "ours": ours[key]}
        for key in theirs
        if theirs[key] != ours[key]
    ]
    return sorted(found, key=lambda item: (item["transport"], item["ends"]))


def test_protocols_are_those_of_tshark(shared: Path) -> None:
    """Every conversation of the captures has tshark's name, but for the differences that are explained."""
    paths = [path for folder in FOLDERS for path in sorted((shared / "captures" / folder).glob("*.pcap*"))]
    found = {f"{path.parent.name}/{path.name}": list_differences(path) for path in paths}
    known = {
        name: [{field: item[field] for field in item if field != "reason"} for item in items]
        for name, items in PARITY["differences"].items()
    }
    differ = {name: items for name, items in found.items() if items}
    assert differ == known, f"explained for tshark 4.0.17, this is {read_version()}"


def test_every_difference_has_a_reason_and_every_reason_is_needed() -> None:
    """No difference stands unexplained, and no explanation is left of one that is gone."""
    given = {item["reason"] for items in PARITY["differences"].values() for item in items}
    assert given == set(PARITY["reasons"])


@pytest.mark.parametrize(
    ("capture", "protocol"),
    [
        ("bacnet.pcap", "bacnet"), ("dnp3.pcap", "dnp3"), ("enip_cip.pcap", "enip"),
        ("iec104_test_dissect.pcap", "iec104"), ("s7_ident.pcap", "s7comm"),
    ],
)  # fmt: skip
def test_named_flows_give_no_messages(shared: Path, capture: str, protocol: str) -> None:
    """A protocol that is only named has its name in the flow, and no messages are counted."""
    flows = read_records(shared / "captures" / "other" / capture)["flow"]
    named = [flow for flow in flows if flow["network.protocol"] == protocol]
    assert len(named) >= len(flows) - 2
    assert {(flow["flow.messages"], flow["flow.malformed"]) for flow in named} == {(0, 0)}
