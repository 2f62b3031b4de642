"""The server of the tests: what it is made of, how it starts and ends."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

from tests.support.requirements import ROOT
from tools.elasticsearch.artifacts import VERSION, make_home, read_version
from tools.elasticsearch.server import Cluster, find_ports, make_cluster, run_cluster


def test_the_version_is_one_that_the_product_speaks_to(monkeypatch: pytest.MonkeyPatch) -> None:
    """As the POM has it, or the variable."""
    monkeypatch.delenv(VERSION, raising=False)
    assert read_version().startswith("8.19.")
    monkeypatch.setenv(VERSION, "9.2.0")
    assert read_version() == "9.2.0"


@pytest.mark.needs_elasticsearch
def test_the_home_is_made_once(elasticsearch: Cluster) -> None:
    """The layout that the server wants; a second call finds it."""
    assert elasticsearch.urls
    home = make_home()
    module = home / "modules" / "transport-netty4"
    assert (home / "lib" / "classes" / "Launcher.class").is_file()
    assert "modulename=\n" in (module / "plugin-descriptor.properties").read_text(encoding="utf-8")
    assert list(module.glob("netty-*.jar"))
    assert not list((home / "lib").glob("netty-*.jar"))


@pytest.mark.needs_elasticsearch
def test_it_listens_on_loopback_only(elasticsearch: Cluster) -> None:
    """Nobody else reaches it."""
    with urllib.request.urlopen(f"{elasticsearch.urls[0]}/_nodes/_local", timeout=10) as answer:  # noqa: S310 - loopback
        (node,) = json.load(answer)["nodes"].values()
    assert node["version"] == read_version()
    assert all("127.0.0.1" in place or "[::1]" in place for place in node["http"]["bound_address"])


@pytest.mark.needs_elasticsearch
def test_it_ends_with_the_program_that_started_it(elasticsearch: Cluster) -> None:
    """A command runs beside it and gives the exit code; afterwards nobody answers."""
    assert elasticsearch.urls
    script = "import os, sys; print(os.environ['WANGLOU_STORE']); sys.exit(7)"
    done = subprocess.run(
        [sys.executable, "-m", "tools.elasticsearch", sys.executable, "-c", script],
        cwd=ROOT, capture_output=True, text=True, check=False, env=dict(os.environ), timeout=120,
    )  # fmt: skip
    assert done.returncode == 7, done.stderr
    with pytest.raises(OSError, match="refused"):
        urllib.request.urlopen(done.stdout.strip(), timeout=5)  # noqa: S310 - loopback


@pytest.mark.needs_elasticsearch
def test_a_server_that_cannot_start_shows_its_log(tmp_path: Path) -> None:
    """What the process said is in the error."""
    cluster = make_cluster(tmp_path, home=tmp_path / "no-home")
    cluster.nodes[0].command = (sys.executable, "-c", "import sys; sys.exit('no such jar')")
    try:
        cluster.nodes[0].start()
        with pytest.raises(RuntimeError, match="no such jar"):
            cluster.wait()
    finally:
        cluster.stop()


def test_ports_differ() -> None:
    """Nodes of one cluster do not meet."""
    assert len(set(find_ports(6))) == 6


@pytest.mark.needs_elasticsearch
def test_a_node_is_started_again_with_its_data(elasticsearch: Cluster, tmp_path: Path) -> None:
    """Killed and started again it holds what it acknowledged."""
    assert elasticsearch.urls
    with run_cluster(tmp_path) as cluster:
        put = urllib.request.Request(  # noqa: S310 - loopback
            f"{cluster.urls[0]}/kept/_doc/1", b'{"a":1}', {"Content-Type": "application/json"}, method="PUT"
        )
        urllib.request.urlopen(put, timeout=30).close()  # noqa: S310 - loopback
        cluster.nodes[0].kill()
        cluster.nodes[0].start()
        cluster.wait()
        with urllib.request.urlopen(f"{cluster.urls[0]}/kept/_doc/1", timeout=10) as answer:  # noqa: S310 - loopback
            assert json.load(answer)["_source"] == {"a": 1}
