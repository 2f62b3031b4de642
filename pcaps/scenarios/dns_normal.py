"""Forty minutes at a resolver: products by ONS, devices by ORS, hosts by name. Nothing is wrong."""

from __future__ import annotations

from pcaps.scenarios.rig.questioner import make_scenario

SCENARIO = make_scenario("dns_normal.pcap.gz", 61, 2400, {}, time_scale=40)
