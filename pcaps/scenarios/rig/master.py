"""The allowed masters: they poll on a fixed rhythm and now and then an operator changes something."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from pymodbus.client import AsyncModbusTcpClient
from pymodbus.exceptions import ModbusException

from pcaps.scenarios.rig.stage import Stage

Deed = Callable[[AsyncModbusTcpClient, Stage], Awaitable[object]]
"""Something an operator does over the open connection."""


@dataclass(frozen=True, slots=True)
class Poll:
    """One cyclic read."""

    unit: int
    function: int
    """1, 2, 3 or 4."""
    address: int
    count: int
    every_s: float


@dataclass(frozen=True, slots=True)
class Task:
    """All that one master does with one controller over one connection."""

    ip: str
    polls: tuple[Poll, ...]
    deeds: tuple[tuple[float, Deed], ...] = ()
    """Packet time and what is done then."""
    reconnect_s: tuple[float, ...] = ()
    """When the connection is closed and opened again."""


async def read(client: AsyncModbusTcpClient, poll: Poll) -> None:
    """Do one cyclic read; an answer that does not come is missed, as a real master misses it."""
    methods = {
        1: client.read_coils,
        2: client.read_discrete_inputs,
        3: client.read_holding_registers,
        4: client.read_input_registers,
    }
    with contextlib.suppress(ModbusException):
        await methods[poll.function](poll.address, count=poll.count, device_id=poll.unit)


async def serve(stage: Stage, task: Task) -> None:
    """Work on one task until the performance ends."""
    agenda: list[tuple[float, Poll | Deed | None]] = [
        (stage.random.uniform(0, poll.every_s), poll) for poll in task.polls
    ]
    agenda += task.deeds
    agenda += [(at_s, None) for at_s in task.reconnect_s]
    while not stage.stopped.is_set():
        try:
            async with stage.connect(task.ip) as client:
                await _work(stage, client, agenda)
        except OSError:
            pass
        await stage.wait(2.0)


async def _work(stage: Stage, client: AsyncModbusTcpClient, agenda: list[tuple[float, Poll | Deed | None]]) -> None:
    while True:
        index = min(range(len(agenda)), key=lambda i: agenda[i][0])
        due_s, item = agenda[index]
        await stage.until(due_s)
        if stage.stopped.is_set() or not client.connected:
            return
        if isinstance(item, Poll):
            agenda[index] = (max(due_s + item.every_s, stage.now_s), item)
            await read(client, item)
            continue
        del agenda[index]
        if item is None:
            return
        with contextlib.suppress(ModbusException):
            await item(client, stage)


async def work(stage: Stage, tasks: Sequence[Task]) -> None:
    """Work on all tasks at once, as a SCADA system does."""
    await asyncio.gather(*(serve(stage, task) for task in tasks))


def set_register(unit: int, address: int, value: int) -> Deed:
    """Make a deed of one FC 6."""
    return lambda client, _: client.write_register(address, value, device_id=unit)


def set_registers(unit: int, address: int, values: list[int]) -> Deed:
    """Make a deed of one FC 16."""
    return lambda client, _: client.write_registers(address, values, device_id=unit)


def set_coil(unit: int, address: int, value: bool) -> Deed:
    """Make a deed of one FC 5."""
    return lambda client, _: client.write_coil(address, value, device_id=unit)
