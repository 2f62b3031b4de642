"""Places of the demo park that speak something else than Modbus: OPC UA in the cell, a broker, resolvers.

All stand in the networks of ``chem`` (pcaps.scenarios.rig.layout); the first segment of each is the tapped one.
"""

from __future__ import annotations

from pcaps.scenarios.rig.layout import CHEM, Host, Layout

_CELL, _SUPERVISION, _OFFICE, _OUTSIDE = CHEM.segments

_LAPTOP, _IMPLANT, _INTERNET = (CHEM.host(name) for name in ("laptop", "implant", "internet"))
_HMI, _SCADA, _ENGINEERING = (CHEM.host(name) for name in ("hmi", "scada", "engineering"))
_HISTORIAN = Host("historian", "supervision", "10.20.2.40", "52:54:00:20:02:28")
_MES = Host("mes", "supervision", "10.20.2.41", "52:54:00:20:02:29")

LINE = Layout(
    "chem",
    (_CELL, _SUPERVISION, _OFFICE),
    (
        Host("filling", "cell", "10.20.1.31", "00:0e:8c:41:a2:1f"),
        Host("mixing", "cell", "10.20.1.32", "00:01:05:2b:7c:20"),
        _HMI, _SCADA, _ENGINEERING, _HISTORIAN,
    ),
    (_LAPTOP, _IMPLANT),
)  # fmt: skip
"""Two machines with OPC UA servers; ``mixing`` is to be used with signing and encryption only."""

TELEMETRY = Layout(
    "chem",
    (_SUPERVISION, _CELL, _OFFICE, _OUTSIDE),
    (
        Host("broker", "supervision", "10.20.2.30", "52:54:00:20:02:1e"),
        Host("gateway", "cell", "10.20.1.51", "00:90:e8:5c:20:33"),
        Host("weigher", "cell", "10.20.1.52", "24:6f:28:7a:10:34"),
        _SCADA, _HISTORIAN, _MES,
    ),
    (_LAPTOP, _IMPLANT, _INTERNET),
)  # fmt: skip
"""A broker between an edge node (Sparkplug B), a weighing terminal (JSON), SCADA, historian and MES."""

IDENTIFIERS = Layout(
    "chem",
    (_SUPERVISION, _CELL, _OFFICE, _OUTSIDE),
    (
        Host("resolver", "supervision", "10.20.2.53", "52:54:00:20:02:35"),
        Host("node", "supervision", "10.20.2.61", "52:54:00:20:02:3d"),
        Host("reader", "cell", "10.20.1.61", "00:07:32:4e:90:3d"),
        _MES, _ENGINEERING,
        Host("upper_node", "outside", "203.0.113.10", "52:54:00:71:00:0a"),
    ),
    (_LAPTOP, _IMPLANT, _INTERNET, Host("foreign", "outside", "203.0.113.80", "52:54:00:71:00:50")),
)  # fmt: skip
"""A resolver for ONS and ORS, the enterprise's Handle server, those who ask them, and a node of the level above."""
