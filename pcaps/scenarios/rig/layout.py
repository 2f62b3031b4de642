"""What stands where in the demo park: network segments, hosts, and what each controller steers.

Three enterprises. ``chem`` has its own address space; ``water`` and ``machining`` both use 192.168.10.0/24, as
enterprises of one park do. Makers' names and link addresses look like those of the field so that inventories have
something to read; nothing here was recorded from such devices.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

Kind = Literal["lag", "level"]


@dataclass(frozen=True, slots=True)
class Segment:
    """One switch."""

    name: str
    prefix: str
    """First three octets of its /24, with the trailing dot; .1 is the router."""


@dataclass(frozen=True, slots=True)
class Loop:
    """One controlled value of a process."""

    setpoint: int
    """Wanted value in tenths of its unit, as the holding register gives it."""
    tau_s: float
    """Time constant towards the set point, or seconds to fill from empty to full for a level."""
    noise: float
    """Standard deviation of the measurement, in tenths."""
    ambient: int = 200
    """Where a lag ends when its actuator is off, in tenths."""
    kind: Kind = "lag"


@dataclass(frozen=True, slots=True)
class Controller:
    """What a PLC or gateway answers with."""

    units: dict[int, tuple[Loop, ...]]
    identity: tuple[str, str, str, str]
    """Vendor name, product code, revision and model name (FC 43/14 objects 0, 1, 2 and 5)."""
    safety: bool = False
    """True when holding registers 400-405 hold the trip limits of a safety function."""
    gateway: bool = False
    """True for a serial gateway: unknown units give exception 11, unit 0 is broadcast and unanswered."""


@dataclass(frozen=True, slots=True)
class Host:
    """One network namespace."""

    name: str
    segment: str
    ip: str
    mac: str
    controller: Controller | None = None


@dataclass(frozen=True, slots=True)
class Layout:
    """One enterprise: its segments (the first one is tapped) and its hosts."""

    enterprise: str
    segments: tuple[Segment, ...]
    hosts: tuple[Host, ...]
    strangers: tuple[Host, ...] = field(default=())
    """Hosts that only some scenarios connect."""

    @property
    def controllers(self) -> tuple[Host, ...]:
        """Hosts that answer Modbus."""
        return tuple(host for host in self.hosts if host.controller)

    def host(self, name: str) -> Host:
        """Find a host by its name."""
        return next(host for host in (*self.hosts, *self.strangers) if host.name == name)


_M340 = ("Schneider Electric", "BMX P34 2020", "V3.30", "Modicon M340")
_WAGO = ("WAGO", "750-8212", "04.03.12", "PFC200")
_ADAM = ("Advantech", "ADAM-6050", "5.05", "ADAM-6050 I/O")
_GATE = ("Moxa", "MGate MB3280", "4.4", "MB3280 serial gateway")
_METER = (Loop(2300, 40, 6, 2290), Loop(850, 90, 25, 700), Loop(5000, 30, 1, 5000), Loop(9600, 200, 8, 9500))


def _tank(setpoint: int, fill_s: float) -> Loop:
    return Loop(setpoint, fill_s, 2.0, 0, "level")


CHEM = Layout(
    "chem",
    (Segment("cell", "10.20.1."), Segment("supervision", "10.20.2."), Segment("office", "10.20.3."),
     Segment("outside", "203.0.113.")),
    (
        Host("tankfarm", "cell", "10.20.1.11", "00:80:f4:1a:20:0b",
             Controller({1: (_tank(6500, 900), _tank(5200, 1400), _tank(7100, 600), Loop(350, 300, 1.5))}, _M340)),
        Host("reactor", "cell", "10.20.1.12", "00:80:f4:1a:20:0c",
             Controller({1: (Loop(1450, 240, 2.5), Loop(320, 60, 1.2, 100), Loop(1380, 120, 3), _tank(4800, 500))},
                        _M340, safety=True)),
        Host("dosing", "cell", "10.20.1.13", "00:30:de:41:07:5d",
             Controller({1: (Loop(125, 15, 0.8, 0), Loop(80, 15, 0.6, 0), _tank(3900, 700))}, _WAGO)),
        Host("column", "cell", "10.20.1.14", "00:80:f4:1a:20:0e",
             Controller({1: (Loop(982, 400, 1.5), Loop(764, 400, 1.2), Loop(1120, 150, 2.0),
                            Loop(45, 30, 0.4, 0))}, _M340)),
        Host("cooling", "cell", "10.20.1.15", "00:30:de:41:07:61",
             Controller({1: (Loop(245, 300, 1.0, 310), Loop(410, 20, 2.2, 0), Loop(415, 20, 2.2, 0))}, _WAGO)),
        Host("boiler", "cell", "10.20.1.16", "00:80:f4:1a:20:10",
             Controller({1: (Loop(1720, 500, 2.0), Loop(80, 120, 0.5, 0), _tank(5000, 300))}, _M340, safety=True)),
        Host("meters", "cell", "10.20.1.21", "00:90:e8:5c:11:3a",
             Controller({1: _METER, 2: _METER, 3: _METER}, _GATE, gateway=True)),
        Host("hmi", "cell", "10.20.1.100", "00:d0:c9:b2:64:01"),
        Host("scada", "supervision", "10.20.2.10", "52:54:00:20:02:0a"),
        Host("engineering", "supervision", "10.20.2.20", "52:54:00:20:02:14"),
    ),
    (
        Host("laptop", "office", "10.20.3.66", "52:54:00:20:03:42"),
        Host("implant", "cell", "10.20.1.200", "b8:27:eb:9d:30:c8"),
        Host("implant_plc", "cell", "10.20.1.200", "b8:27:eb:9d:30:c8",
             Controller({1: (Loop(300, 60, 1.0, 100), Loop(400, 60, 1.0, 100))}, ("", "", "", ""))),
        Host("internet", "outside", "203.0.113.45", "52:54:00:71:00:2d"),
        Host("collector", "outside", "203.0.113.80", "52:54:00:71:00:50",
             Controller({1: (Loop(300, 60, 1.0, 100), Loop(400, 60, 1.0, 100))}, ("", "", "", ""))),
    ),
)  # fmt: skip

WATER = Layout(
    "water",
    (Segment("plant", "192.168.10."),),
    (
        Host("pumps", "plant", "192.168.10.21", "00:30:de:52:10:15",
             Controller({1: (_tank(6000, 500), Loop(420, 25, 1.8, 0), Loop(418, 25, 1.8, 0))}, _WAGO)),
        Host("filters", "plant", "192.168.10.22", "00:30:de:52:10:16",
             Controller({1: (Loop(62, 60, 0.6, 0), Loop(71, 80, 0.6, 10))}, _WAGO)),
        Host("chlorine", "plant", "192.168.10.23", "00:d0:c9:77:10:17",
             Controller({1: (Loop(8, 90, 0.2, 0), Loop(15, 40, 0.3, 0))}, _ADAM, safety=True)),
        Host("hmi", "plant", "192.168.10.10", "52:54:00:a8:0a:0a"),
    ),
)  # fmt: skip

MACHINING = Layout(
    "machining",
    (Segment("workshop", "192.168.10."),),
    (
        Host("compressor", "workshop", "192.168.10.21", "00:80:f4:77:31:15",
             Controller({1: (Loop(75, 45, 0.5, 0), Loop(820, 300, 3.0))}, _M340)),
        Host("ventilation", "workshop", "192.168.10.22", "00:30:de:31:42:16",
             Controller({1: (Loop(215, 600, 1.0, 280), Loop(350, 20, 2.0, 0))}, _WAGO)),
        Host("hmi", "workshop", "192.168.10.30", "52:54:00:b8:0a:1e"),
    ),
    (Host("workstation", "workshop", "192.168.10.10", "52:54:00:b8:0a:0a"),),
)  # fmt: skip

LAYOUTS = {layout.enterprise: layout for layout in (CHEM, WATER, MACHINING)}
