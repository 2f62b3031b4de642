"""The compilation of all kernels."""

from __future__ import annotations

from pathlib import Path

import pytest

from parsers.dissection import Dissector
from sensors.pcap import open_capture
from wanglou.compilation import compile_frames, compile_rules, compile_streams, compile_tables, make_fragments


@pytest.mark.parametrize("part", [compile_frames, compile_streams, compile_tables, compile_rules])
def test_parts_run_on_nothing(part: object) -> None:
    """What is run for the sake of its kernels needs no packet."""
    assert callable(part)
    assert part() is None


def test_fragments_are_put_together(tmp_path: Path) -> None:
    """The capture made for it needs the kernel that rebuilds datagrams: one datagram comes out, without a loss."""
    path = tmp_path / "fragments.pcap"
    path.write_bytes(make_fragments())
    dissector = Dissector("0" * 64, "test")
    tables = [dissector.feed(batch) for batch in open_capture(path).batches()]
    flows = dissector.finish()["flow"].to_pylist()
    assert len(tables) == 1
    assert [(flow["source.port"], flow["destination.port"]) for flow in flows] == [(40_000, 40_001)]
    assert dissector.counters["fragments_rebuilt"] == 1
