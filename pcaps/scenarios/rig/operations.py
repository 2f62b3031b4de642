"""The everyday work of the demo park's masters, from which every scenario takes what it needs.

``slack`` stretches all polling intervals, so that a short scenario does not drown in polls.
"""

from __future__ import annotations

import contextlib
import random
from collections.abc import Mapping

from pymodbus.exceptions import ModbusException

from pcaps.scenarios.rig.layout import CHEM, LAYOUTS, Layout
from pcaps.scenarios.rig.master import Deed, Poll, Task, set_coil, set_register, set_registers, work
from pcaps.scenarios.rig.scenario import Act
from pcaps.scenarios.rig.stage import Stage

Table = Mapping[str, tuple[tuple[int, int, int, int, float], ...]]
"""Per controller: unit, function, address, count, seconds."""

_CHEM_HMI: Table = {
    "tankfarm": ((1, 4, 0, 20, 5), (1, 1, 0, 8, 10), (1, 2, 0, 16, 10)),
    "reactor": ((1, 4, 0, 20, 1), (1, 3, 0, 16, 5)),
    "dosing": ((1, 4, 0, 20, 5), (1, 1, 0, 8, 5)),
    "column": ((1, 4, 0, 20, 5),),
    "cooling": ((1, 4, 0, 20, 5), (1, 2, 0, 16, 5)),
    "boiler": ((1, 4, 0, 20, 2), (1, 3, 0, 16, 10)),
}
_CHEM_SCADA: Table = {
    **dict.fromkeys(("tankfarm", "reactor", "dosing", "column", "cooling", "boiler"), ((1, 3, 0, 16, 20),)),
    "meters": ((1, 4, 0, 20, 10), (2, 4, 0, 20, 10), (3, 4, 0, 20, 10)),
}

_WATER_HMI: Table = {
    "pumps": ((1, 4, 0, 20, 2), (1, 1, 0, 8, 5)),
    "filters": ((1, 4, 0, 20, 5),),
    "chlorine": ((1, 4, 0, 20, 2), (1, 3, 0, 16, 10)),
}

_MACHINING_HMI: Table = {
    "compressor": ((1, 4, 0, 20, 2), (1, 3, 0, 16, 5)),
    "ventilation": ((1, 4, 0, 20, 5), (1, 2, 0, 16, 5)),
}


def operators_day(length_s: float, seed: int) -> dict[str, list[tuple[float, Deed]]]:
    """Spread an operator's set point changes, pump switching and recipes over a stretch of packet time."""
    chance = random.Random(seed)  # noqa: S311 - an operator's moods
    deeds: dict[str, list[tuple[float, Deed]]] = {}
    at_s, pump = 60.0, True
    while (at_s := at_s + chance.uniform(60, 150)) < length_s - 30:
        name = chance.choice(("dosing", "cooling", "column", "tankfarm"))
        controller = CHEM.host(name).controller
        if controller is not None:
            wanted = controller.units[1][0].setpoint
            deeds.setdefault(name, []).append((at_s, set_register(1, 0, round(wanted * chance.uniform(0.97, 1.03)))))
        if chance.random() < 0.2:
            pump = not pump
            deeds.setdefault("cooling", []).append((at_s + 4, set_coil(1, 2, pump)))
    for recipe_s in (length_s * 0.33, length_s * 0.71):
        recipe = [chance.randrange(50, 900) for _ in range(8)]
        deeds.setdefault("dosing", []).append((recipe_s, set_registers(1, 100, recipe)))
    return deeds


def run_master(
    layout: Layout,
    table: Table,
    *,
    slack: float = 1.0,
    deeds: Mapping[str, list[tuple[float, Deed]]] | None = None,
    reconnects: Mapping[str, tuple[float, ...]] | None = None,
) -> Act:
    """Make the act of one master that polls by a table."""
    tasks = [
        Task(
            layout.host(name).ip,
            tuple(
                Poll(unit, function, address, count, every * slack) for unit, function, address, count, every in polls
            ),
            tuple((deeds or {}).get(name, ())),
            (reconnects or {}).get(name, ()),
        )
        for name, polls in table.items()
    ]
    return lambda stage: work(stage, tasks)


def chem_masters(
    slack: float = 1.0,
    deeds: Mapping[str, list[tuple[float, Deed]]] | None = None,
    reconnects: Mapping[str, tuple[float, ...]] | None = None,
) -> dict[str, Act]:
    """HMI in the cell and SCADA above it."""
    writes = dict(deeds or {})
    return {
        "hmi": run_master(CHEM, _CHEM_HMI, slack=slack, deeds=writes, reconnects=reconnects),
        "scada": run_master(CHEM, _CHEM_SCADA, slack=slack, reconnects=reconnects),
    }


def small_masters(enterprise: str, deeds: Mapping[str, list[tuple[float, Deed]]] | None = None) -> dict[str, Act]:
    """Give the only master of ``water`` or ``machining``."""
    table = {"water": _WATER_HMI, "machining": _MACHINING_HMI}[enterprise]
    return {"hmi": run_master(LAYOUTS[enterprise], table, deeds=deeds)}


async def identify_all(stage: Stage) -> None:
    """Read basic device identification of every controller once, as an engineering station does after a change."""
    await stage.until(40)
    for host in CHEM.controllers:
        async with stage.connect(host.ip) as client:
            with contextlib.suppress(ModbusException):
                await client.read_device_information(read_code=1, object_id=0, device_id=1)
        await stage.wait(5)
