"""``wanglou kernels``: compile everything that is compiled, now instead of at first use."""

from __future__ import annotations

import struct
import tempfile
import time
from pathlib import Path

import typer

from wanglou.commands.figures import write_seconds
from wanglou.commands.reading import keep_compilation, note_compilation
from wanglou.commands.terminal import Terminal


def kernels(context: typer.Context) -> None:
    """Compile the kernels by replaying what needs each of them into a lake that is thrown away."""
    from sensors.cutting import write_cut
    from wanglou.appliance import ReplayOptions, replay
    from wanglou.bundled import captures_folder
    from wanglou.kernel_cache import cache_folder
    from wanglou.site import load_site

    terminal: Terminal = context.obj
    folder = captures_folder()
    note_compilation(terminal)
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="wanglou-kernels-") as name:
        classic, blocks = Path(name) / "fragments.pcap", Path(name) / "fragments.pcapng"
        classic.write_bytes(make_fragments())
        write_cut(classic, [0, 1], blocks)
        bundled = sorted(path for path in folder.iterdir() if ".pcap" in path.name)
        reports = replay(
            [classic, blocks, *bundled], ReplayOptions(Path(name) / "lake", load_site(folder / "site.yaml"))
        )
    keep_compilation(reports)
    terminal.tell("kernels.done", time=write_seconds(time.monotonic() - began), folder=cache_folder())


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
