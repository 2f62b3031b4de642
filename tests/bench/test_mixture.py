"""The mixed captures are what the page says they are."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from bench.mixture import SHARES, write_mixture
from parsers.dissection import Dissector
from sensors.pcap import open_capture


@pytest.fixture(scope="module")
def records(tmp_path_factory: pytest.TempPathFactory) -> tuple[Counter[str], Counter[str], Dissector, int]:
    """Records by dataset, malformed ones among them, the dissector, and how many packets there were."""
    path = tmp_path_factory.mktemp("mixture") / "mixed.pcap"
    write_mixture(path, 40_000)
    dissector = Dissector("", "", verify_checksums=True)
    found: Counter[str] = Counter()
    broken: Counter[str] = Counter()
    packets = 0
    for batch in open_capture(path).batches():
        packets += len(batch)
        for name, table in dissector.feed(batch).items():
            found[name] += table.num_rows
            broken[name] += table["error.code"].drop_null().length() if "error.code" in table.column_names else 0
    for name, table in dissector.finish().items():
        found[name] += table.num_rows
    return found, broken, dissector, packets


def test_shares_are_as_stated(records: tuple[Counter[str], Counter[str], Dissector, int]) -> None:
    """Each protocol has its share of the packets; nothing is malformed, nothing is lost."""
    found, broken, dissector, packets = records
    assert packets == 40_000
    for name, share in SHARES.items():
        assert abs(2 * found[name] / packets - share) < 0.02, name
        assert broken[name] == 0, name
    assert dissector.counters["packets_bad_checksum"] == 0
    assert dissector.counters["stream_gaps"] == 0


def test_same_seed_same_bytes(tmp_path: Path) -> None:
    """The captures are the same on every machine."""
    for name in ("one", "two"):
        write_mixture(tmp_path / name, 4_000)
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()
