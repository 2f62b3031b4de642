"""A laptop tries every public and user-defined function code against one controller."""

from __future__ import annotations

from pymodbus.pdu import ModbusPDU

from pcaps.scenarios.rig.layout import CHEM
from pcaps.scenarios.rig.operations import chem_masters
from pcaps.scenarios.rig.scenario import Scenario
from pcaps.scenarios.rig.stage import Stage, ask
from pcaps.scenarios.rig.umas import Umas

_SPARED = {5, 6, 8, 15, 16, 21, 22, 23}
"""Codes a careful scanner leaves out because they would change something."""


class Probe(ModbusPDU):
    """A request of any function code with four zero bytes; the scanner looks only at the kind of answer."""

    def __init__(self, function_code: int) -> None:
        super().__init__(dev_id=1)
        self.function_code = function_code

    def encode(self) -> bytes:
        """Give the four bytes most functions take for address 0, quantity 1."""
        return b"\x00\x00\x00\x01"


async def attack(stage: Stage) -> None:
    """Scan once quickly, then look closer at what answered."""
    await stage.until(45)
    stage.mark()
    async with stage.connect(CHEM.host("column").ip, patience_s=0.1) as client:
        client.register(Umas)  # pymodbus closes a connection whose answers it cannot decode
        for code in range(1, 128):
            if code not in _SPARED:
                await ask(client, Probe(code))
                await stage.wait(0.3)
        stage.mark()
        for code in (1, 2, 3, 4, 7, 11, 17):
            await ask(client, Probe(code))
            await stage.wait(1.5)


SCENARIO = Scenario(
    file="function_scan.pcap",
    enterprise="chem",
    duration_s=150,
    time_scale=6,
    seed=3,
    masters=chem_masters(slack=2),
    acts={"laptop": attack},
    strangers=("laptop",),
)
