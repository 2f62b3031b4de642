"""A device in the cell looks for Modbus hosts, asks who they are, sweeps units, and looks beyond the cell."""

from __future__ import annotations

import asyncio
import contextlib

from pymodbus.exceptions import ModbusException

from pcaps.scenarios.rig.layout import CHEM
from pcaps.scenarios.rig.operations import chem_masters
from pcaps.scenarios.rig.scenario import Scenario
from pcaps.scenarios.rig.stage import MODBUS_PORT, Stage


async def attack(stage: Stage) -> None:
    """Sweep hosts, identify those that answer, sweep unit ids, sweep the supervision network and scan its server."""
    await stage.until(45)
    stage.mark()
    found = [ip for ip in [f"10.20.1.{last}" for last in range(2, 41)] if await _answers(ip)]
    stage.mark()
    for ip in found:
        async with stage.connect(ip) as client:
            with contextlib.suppress(ModbusException):
                await client.read_device_information(read_code=3, object_id=0, device_id=1)
                await client.report_device_id(device_id=1)
        await stage.wait(2)
    stage.mark()
    async with stage.connect(CHEM.host("meters").ip, patience_s=0.05) as client:
        for unit in range(1, 248):
            with contextlib.suppress(ModbusException):
                await client.read_input_registers(0, count=1, device_id=unit)
            await stage.wait(0.2)
    stage.mark()
    for last in range(2, 41):
        await _answers(f"10.20.2.{last}")
    stage.mark()
    for port in (21, 22, 23, 25, 80, 102, 135, 139, 443, 445, 1433, 1911, 2404, 3389, 4840, 5900, 8080, 20000, 44818):
        await _answers(CHEM.host("scada").ip, port)


async def _answers(ip: str, port: int = MODBUS_PORT) -> bool:
    try:
        _, writer = await asyncio.wait_for(asyncio.open_connection(ip, port), 0.05)
    except (OSError, TimeoutError):
        return False
    writer.close()
    with contextlib.suppress(ConnectionError):
        await writer.wait_closed()
    return True


SCENARIO = Scenario(
    file="device_sweep.pcap.gz",
    enterprise="chem",
    duration_s=180,
    time_scale=6,
    seed=4,
    masters=chem_masters(slack=2),
    acts={"implant": attack},
    strangers=("implant",),
)
