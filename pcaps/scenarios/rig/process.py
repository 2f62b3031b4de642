"""The physical side of a controller: values that lag behind their set points, tanks that fill and drain, counters.

Register map of every unit (addresses from 0)::

    coils             0..7   command of loop i (a level: its inlet valve)
    discrete inputs   0..7   feedback, one step behind; 8 high alarm; 9 heartbeat
    input registers   0..7   measured value of loop i, tenths; 16-17 totaliser; 18-19 running seconds (high word first)
    holding registers 0..7   set point of loop i, tenths; 8..15 high alarm limit; 100..115 recipe; 400..405 trip limits
"""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from dataclasses import dataclass

from pcaps.scenarios.rig.layout import Loop

LOOPS = 8
"""Loops a unit has room for."""

_DRAIN = 0.6
"""Share of the filling rate at which a tank is drained all the time."""

_BAND = 0.12
"""Half width of the level control's dead band, as a share of the set point."""


@dataclass(frozen=True, slots=True)
class Image:
    """What the controller publishes after a step."""

    inputs: list[int]
    """Input registers 0..19."""
    discretes: list[bool]
    """Discrete inputs 0..15."""
    coils: list[bool]
    """Commands 0..7 after the level control had its say."""


class Process:
    """One unit's loops, advanced step by step; the same seed and steps give the same values."""

    def __init__(self, loops: Sequence[Loop], seed: int) -> None:
        self._loops = tuple(loops)
        self._random = random.Random(seed)  # noqa: S311 - noise of a simulated sensor
        self._values = [self._random.gauss(loop.setpoint, loop.noise) for loop in self._loops]
        self._feedback = [False] * LOOPS
        self._total = float(self._random.randrange(1_000_000))
        self._seconds = float(self._random.randrange(10_000_000))
        self._beat = False

    @property
    def setpoints(self) -> list[int]:
        """Initial holding registers 0..15: set points, then alarm limits a quarter above them."""
        wanted = [loop.setpoint for loop in self._loops] + [0] * (LOOPS - len(self._loops))
        return wanted + [value + value // 4 for value in wanted]

    def step(self, dt_s: float, setpoints: Sequence[int], coils: Sequence[bool]) -> Image:
        """Advance by ``dt_s`` seconds under the given set points (registers 0..15) and commands (coils 0..7)."""
        commands = list(coils[:LOOPS])
        for index, loop in enumerate(self._loops):
            if loop.kind == "level":
                commands[index] = self._decide(index, setpoints[index], commands[index])
            self._values[index] += self._change(loop, index, dt_s, setpoints[index], commands[index])
        self._seconds += dt_s
        self._total += dt_s * sum(commands) * 1.7
        image = Image(self._inputs(), self._discretes(setpoints), commands)
        self._feedback = commands
        return image

    def _decide(self, index: int, setpoint: int, on: bool) -> bool:
        if self._values[index] < setpoint * (1 - _BAND):
            return True
        return on and self._values[index] < setpoint * (1 + _BAND)

    def _change(self, loop: Loop, index: int, dt_s: float, setpoint: int, on: bool) -> float:
        noise = self._random.gauss(0, loop.noise) * math.sqrt(min(1.0, dt_s))
        if loop.kind == "level":
            rate = 10_000 / loop.tau_s
            return (rate * on - rate * _DRAIN) * dt_s + noise
        target = setpoint if on else loop.ambient
        return (target - self._values[index]) * min(1.0, dt_s / loop.tau_s) + noise

    def _inputs(self) -> list[int]:
        measured = [min(65535, max(0, round(value))) for value in self._values]
        registers = measured + [0] * (16 - len(measured))
        for counter in (round(self._total), round(self._seconds)):
            registers += [counter >> 16 & 0xFFFF, counter & 0xFFFF]
        return registers

    def _discretes(self, setpoints: Sequence[int]) -> list[bool]:
        self._beat = not self._beat
        limits = setpoints[LOOPS : 2 * LOOPS]
        alarm = any(value > limit for value, limit in zip(self._values, limits, strict=False))
        return [*self._feedback, alarm, self._beat, *[False] * 6]
