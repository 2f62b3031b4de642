"""Packets as they are shown."""

from __future__ import annotations

from typing import Any

from sensors.cutting import Packet
from tests.support.command_line import Screen
from wanglou.commands.packets import PacketView, choose_dissectors, dump_bytes, list_labels, print_packet

PACKET = Packet(7, 1_732_176_488_123_456_789, 1, 60, bytes(range(0x30, 0x42)))


def field(name: str, label: str, pos: int, size: int, *, hidden: bool = False) -> dict[str, Any]:
    """Make a field of a dissection."""
    return {"name": name, "label": label, "value": "", "raw": "", "pos": pos, "size": size, "is_hidden": hidden}


ETH = {
    "name": "eth",
    "fields": [
        field("eth.dst", "Destination: b", 0, 6),
        field("eth.dst.ig", "IG bit", 0, 3),
        field("eth.src", "Source: a", 6, 6),
        field("eth.type", "Type: IPv4", 12, 2),
    ],
}
MODBUS = {
    "name": "modbus",
    "fields": [
        field("modbus.regs", "Registers", 8, 4),
        field("modbus.reg16", "Register 0", 8, 2),
        field("modbus.reg16.value", "Value: 5", 8, 2),
        field("modbus.reg16", "Register 1", 10, 2),
        field("modbus.hidden", "Hidden", 10, 2, hidden=True),
        field("modbus.nameless", "", 10, 2),
        field("modbus.after", "After", 12, 1),
        field("modbus.made_up", "Response in frame: 2", 0, 0),
        field("_ws.expert", "Expert Info", 0, 0),
        field("_ws.expert.severity", "Severity level: Warning", 0, 0),
    ],
}


def test_lower_layers_are_brief() -> None:
    """Addresses and types are told first and alone, unless everything is asked for."""
    assert [label for _, label in list_labels(ETH, is_full=False)] == ["Source: a", "Destination: b", "Type: IPv4"]
    assert [label for _, label in list_labels(ETH, is_full=True)] == [
        "Destination: b", "IG bit", "Source: a", "Type: IPv4",
    ]  # fmt: skip


def test_fields_are_nested_by_their_bytes() -> None:
    """A field inside another's bytes stands below it; hidden and nameless ones are left out."""
    assert list(list_labels(MODBUS, is_full=False)) == [
        (0, "Registers"), (1, "Register 0"), (2, "Value: 5"), (1, "Register 1"), (0, "After"),
        (0, "Response in frame: 2"), (0, "Expert Info"),
    ]  # fmt: skip


def test_a_packet_is_a_tree() -> None:
    """Ordinal, time, length and layers are printed, and nothing a label holds is obeyed."""
    screen = Screen()
    evil = {"name": "x", "fields": [field("x.y", "[red]\x1b[2J", 0, 1)]}
    print_packet(screen.terminal, PACKET, {"highest": "MODBUS", "layers": [ETH, evil]}, PacketView())
    lines = screen.out.splitlines()
    assert lines[0] == "packet 7  2024-11-21T08:08:08.123456789Z  60 bytes  MODBUS"
    assert lines[1:3] == ["  eth", "    Source: a"]
    assert lines[-1] == "    [red]\\x1b[2J"


def test_bytes_when_asked() -> None:
    """Offset, hexadecimal and ASCII stand side by side."""
    screen = Screen()
    print_packet(screen.terminal, PACKET, {"highest": "X", "layers": []}, PacketView(with_hex=True))
    assert screen.out.splitlines()[1:] == [
        "  0000  30 31 32 33 34 35 36 37 38 39 3a 3b 3c 3d 3e 3f  0123456789:;<=>?",
        "  0010  40 41                                            @A",
    ]
    assert list(dump_bytes(b"\x00\x1b\xff")) == ["0000  00 1b ff" + " " * 39 + "  ..."]
    assert list(dump_bytes(b"")) == []


def test_odd_ports_name_their_dissector() -> None:
    """Modbus on its own port is known to tshark; elsewhere it is told, by transport and framing."""

    def choose(transport: str, port: int | None, framing: str | None) -> dict[str, str]:
        record = {"network.transport": transport, "destination.port": port, "modbus.framing": framing}
        return choose_dissectors([record, record])

    assert choose("tcp", 502, "mbap") == {}
    assert choose("tcp", 10502, "mbap") == {"tcp.port==10502": "mbtcp"}
    assert choose("udp", 1502, "mbap") == {"udp.port==1502": "mbudp"}
    assert choose("tcp", 502, "rtu") == {"tcp.port==502": "mbrtu"}
    assert choose("tcp", 80, None) == choose("tcp", None, "mbap") == {}
