"""What every OPC UA scenario has in common: two machines and their everyday clients."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace

from pcaps.scenarios.rig.machine import FILLING, MIXING, serve_machine
from pcaps.scenarios.rig.park import LINE
from pcaps.scenarios.rig.scenario import Act, Scenario
from pcaps.scenarios.rig.stage import Stage
from pcaps.scenarios.rig.supervisor import Deed, Login, collect, supervise

_PANEL = Login("panel", "Sign", "operator")
_SCADA = Login("scada", "SignAndEncrypt", "operator")
_HISTORIAN = Login("historian")
ENGINEERING = Login("engineering", "Sign", "engineer")


def line_clients(slack: float, deeds: Sequence[tuple[float, Deed]]) -> dict[str, Act]:
    """Panel, SCADA and historian of the line; ``slack`` stretches their intervals."""

    async def watch_both(stage: Stage) -> None:
        await asyncio.gather(
            supervise(stage, MIXING, _SCADA, 2.0 * slack), supervise(stage, FILLING, _SCADA, 5.0 * slack)
        )

    return {
        "hmi": lambda stage: supervise(stage, FILLING, _PANEL, slack, deeds),
        "scada": watch_both,
        "historian": lambda stage: collect(stage, FILLING, _HISTORIAN, 10.0 * slack),
    }


def make_scenario(
    file: str,
    seed: int,
    duration_s: float,
    acts: Mapping[str, Act],
    *,
    time_scale: float = 6,
    slack: float = 2.0,
    deeds: Sequence[tuple[float, Deed]] = (),
    strangers: tuple[str, ...] = (),
    outdated: bool = False,
) -> Scenario:
    """Make a scenario on the line."""
    machines = {machine.name.lower(): machine for machine in (replace(FILLING, outdated=outdated), MIXING)}
    return Scenario(
        file=file,
        enterprise="chem",
        duration_s=duration_s,
        time_scale=time_scale,
        seed=seed,
        masters=line_clients(slack, deeds),
        acts=acts,
        strangers=strangers,
        dataset="opcua",
        place=LINE,
        servers={name: serve_machine(machine, LINE.host(name).ip) for name, machine in machines.items()},
        stack=("asyncua",),
    )
