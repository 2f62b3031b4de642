"""Recording a bridge with tcpdump, and what may be done to the recording afterwards.

Two changes are made to a recording, and the manifest states both: timestamps are stretched by the scenario's time
scale, and packets may be left out to stand for a sensor's losses. Bytes of packets are never changed.
"""

from __future__ import annotations

import gzip
import re
import signal
import struct
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from types import TracebackType
from typing import Self

from pcaps.scenarios.rig.network import Network
from wanglou.errors import WanglouError

_MAGIC_US = 0xA1B2C3D4
"""pcap with microseconds, in the byte order of the machine (libpcap savefile format)."""

_HEADER = struct.Struct("=IHHiIII")
_RECORD = struct.Struct("=IIII")


class Recording:
    """tcpdump on a network's tap while the block runs."""

    def __init__(self, network: Network, path: Path) -> None:
        self._network = network
        self._path = path
        self._process: subprocess.Popen[str] | None = None

    def __enter__(self) -> Self:
        """Start, and wait until packets are being taken."""
        options = ["-U", "-s", "0", "-B", "8192", "-Z", "root", "-i", self._network.tap, "-w", str(self._path)]
        command = ["ip", "netns", "exec", self._network.switch, "tcpdump", *options]
        self._process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
        line = self._process.stderr.readline() if self._process.stderr else ""
        if "listening on" not in line:
            self._process.kill()
            raise WanglouError(line.strip(), where="tcpdump", do="install tcpdump and run as root")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop, and refuse a recording that lost packets."""
        if self._process is None:
            return
        self._process.send_signal(signal.SIGINT)
        _, report = self._process.communicate(timeout=20)
        dropped = re.search(r"(\d+) packets? dropped by kernel", report)
        if error is None and (dropped is None or dropped[1] != "0"):
            raise WanglouError(f"packets were lost: {report.strip()}", where="tcpdump", do="run it again")


def read_packets(path: Path) -> Iterator[tuple[int, bytes]]:
    """Yield (time in microseconds, bytes) of a microsecond pcap of this machine's byte order, plain or gzip."""
    with (gzip.open if path.suffix == ".gz" else open)(path, "rb") as file:
        if _HEADER.unpack(file.read(_HEADER.size))[0] != _MAGIC_US:
            raise WanglouError("not a microsecond pcap of this machine", where=str(path))
        while head := file.read(_RECORD.size):
            seconds, micros, length, _ = _RECORD.unpack(head)
            yield seconds * 1_000_000 + micros, file.read(length)


def write_stretched(source: Path, target: Path, scale: float, keep: Callable[[int, bytes], bool]) -> int:
    """Copy a recording with its times stretched about the first packet; returns the packets written.

    ``keep`` is asked with each packet's ordinal in the recording and its bytes. A name ending in ``.gz`` is compressed,
    without time or name inside so that the same packets give the same file.
    """
    first, count, out = None, 0, bytearray(_HEADER.pack(_MAGIC_US, 2, 4, 0, 0, 262144, 1))
    for ordinal, (time_us, data) in enumerate(read_packets(source)):
        first = time_us if first is None else first
        if not keep(ordinal, data):
            continue
        seconds, micros = divmod(first + round((time_us - first) * scale), 1_000_000)
        out += _RECORD.pack(seconds, micros, len(data), len(data)) + data
        count += 1
    target.write_bytes(gzip.compress(bytes(out), 9, mtime=0) if target.suffix == ".gz" else bytes(out))
    return count
