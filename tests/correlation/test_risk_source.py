"""What risk reads from tables."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from correlation.lake import Lake
from correlation.risk_devices import Devices
from correlation.risk_facts import NEVER
from correlation.risk_source import Handled, read_alerts, read_conversations, read_material
from correlation.risk_weights import load_weights
from correlation.store import CaptureRecord
from tests.support.lakes import DAY_NS, FLOW, NO_ALERTS, START_NS, make_identity, make_table

COLUMNS = pa.schema(
    [(name, pa.string()) for name in ("organization.id", "source.ip", "destination.ip", "rule.name", "event.id")]
    + [
        ("event.severity", pa.int64()),
        ("@timestamp", pa.timestamp("ns", "UTC")),
        ("event.end", pa.timestamp("ns", "UTC")),
        ("event.start", pa.timestamp("ns", "UTC")),
    ]
)
FLOWS = pa.schema(
    [(name, pa.string()) for name in ("organization.id", "source.ip", "destination.ip", "network.protocol", "event.id")]
    + [("destination.port", pa.uint16()), ("@timestamp", pa.timestamp("ns", "UTC"))]
)


def make_alert(number: int, source: str | None, destination: str | None, **more: Any) -> dict[str, Any]:
    """Make the row of an alert."""
    return {
        "organization.id": "chem", "source.ip": source, "destination.ip": destination, "rule.name": f"r{number % 3}",
        "event.id": f"alert-{number}", "event.severity": 50, "@timestamp": number, "event.end": number + 5,
    } | more  # fmt: skip


def read(
    rows: list[dict[str, Any]], handled: dict[str, Handled] | None = None, pieces: int = 1
) -> list[tuple[Any, ...]]:
    """Read alerts and tell them by the names of what they are tied to."""
    devices = Devices(None)
    batches = [pa.RecordBatch.from_pylist(rows[place::pieces], schema=COLUMNS) for place in range(pieces)]
    alerts = read_alerts(batches, devices.find, handled or {})
    assets = devices.assets()
    columns = (alerts.asset, alerts.rule, alerts.aimed, alerts.first_ns, alerts.last_ns, alerts.handled_ns,
               alerts.closed_ns, alerts.suppressed, alerts.event)  # fmt: skip
    return sorted(
        (assets[asset].id, alerts.rules[rule], alerts.events[event], aimed, *times)
        for asset, rule, aimed, *times, event in zip(*(column.tolist() for column in columns), strict=True)
    )


def test_an_alert_is_tied_to_both_ends() -> None:
    """The server was aimed at, the client did it; the only device counts in full; no device is the nameless one."""
    rows = [
        make_alert(1, "10.0.0.2", "10.0.0.1"),
        make_alert(2, "10.0.0.2", None),
        make_alert(3, "10.0.0.2", "8.8.8.8"),
        make_alert(4, "8.8.8.8", "10.0.0.1"),
        make_alert(5, None, None),
        make_alert(6, "10.0.0.3", "10.0.0.3"),
    ]
    assert [(asset, event, aimed) for asset, _, event, aimed, *_ in read(rows)] == [
        ("", "alert-5", True),
        ("10.0.0.1", "alert-1", True),
        ("10.0.0.1", "alert-4", True),
        ("10.0.0.2", "alert-3", True),
        ("10.0.0.2", "alert-1", False),
        ("10.0.0.2", "alert-2", True),
        ("10.0.0.3", "alert-6", True),
    ]


def test_times_and_handling_follow_the_alert() -> None:
    """Both rows of an alert know when it was handled; an end before the beginning is the beginning."""
    rows = [make_alert(1, "10.0.0.2", "10.0.0.1"), make_alert(2, None, "10.0.0.1", **{"event.end": None})]
    found = read(rows, {"alert-1": Handled(30, 40, suppressed=True), "gone": Handled(1)})
    assert {one[4:] for one in found if one[2] == "alert-1"} == {(1, 6, 30, 40, True)}
    assert {one[4:] for one in found if one[2] == "alert-2"} == {(2, 2, NEVER, NEVER, False)}


@given(
    st.lists(st.tuples(*(st.sampled_from([None, "10.0.0.1", "10.0.0.2", "8.8.8.8"]),) * 2), max_size=12),
    st.integers(1, 5),
)
def test_batches_make_no_difference(ends: list[tuple[str | None, str | None]], pieces: int) -> None:
    """Alerts in several batches, in another order, are read the same."""
    rows = [make_alert(number, *end) for number, end in enumerate(ends)]
    assert read(rows) == read(rows, pieces=pieces)


def test_flows_become_conversations_by_day() -> None:
    """Flows of one client, server, port and protocol on one day are one, counted, with the first id."""
    flow = {"organization.id": "chem", "source.ip": "10.0.0.2", "destination.ip": "10.0.0.1", "destination.port": 502,
            "network.protocol": None}  # fmt: skip
    rows = [flow | {"@timestamp": time, "event.id": f"f{5 - place}"} for place, time in enumerate((1, 2, DAY_NS))]
    batches = [pa.RecordBatch.from_pylist(rows[:1], schema=FLOWS), pa.RecordBatch.from_pylist(rows[1:], schema=FLOWS)]
    found = read_conversations(batches)
    assert [(one.day, one.count, one.evidence) for one in found] == [(0, 2, "f4"), (1, 1, "f3")]
    assert found[0].conversation.protocol == ""
    assert read_conversations([]) == []


def test_what_is_left_out_is_counted(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Beyond the bounds the conversations with the most flows stay, and the counters tell."""
    monkeypatch.setattr("correlation.risk_source.MOST_CONVERSATIONS", 1)
    with Lake(tmp_path) as lake:
        identity = make_identity("a")
        flows = [
            {"@timestamp": START_NS, "organization.id": "chem", "source.ip": source, "destination.ip": "10.0.0.1",
             "flow.state": "established", "wanglou.capture": identity, "wanglou.packet": place, "wanglou.pdu": 0}
            for place, source in enumerate(("10.0.0.2", "10.0.0.3", "10.0.0.3"))
        ]  # fmt: skip
        with lake.ingest(CaptureRecord(identity, "a")) as ingest:
            ingest.append("flow", make_table(FLOW, flows))
            ingest.commit(NO_ALERTS, {}, "rules")
        found = read_material(lake, load_weights(), None, {}, START_NS, START_NS // DAY_NS)
        monkeypatch.setattr("correlation.risk_source.MOST_FLOWS", 2)
        fewer = read_material(lake, load_weights(), None, {}, START_NS, START_NS // DAY_NS)
    assert [one.conversation.client for one in found.seen] == ["10.0.0.3"]
    assert found.counters == {"flows_cut": 0, "conversations_cut": 1}
    assert fewer.counters["flows_cut"] == 1
