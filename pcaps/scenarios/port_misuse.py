"""Ports that lie, to pass a firewall that sees only them: HTTP and a shell on 502, Modbus on 10502 and over UDP."""

from __future__ import annotations

import asyncio

from pymodbus.client import AsyncModbusUdpClient
from pymodbus.server import ModbusUdpServer

from pcaps.scenarios.rig.controller import Door, control
from pcaps.scenarios.rig.layout import CHEM
from pcaps.scenarios.rig.operations import chem_masters
from pcaps.scenarios.rig.scenario import Scenario
from pcaps.scenarios.rig.stage import MODBUS_PORT, Stage, hear, open_socket

_OTHER_PORT = 10502
_HEADERS = "Host: 10.20.1.200:502\r\nUser-Agent: curl/7.88.1\r\nAccept: */*"
_PAGE = b"<html><body>staging area</body></html>\n" * 20


async def _serve_web(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while head := await reader.readuntil(b"\r\n\r\n"):
        if b"Upgrade: shell" in head:
            await _serve_shell(reader, writer)
            break
        writer.write(
            b"HTTP/1.1 200 OK\r\nServer: nginx\r\nContent-Type: text/html\r\n"
            + b"Content-Length: %d\r\n\r\n" % len(_PAGE)
            + _PAGE
        )
    writer.close()


async def _serve_shell(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 101 Switching Protocols\r\n\r\n$ ")
    while line := await reader.readline():
        writer.write(b"ran " + line + b"$ ")


async def implant(stage: Stage) -> None:
    """Serve the web on 502, and Modbus on port 10502 and over UDP, from the cell."""
    host = CHEM.host("implant_plc")
    web = await asyncio.start_server(_serve_web, host.ip, MODBUS_PORT)
    doors = (Door(_OTHER_PORT), Door(server=ModbusUdpServer))
    plcs = [asyncio.create_task(control(host, stage.scale, stage.seed, lambda: None, door=door)) for door in doors]
    await stage.until(140)
    for plc in plcs:
        plc.cancel()
    web.close()


async def laptop(stage: Stage) -> None:
    """Fetch pages, type commands, then talk Modbus where nobody expects it."""
    await stage.until(40)
    stage.mark()
    async with open_socket(CHEM.host("implant").ip) as (reader, writer):
        for page in ("/", "/tools", "/upload?id=1", "/upload?id=2"):
            writer.write(f"GET {page} HTTP/1.1\r\n{_HEADERS}\r\n\r\n".encode())
            await hear(reader, 0.3)
            await stage.wait(3)
        stage.mark()
        writer.write(b"GET / HTTP/1.1\r\nUpgrade: shell\r\n\r\n")
        await hear(reader)
        for command in (b"whoami\n", b"ls /data\n", b"cat /data/points.csv\n"):
            writer.write(command)
            await hear(reader)
            await stage.wait(3)
    await stage.until(80)
    stage.mark()
    async with stage.connect(CHEM.host("implant").ip, port=_OTHER_PORT) as client:
        for address in range(5):
            await client.read_holding_registers(address, count=4, device_id=1)
            await stage.wait(2)
            await client.write_register(address, 100 + address, device_id=1)
            await stage.wait(2)
    await stage.until(110)
    stage.mark()
    async with AsyncModbusUdpClient(CHEM.host("implant").ip, timeout=1, retries=0) as datagrams:
        for address in range(8):
            await datagrams.read_holding_registers(address, count=2, device_id=1)
            await stage.wait(2)


SCENARIO = Scenario(
    file="port_misuse.pcap",
    enterprise="chem",
    duration_s=160,
    time_scale=6,
    seed=13,
    masters=chem_masters(slack=2),
    acts={"implant": implant, "laptop": laptop},
    strangers=("implant", "laptop"),
)
