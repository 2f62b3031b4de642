"""Write all captures of the benchmark: ``python -m bench.captures FOLDER``."""

from __future__ import annotations

import sys
from pathlib import Path

from bench.figures import count_packets
from bench.mixture import write_mixture
from bench.traffic import write_capture

SIZES = ("1M", "5M")
ALONE = ("opcua", "mqtt", "handle", "dns")
"""Protocols that are also measured by themselves."""


def write_captures(folder: Path) -> None:
    """Modbus alone, the mixture, and each other protocol alone."""
    for size in SIZES:
        print(f"making captures of {size} packets", flush=True)
        write_capture(folder / f"{size}.pcap", count_packets(size))
        write_mixture(folder / f"mixed-{size}.pcap", count_packets(size))
    for name in ALONE:
        for size in ("200k", "1M"):
            write_mixture(folder / f"{name}-{size}.pcap", count_packets(size), shares={name: 1.0})


if __name__ == "__main__":
    write_captures(Path(sys.argv[1]))
