"""A network of namespaces: one per host, bridges for switches, a router between them, and a tap on the first bridge.

Everything is made under names of this process and removed when the block is left, also after a failure. No
interface of it touches the machine's own network.
"""

from __future__ import annotations

import ctypes
import os
import subprocess
from types import TracebackType
from typing import Self

from pcaps.scenarios.rig.layout import Host, Layout
from wanglou.errors import WanglouError

_CLONE_NEWNET = 0x40000000
"""Namespace kind of setns(2)."""

_OFFLOADS = ("tx", "off", "tso", "off", "gso", "off", "gro", "off")
"""Without these veth leaves TCP checksums unfinished and merges segments, and the capture would show it."""


def run(*command: str) -> None:
    """Run a system command; tell what it said when it fails."""
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise WanglouError(done.stderr.strip() or "failed", where=" ".join(command), do="this needs root on Linux")


def enter(namespace: str) -> None:
    """Move the calling process into a network namespace."""
    libc = ctypes.CDLL(None, use_errno=True)
    descriptor = os.open(f"/run/netns/{namespace}", os.O_RDONLY)
    try:
        if libc.setns(descriptor, _CLONE_NEWNET):
            raise WanglouError(os.strerror(ctypes.get_errno()), where=f"network namespace {namespace}")
    finally:
        os.close(descriptor)


class Network:
    """The namespaces of one layout; use as a context manager."""

    def __init__(self, layout: Layout, strangers: tuple[str, ...] = ()) -> None:
        self._layout = layout
        self.hosts = (*layout.hosts, *(layout.host(name) for name in strangers))
        self._prefix = f"wl{os.getpid()}"
        self._made: list[str] = []
        self._ports = 0
        self.switch = f"{self._prefix}-switch"
        """Namespace that holds the bridges."""
        self.tap = layout.segments[0].name
        """Bridge to capture on."""

    def namespace(self, host: str) -> str:
        """Name of a host's namespace."""
        return f"{self._prefix}-{host}"

    def __enter__(self) -> Self:
        """Build it all."""
        try:
            self._build()
        except BaseException:
            self._remove()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Remove it all."""
        self._remove()

    def _build(self) -> None:
        self._add(self.switch)
        for segment in self._layout.segments:
            run(
                "ip",
                "-n",
                self.switch,
                "link",
                "add",
                segment.name,
                "type",
                "bridge",
                "forward_delay",
                "0",
                "mcast_snooping",
                "0",
            )
            run("ip", "-n", self.switch, "link", "set", segment.name, "up")
        router = self._add(self.namespace("router"))
        run("ip", "netns", "exec", router, "sysctl", "-qw", "net.ipv4.ip_forward=1")
        for index, segment in enumerate(self._layout.segments):
            self._plug(router, f"eth{index}", segment.name, f"{segment.prefix}1", f"02:00:5e:00:00:{index + 1:02x}")
        for host in self.hosts:
            self._place(host)

    def _place(self, host: Host) -> None:
        space = self._add(self.namespace(host.name))
        segment = next(segment for segment in self._layout.segments if segment.name == host.segment)
        self._plug(space, "eth0", segment.name, host.ip, host.mac)
        run("ip", "-n", space, "route", "add", "default", "via", f"{segment.prefix}1")

    def _add(self, name: str) -> str:
        run("ip", "netns", "add", name)
        self._made.append(name)
        for scope in ("all", "default"):
            run("ip", "netns", "exec", name, "sysctl", "-qw", f"net.ipv6.conf.{scope}.disable_ipv6=1")
        run("ip", "-n", name, "link", "set", "lo", "up")
        return name

    def _plug(self, space: str, interface: str, bridge: str, address: str, mac: str) -> None:
        self._ports += 1
        port = f"port{self._ports}"
        run("ip", "-n", self.switch, "link", "add", port, "type", "veth", "peer", "name", interface, "netns", space)
        run("ip", "-n", self.switch, "link", "set", port, "master", bridge, "up")
        run("ip", "-n", space, "link", "set", interface, "address", mac)
        run("ip", "-n", space, "addr", "add", f"{address}/24", "dev", interface)
        run("ip", "-n", space, "link", "set", interface, "up")
        run("ip", "netns", "exec", space, "ethtool", "-K", interface, *_OFFLOADS)

    def _remove(self) -> None:
        for name in reversed(self._made):
            subprocess.run(["ip", "netns", "del", name], capture_output=True, check=False)
        self._made.clear()
