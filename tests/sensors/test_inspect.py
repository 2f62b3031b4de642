"""Deep dissection in a child process."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from sensors import inspect
from sensors.inspect import MAX_PACKETS, dissect
from tests.support.capture_files import START_NS, Seen, pack_classic
from wanglou.errors import CaptureError, UsageError, WanglouError

# Ethernet, IPv4, UDP to port 502 and a Modbus request for ten registers from address 100 of unit 17.
REQUEST = bytes.fromhex(
    "020000000002 020000000001 0800"
    "4500 0028 0001 0000 40 11 0000 0a000001 0a000002"
    f"d431 {502:04x} 0014 0000"
    "0007 0000 0006 11 03 0064 000a"
)
PACKET = Seen(START_NS, REQUEST, len(REQUEST))

needs_tshark = pytest.mark.needs_tshark


@pytest.fixture(name="path")
def make_path(tmp_path: Path) -> Path:
    """Give a capture of two requests."""
    path = tmp_path / "cut.pcap"
    path.write_bytes(pack_classic([PACKET, PACKET]))
    return path


def find_fields(packet: dict[str, Any], layer: str) -> dict[str, dict[str, Any]]:
    """Give the fields of a layer by name."""
    return {field["name"]: field for found in packet["layers"] if found["name"] == layer for field in found["fields"]}


@needs_tshark
def test_a_packet_is_dissected_to_plain_data(path: Path) -> None:
    """Layers and fields come with label, value, place and size."""
    first, second = dissect(path)
    assert [layer["name"] for layer in first["layers"]] == ["eth", "ip", "udp", "mbudp", "modbus"]
    assert (first["number"], second["number"], first["highest"]) == (1, 2, "MODBUS")
    assert (first["ts_ns"], first["caplen"], first["is_complete"]) == (START_NS, len(REQUEST), True)
    field = find_fields(first, "modbus")["modbus.reference_num"]
    assert field == {
        "name": "modbus.reference_num",
        "label": "Reference Number: 100",
        "value": "100",
        "raw": "0064",
        "pos": 50,
        "size": 2,
        "is_hidden": False,
    }


@needs_tshark
def test_odd_ports_can_be_named(path: Path) -> None:
    """``decode_as`` tells the protocol of a port."""
    (packet, _) = dissect(path, decode_as={"udp.port==502": "data"})
    assert [layer["name"] for layer in packet["layers"]][-1] != "modbus"


@needs_tshark
def test_only_the_first_packets_are_dissected(tmp_path: Path) -> None:
    """A longer file gives its first fifty packets."""
    path = tmp_path / "long.pcap"
    path.write_bytes(pack_classic([PACKET] * (MAX_PACKETS + 10)))
    assert [packet["number"] for packet in dissect(path)] == list(range(1, MAX_PACKETS + 1))


@needs_tshark
def test_time_is_limited(path: Path) -> None:
    """A dissection that takes too long is ended and told."""
    with pytest.raises(WanglouError, match=r"longer than 0\.01 s"):
        dissect(path, seconds=0.01)


@needs_tshark
def test_memory_is_limited(path: Path) -> None:
    """A dissection that needs too much memory fails in the child and is told."""
    with pytest.raises(WanglouError, match=r"dissection failed|tshark ended after"):
        dissect(path, megabytes=100)


@needs_tshark
def test_what_tshark_says_is_handed_on(path: Path) -> None:
    """Tshark's own complaint is part of the message."""
    with pytest.raises(WanglouError, match="the dissection failed: tshark says"):
        dissect(path, decode_as={"nonsense": "x"})


def use_program(folder: Path, monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    """Put a program called tshark first on the path."""
    program = folder / "bin" / "tshark"
    program.parent.mkdir()
    program.write_text(f"#!{sys.executable}\n{text}")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}{os.pathsep}{os.environ['PATH']}")


VERSION = "import sys, os\nif '-v' in sys.argv:\n    print('TShark (Wireshark) 4.0.17')\n    sys.exit()\n"


@pytest.mark.parametrize("end", ["os.kill(os.getpid(), 11)", "sys.exit(2)", "pass"])
def test_a_crash_is_told(path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, end: str) -> None:
    """A tshark that dies, or ends without all packets, never looks like an empty dissection."""
    use_program(tmp_path, monkeypatch, VERSION + end)
    with pytest.raises(WanglouError, match=r"dissection failed|tshark ended after 0 of 2 packets"):
        dissect(path)


def wait_until_gone(number: int) -> None:
    """Wait until a process has ended, whether or not its new parent has taken note; fails after ten seconds."""
    for _ in range(1000):
        try:
            state = Path(f"/proc/{number}/stat").read_text().rpartition(")")[2].split()[0]
        except FileNotFoundError:
            return
        if state in "ZX":
            return
        time.sleep(0.01)
    pytest.fail(f"process {number} is still there")


def test_nothing_outlives_the_time_limit(path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the child started is ended with it."""
    note = tmp_path / "note"
    text = f"import time\nopen({str(note)!r}, 'w').write(str(os.getpid()))\ntime.sleep(600)\n"
    use_program(tmp_path, monkeypatch, VERSION + text)
    with pytest.raises(WanglouError, match="longer than"):
        dissect(path, seconds=2)
    wait_until_gone(int(note.read_text()))


def test_a_missing_tshark_is_told(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The message says what to install."""
    monkeypatch.setenv("PATH", "")
    with pytest.raises(WanglouError, match="apt-get install tshark"):
        dissect(path)


def test_files_that_cannot_be_dissected_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Missing, large and other files are told apart before any child is started."""
    use_program(tmp_path, monkeypatch, VERSION)
    path = tmp_path / "file"
    with pytest.raises(WanglouError, match="No such file"):
        dissect(path)
    path.write_bytes(b"no capture at all")
    with pytest.raises(CaptureError, match="looks like text"):
        dissect(path)
    monkeypatch.setattr(inspect, "MAX_FILE_BYTES", 10)
    with pytest.raises(UsageError, match="too many"):
        dissect(path)


class Field:
    """A field as pyshark gives it."""

    def __init__(self, name: str, pos: int, size: int) -> None:
        """Take name and place."""
        self.name, self.pos, self.size = name, str(pos), str(size)
        self.showname, self.show, self.raw_value, self.hide = f"{name}: 1", "1", "01", False
        self.all_fields = [self]


class Layer:
    """A layer as pyshark gives it."""

    def __init__(self, *fields: Field) -> None:
        """Take the fields."""
        self.layer_name, self._all_fields = "layer", {field.name: field for field in fields}


class Dissected:
    """A packet as pyshark gives it."""

    def __init__(self, *layers: Layer) -> None:
        """Take the layers."""
        self.layers, self.highest_layer = layers, "LAYER"


def test_fields_are_bounded_and_ordered() -> None:
    """Fields come by place, the wider first; what is beyond the budget is left out, and the packet says so."""
    packet = Dissected(Layer(Field("b", 4, 2), Field("a", 0, 1), Field("whole", 0, 6)), Layer(Field("c", 6, 1)))
    told, used = inspect._describe_packet(packet, 10)
    assert [[field["name"] for field in layer["fields"]] for layer in told["layers"]] == [["whole", "a", "b"], ["c"]]
    assert (used, told["is_complete"]) == (4, True)
    told, used = inspect._describe_packet(packet, 2)
    assert [[field["name"] for field in layer["fields"]] for layer in told["layers"]] == [["whole", "a"], []]
    assert (used, told["is_complete"]) == (2, False)
