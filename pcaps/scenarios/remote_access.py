"""From the office someone opens the operator station's screen over VNC and uses it to change what it may change."""

from __future__ import annotations

import asyncio
import contextlib

from pcaps.scenarios.rig.layout import CHEM
from pcaps.scenarios.rig.operations import chem_masters
from pcaps.scenarios.rig.scenario import Scenario
from pcaps.scenarios.rig.stage import Stage, hear, open_socket

_VNC_PORT = 5900
_MASTERS = chem_masters(slack=2)


async def _show_screen(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"RFB 003.008\n")
    with contextlib.suppress(ConnectionError):
        while await reader.read(256):
            writer.write(bytes(range(256)) * 4)
    writer.close()


async def _act_on_screen(stage: Stage) -> None:
    await stage.until(75)
    stage.mark()
    async with stage.connect(CHEM.host("boiler").ip) as client:
        for value in (1750, 1800):
            await client.write_register(0, value, device_id=1)
            await stage.wait(6)


async def hmi(stage: Stage) -> None:
    """Poll as always, offer the screen, and do what the visitor clicks."""
    screen = await asyncio.start_server(_show_screen, CHEM.host("hmi").ip, _VNC_PORT)
    await asyncio.gather(_MASTERS["hmi"](stage), _act_on_screen(stage))
    screen.close()


async def visitor(stage: Stage) -> None:
    """Open the screen, look and click for a minute."""
    await stage.until(40)
    stage.mark()
    async with open_socket(CHEM.host("hmi").ip, _VNC_PORT) as (reader, writer):
        await hear(reader)
        writer.write(b"RFB 003.008\n")
        for _ in range(30):
            await hear(reader)
            await stage.wait(2)
            writer.write(bytes([5, stage.random.randrange(2), *stage.random.randbytes(4)]))


SCENARIO = Scenario(
    file="remote_access.pcap",
    enterprise="chem",
    duration_s=140,
    time_scale=6,
    seed=27,
    masters={**_MASTERS, "hmi": hmi},
    acts={"laptop": visitor},
    strangers=("laptop",),
)
