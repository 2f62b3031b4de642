"""A lake of made-up observations and flows, to keep assets of."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from correlation.asset_claim import Claim
from correlation.lake import Lake
from correlation.store import CaptureRecord
from parsers.schema import DATASETS
from tests.support.lakes import NO_ALERTS, START_NS, make_identity, make_lake, make_table


def observe(claims: Sequence[Claim]) -> list[dict[str, Any]]:
    """Make the observations that claims come from, one for each."""
    return [
        {
            "@timestamp": START_NS + one.first_ns, "event.dataset": "asset", "asset.id": one.ip or one.mac,
            "asset.part": one.part or None, "asset.field": one.field, "asset.value": one.value,
            "asset.basis": one.basis,
            "asset.source": one.source, "host.ip": one.ip or None, "host.mac": one.mac or None,
            "organization.id": one.enterprise or None, "wanglou.packet": number, "wanglou.pdu": 0,
        }
        for number, one in enumerate(claims)
    ]  # fmt: skip


def make_flow(number: int, source: str, destination: str, port: int = 502, **other: Any) -> dict[str, Any]:
    """Make a flow of ten packets that was answered."""
    return {
        "@timestamp": START_NS + number, "event.end": START_NS + number + 5, "event.dataset": "flow",
        "source.ip": source, "destination.ip": destination, "destination.port": port, "network.transport": "tcp",
        "network.protocol": "modbus", "network.packets": 10, "network.bytes": 600, "destination.packets": 4,
        "flow.state": "closed", "wanglou.packet": number, "wanglou.pdu": 0, **other,
    }  # fmt: skip


def add_capture(
    lake: Lake, digit: str, claims: Sequence[Claim] = (), flows: Sequence[dict[str, Any]] = (),
    modbus: Sequence[dict[str, Any]] = (), parser: str = "1",
) -> str:  # fmt: skip
    """Add a capture of such records, and give its identity."""
    identity = make_identity(digit)
    told = {"asset": observe(claims), "flow": list(flows), "modbus": list(modbus)}
    with lake.ingest(CaptureRecord(identity, f"{digit}.pcap", parser_digest=parser)) as ingest:
        for dataset, records in told.items():
            rows = [{**record, "wanglou.capture": identity} for record in records]
            if rows:
                ingest.append(dataset, make_table(DATASETS[dataset], rows))
        ingest.commit(NO_ALERTS, {}, "rules-1")
    return identity


def make_asset_lake(folder: Path) -> Lake:
    """Open a lake."""
    return make_lake(folder)
