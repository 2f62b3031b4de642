"""``wanglou kernels``."""

from __future__ import annotations

from pathlib import Path

from parsers.dissection import Dissector
from sensors.pcap import open_capture
from tests.support.command_line import run
from wanglou.commands.kernels import make_fragments
from wanglou.kernel_cache import cache_folder


def test_all_is_compiled() -> None:
    """The command ends well and says where the kernels are kept."""
    done = run("kernels", width=300)
    assert (done.code, done.err.count("error")) == (0, 0)
    assert str(cache_folder()) in done.out


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
