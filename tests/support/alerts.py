"""Made-up alerts as the store gives them, and strategies that make storms of them."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

import pyarrow as pa
from hypothesis import strategies as st

from correlation.alert_facts import COLUMNS
from detection.alert import ALERT

SECOND_NS = 10**9
START_NS = 1_790_000_000 * SECOND_NS
CAPTURE = "a" * 64

WRITE, READ, SCAN = "modbus_write_unauthorized", "modbus_read_unauthorized", "flow_host_sweep"
SILENT, STORM, SPOOFED = "modbus_server_silent", "modbus_exception_storm", "modbus_reply_mismatch"
FACTS: dict[str, tuple[int, str, str]] = {
    WRITE: (75, "T0855", "违规操作事件"),
    READ: (45, "T0801", "网络攻击事件"),
    SCAN: (60, "T0846", "网络攻击事件"),
    SILENT: (60, "T0814", "异常行为事件"),
    STORM: (50, "T0888", "网络攻击事件"),
    SPOOFED: (62, "T0856", "数据安全事件"),
    "modbus_server_failure": (48, "T0826", "设备设施故障事件"),
    "modbus_vendor_function": (35, "T0871", "异常行为事件"),
    "modbus_safety_range_write": (92, "T0836", "网络攻击事件"),
}
"""Severity, technique and class of the rules that tests use."""

Alert = dict[str, Any]


def make_alert(
    rule: str,
    source: str | None,
    destination: str | None,
    at_s: float = 0,
    *,
    lasts_s: float = 0,
    enterprise: str = "chem",
    capture: str = CAPTURE,
) -> Alert:
    """Make an alert that was raised ``at_s`` after START_NS."""
    severity, technique, event_class = FACTS[rule]
    start = START_NS + int(at_s * SECOND_NS)
    key = "\0".join(map(str, (rule, source, destination, start, enterprise, capture)))
    return {
        "@timestamp": start,
        "event.id": f"alert-{hashlib.sha256(key.encode()).hexdigest()[:32]}",
        "event.dataset": "alert",
        "event.start": start,
        "event.end": start + int(lasts_s * SECOND_NS),
        "event.severity": severity,
        "organization.id": enterprise,
        "source.ip": source,
        "destination.ip": destination,
        "rule.name": rule,
        "threat.technique.id": [technique],
        "wanglou.event_class.name": event_class,
        "wanglou.event_class.subclass": "其他",
        "wanglou.alert.dataset": "modbus",
        "wanglou.alert.count": 1,
        "wanglou.alert.entities": [f"source.ip={source}"],
        "wanglou.alert.title.zh": rule,
        "wanglou.alert.title.en": rule,
        "wanglou.capture": capture,
        "wanglou.packet": 1,
        "wanglou.packet_end": 1,
    }


def make_alerts(alerts: Sequence[Alert]) -> pa.Table:
    """Make the whole table of alerts."""
    return pa.Table.from_pylist(list(alerts), schema=ALERT.arrow)


def make_columns(alerts: Sequence[Alert]) -> pa.Table:
    """Make a table of the columns that incidents are made of."""
    return make_alerts(alerts).select(COLUMNS)


_HOSTS = st.sampled_from([f"10.0.0.{host}" for host in range(1, 7)])
ALERTS = st.builds(
    make_alert,
    st.sampled_from(sorted(FACTS)),
    st.none() | _HOSTS,
    st.none() | _HOSTS,
    st.integers(0, 20_000),
    lasts_s=st.integers(0, 5_000),
    enterprise=st.sampled_from(["chem", "water"]),
)
"""Alerts of a few hosts of two enterprises, close enough in time to meet."""
