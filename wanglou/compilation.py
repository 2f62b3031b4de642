"""Compiles all kernels, by running what needs each of them.

Two processes share the work, so that two processors take little more than half the time: ``python -m
wanglou.compilation`` decodes no frames, gives the tables of all protocols nothing to read, and rules their own cases;
the process that starts it is left with flows and streams, and replays some bundled captures for what is missing then.
"""

from __future__ import annotations

import os
import struct
import subprocess
import sys
import tempfile
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

EXAMPLES = (
    "broadcast_write",
    "device_sweep",
    "dns_amplification",
    "dns_enumeration",
    "handle_amplification",
    "mqtt_client_takeover",
    "mqtt_malformed",
    "opcua_browse_sweep",
    "port_misuse",
)
"""Bundled captures that together need every kernel."""


def compile_frames() -> None:
    """Compile what frames need."""
    from parsers.frame import decode_frames
    from sensors.batch import PacketBatch

    nothing, lengths = np.empty(0, dtype=np.uint8), np.empty(0, dtype=np.uint32)
    times = np.empty(0, dtype=np.int64)
    decode_frames(PacketBatch(nothing, times, lengths, lengths, times, np.empty(0, dtype=np.uint16), 0))


def compile_streams() -> None:
    """Compile what flows and streams need."""
    from parsers.message import CONVERSATION, MESSAGE
    from parsers.tracker import Carried, Limits, Tracker

    nothing = np.empty(0, dtype=np.uint8)
    carried = Carried(np.recarray(0, dtype=MESSAGE), np.recarray(0, dtype=CONVERSATION), nothing)
    tracker = Tracker(Limits())
    tracker.finish(nothing, 0, carried)


def compile_tables() -> None:
    """Compile what the tables of messages run."""
    from parsers.columns import Conversations, Origin
    from parsers.message import CONVERSATION, MESSAGE
    from parsers.registry import MESSAGE_TABLES
    from parsers.tracker import Limits

    origin = Origin("", "", lambda _source, _destination: "")
    nothing = np.empty(0, dtype=np.uint8)
    for _, make, _ in MESSAGE_TABLES:
        messages, conversations = np.recarray(0, dtype=MESSAGE), np.recarray(0, dtype=CONVERSATION)
        make(origin, Limits()).add(nothing, nothing, messages, Conversations(conversations, origin), flush=True)


def compile_rules() -> None:
    """Compile what rules run, by the cases that prove them."""
    from detection.cases import run_rule
    from detection.preparation import prepare_rules
    from detection.rule import SHIPPED

    rules = prepare_rules([SHIPPED], None)
    for rule in rules.rules:
        deque(run_rule(rules, rule), maxlen=0)


def compile_all() -> None:
    """Compile every kernel and keep it; raises what a replay of the bundled captures raises."""
    from sensors.cutting import write_cut
    from wanglou.appliance import replay
    from wanglou.bundled import captures_folder
    from wanglou.kernel import note_compiled
    from wanglou.replay_options import ReplayOptions
    from wanglou.site import load_site

    folder = captures_folder()
    bundled = [find_capture(folder, name) for name in EXAMPLES]
    with tempfile.TemporaryDirectory(prefix="wanglou-kernels-") as name:
        classic, blocks = Path(name) / "fragments.pcap", Path(name) / "fragments.pcapng"
        classic.write_bytes(make_fragments())
        write_cut(classic, [0, 1], blocks)
        with _compiling_beside():
            compile_streams()
            replay([classic, blocks, *bundled], ReplayOptions(Path(name) / "lake", load_site(folder / "site.yaml")))
    note_compiled()


def find_capture(folder: Path, name: str) -> Path:
    """A bundled capture by its name, compressed or not; raises StopIteration where there is none."""
    return next(folder.glob(f"{name}.pcap*"))


@contextmanager
def _compiling_beside() -> Iterator[None]:
    """Let another process compile its part meanwhile; what it does not manage is compiled here."""
    command = [sys.executable, "-m", "wanglou.compilation"]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    beside = subprocess.Popen(  # noqa: S603 - our own module by this very interpreter
        command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        yield
    finally:
        beside.terminate()
        beside.wait()


def make_fragments() -> bytes:
    """Make a capture of one UDP datagram in two IPv4 fragments (RFC 791 §3.2), which no bundled capture holds."""
    datagram = struct.pack(">HHHH", 40_000, 40_001, 24, 0) + bytes(16)
    packets = [_make_packet(datagram[:16], 0x2000), _make_packet(datagram[16:], 2)]
    records = (struct.pack("<IIII", 0, place, len(data), len(data)) + data for place, data in enumerate(packets))
    return struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65_535, 1) + b"".join(records)


def _make_packet(payload: bytes, fragment: int) -> bytes:
    """Put Ethernet and IPv4 around a fragment; ``fragment`` holds flags and offset."""
    ends = bytes([192, 0, 2, 1, 192, 0, 2, 2])  # addresses for documentation, RFC 5737
    header = struct.pack(">BBHHHBBH", 0x45, 0, 20 + len(payload), 1, fragment, 64, 17, 0)
    return bytes(12) + b"\x08\x00" + header + ends + payload


if __name__ == "__main__":
    compile_frames()
    compile_tables()
    compile_rules()
