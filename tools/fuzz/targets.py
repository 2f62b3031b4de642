"""What is fuzzed: one line a parser.

A protocol is found by the names its modules have to have (``parsers/<name>_frame.py`` with ``recognise_<name>``,
``measure_<name>`` and ``find_<name>``; ``parsers/<name>_table.py`` with ``<Name>Table``), so its line is its name.
Anything else is a function of the bytes.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from importlib import import_module
from importlib.util import find_spec

from tools.fuzz import harness, seeds

Run = Callable[[bytes], None]


@dataclass(frozen=True, slots=True)
class Target:
    """One thing to fuzz."""

    module: str
    """What must be there."""
    make: Callable[[], Run]
    """Imports what is fuzzed and gives what runs one input; called where imports are instrumented."""
    collect: Callable[[], list[bytes]]
    """First inputs, made of the bundled captures and a few bytes of our own."""


def _protocol(name: str, *own: bytes, framing: str = "") -> Target:
    """Framing and table of a protocol, by name; ``framing`` where that of the framing is another."""
    framing = framing or name
    return Target(
        f"parsers.{name}_table",
        partial(harness.make_protocol, name, framing),
        lambda: [*seeds.collect_messages(name, framing), *map(seeds.pack, own)],
    )


def _function(module: str, name: str, *own: bytes, text: bool = False) -> Target:
    """A function of bytes, or with ``text`` of what they are as text."""

    def make() -> Run:
        function = getattr(import_module(module), name)
        return lambda value: function(value.decode("utf-8", "replace") if text else value)

    return Target(module, make, lambda: [*own])


_ALL: dict[str, Target] = {
    "frame": Target("parsers.frame", harness.make_frame, seeds.collect_packets),
    "dissection": Target("parsers.dissection", harness.make_dissection, seeds.collect_packets),
    "modbus": _protocol("modbus", framing="mbap"),
    "opcua": _protocol("opcua"),
    "mqtt": _protocol("mqtt"),
    "dns": _protocol("dns"),
    "dns_stream": _protocol("dns", framing="dns_stream"),
    "handle": _protocol("handle"),
    "http": _protocol("http"),
    "tls": _protocol("tls"),
    "dhcp": _protocol("dhcp", seeds.DHCP_DISCOVER),
    "lldp": _function("parsers.lldp", "parse_lldp", seeds.LLDP_FRAME),
    "identifier": _function("parsers.identifier", "find_identifiers", *seeds.IDENTIFIERS, text=True),
}

TARGETS: dict[str, Target] = {name: target for name, target in _ALL.items() if find_spec(target.module)}
"""Name of each target, as on the command line; those whose module is not there are left out."""
