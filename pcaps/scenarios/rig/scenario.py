"""What a scenario is: a network, the masters' work, the acts played on top, and how the recording is treated."""

from __future__ import annotations

import importlib
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from pcaps.scenarios.rig.controller import Twist
from pcaps.scenarios.rig.layout import LAYOUTS, Layout
from pcaps.scenarios.rig.stage import Stage

Act = Callable[[Stage], Awaitable[None]]
"""What one host does, from its beginning to its end."""

Serve = Callable[[Stage, Callable[[], None]], Awaitable[None]]
"""What a server does for ever; it calls its second argument once it can be reached."""


def _keep_all(ordinal: int, data: bytes) -> bool:
    _ = ordinal, data
    return True


@dataclass(frozen=True, slots=True)
class Scenario:
    """One capture's making."""

    file: str
    """Name of the capture; its stem is the scenario's name."""
    enterprise: str
    duration_s: float
    """Packet time the masters work, seconds; an act that takes longer is waited for."""
    time_scale: float
    """Packet seconds per real second."""
    seed: int
    masters: Mapping[str, Act]
    """Act per host, ended when the time is over."""
    acts: Mapping[str, Act] = field(default_factory=dict)
    """Act per host, waited for."""
    strangers: tuple[str, ...] = ()
    """Hosts of the layout that are connected only here."""
    twists: Mapping[str, Callable[[int], Twist]] = field(default_factory=dict)
    """Per controller, makes from a seed what changes the bytes it sends."""
    disputed: tuple[str, ...] = ()
    """Counts of ``records.tshark`` left out of the manifest, because decoders rightly differ about broken frames."""
    keep: Callable[[int, bytes], bool] = _keep_all
    """Which packets of the recording are kept."""
    dataset: str = "modbus"
    """What it is about, as the manifest says."""
    place: Layout | None = None
    """Network of servers that speak something else than Modbus; None for the controllers of the enterprise."""
    servers: Mapping[str, Serve] = field(default_factory=dict)
    """Per host, what it serves from before the recording to the end."""
    stack: tuple[str, ...] = ("pymodbus",)
    """What makes the traffic: installed packages and programs, or words of our own for what is written here."""

    @property
    def name(self) -> str:
        """The word that plays it."""
        return self.file.split(".", 1)[0]

    @property
    def layout(self) -> Layout:
        """The network it plays in."""
        return self.place or LAYOUTS[self.enterprise]


def load_scenarios() -> dict[str, Scenario]:
    """Import every module beside ``__main__`` that declares a ``SCENARIO``, in the order of their names."""
    folder = Path(__file__).parents[1]
    modules = (path.stem for path in sorted(folder.glob("*.py")) if not path.stem.startswith("__"))
    scenarios = (importlib.import_module(f"pcaps.scenarios.{module}").SCENARIO for module in modules)
    return {scenario.name: scenario for scenario in scenarios}
