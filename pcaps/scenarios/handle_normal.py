"""Forty minutes at an enterprise node: bags are registered and resolved over the Handle protocol. Nothing is wrong."""

from __future__ import annotations

from pcaps.scenarios.rig.registrar import make_scenario

SCENARIO = make_scenario("handle_normal.pcap.gz", 51, 2400, {}, time_scale=40)
