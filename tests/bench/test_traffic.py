"""The benchmark's captures are what the page says they are."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from bench.traffic import CONNECTIONS, write_capture
from parsers.dissection import Dissector
from sensors.pcap import open_capture


def dissect(path: Path) -> tuple[Counter[int], Dissector, int]:
    """Transactions by function code, the dissector, and how many packets there were."""
    dissector = Dissector("", "", verify_checksums=True)
    functions: Counter[int] = Counter()
    packets = 0
    for batch in open_capture(path).batches():
        packets += len(batch)
        functions.update(dissector.feed(batch)["modbus"]["modbus.function.code"].to_pylist())
    return functions, dissector, packets


def test_mix_of_functions(tmp_path: Path) -> None:
    """Nine in ten polls are function 3, seven in a hundred function 6, three in a hundred function 1."""
    write_capture(tmp_path / "polls.pcap", 40_000)
    functions, dissector, packets = dissect(tmp_path / "polls.pcap")
    total = functions.total()

    assert packets == 40_000
    assert total == (40_000 - 3 * CONNECTIONS) // 2
    assert abs(functions[3] / total - 0.90) < 0.01
    assert abs(functions[6] / total - 0.07) < 0.01
    assert dissector.counters["packets_bad_checksum"] == 0


def test_same_seed_same_bytes(tmp_path: Path) -> None:
    """The captures are the same on every machine."""
    for name in ("one", "two"):
        write_capture(tmp_path / name, 2_000)

    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()
