"""Playing a scenario: network up, servers up, recording on, masters and acts, and everything down again."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import multiprocessing
import os
import signal
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from multiprocessing.context import ForkProcess
from multiprocessing.queues import SimpleQueue
from pathlib import Path

from pcaps.scenarios.rig.controller import control
from pcaps.scenarios.rig.layout import Host
from pcaps.scenarios.rig.network import Network, enter
from pcaps.scenarios.rig.recording import Recording, read_packets, write_stretched
from pcaps.scenarios.rig.scenario import Act, Scenario
from pcaps.scenarios.rig.stage import Stage
from wanglou.errors import WanglouError

_FORK = multiprocessing.get_context("fork")
"""Forked children inherit the loaded libraries, so a park of ten hosts is up at once."""

_PATIENCE_S = 60.0
"""Real time servers get to start, and actors to end after the scenario's time."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a performance left behind."""

    path: Path
    packets: int
    left_out: int
    """Packets of the recording that were not kept."""
    marks_s: tuple[float, ...]
    """Packet time of each mark since the first packet, seconds."""


def play(scenario: Scenario, folder: Path) -> Outcome:
    """Play a scenario and write its capture into ``folder``."""
    marks: SimpleQueue[float] = _FORK.SimpleQueue()
    target = folder / scenario.file
    with tempfile.TemporaryDirectory() as scratch:
        raw = Path(scratch) / "raw.pcap"
        with Network(scenario.layout, scenario.strangers) as network:
            _perform(scenario, network, raw, marks)
        packets = write_stretched(raw, target, scenario.time_scale, scenario.keep)
        times = [time_us for time_us, _ in read_packets(raw)]
    found = []
    while not marks.empty():
        found.append(round((marks.get() - times[0] / 1e6) * scenario.time_scale, 1))
    return Outcome(target, packets, len(times) - packets, tuple(sorted(found)))


def _perform(scenario: Scenario, network: Network, raw: Path, marks: SimpleQueue[float]) -> None:
    with contextlib.ExitStack() as stack:
        _start_servers(scenario, network, stack)
        stack.enter_context(Recording(network, raw))
        start_s = time.time() + 0.2

        def spawn(host: str, act: Act, ordinal: int) -> ForkProcess:
            stage = Stage(start_s, scenario.time_scale, scenario.seed * 100 + ordinal, marks.put)
            return stack.enter_context(_process(network.namespace(host), lambda: _act(act, stage)))

        masters = [spawn(host, act, i) for i, (host, act) in enumerate(scenario.masters.items())]
        acts = [spawn(host, act, 50 + i) for i, (host, act) in enumerate(scenario.acts.items())]
        time.sleep(start_s + scenario.duration_s / scenario.time_scale - time.time())
        for process in acts:
            _finish(process, scenario)
        for process in masters:
            _signal(process)
        for process in masters:
            _finish(process, scenario)
        time.sleep(0.2)


def _start_servers(scenario: Scenario, network: Network, stack: contextlib.ExitStack) -> None:
    ready: SimpleQueue[str] = _FORK.SimpleQueue()
    mains = {
        host.name: _controller(scenario, host, ordinal, ready)
        for ordinal, host in enumerate(scenario.layout.controllers)
    }
    mains |= {name: _server(scenario, name, 70 + i, ready) for i, name in enumerate(scenario.servers)}
    for name, main in mains.items():
        stack.enter_context(_process(network.namespace(name), main))
    deadline = time.monotonic() + _PATIENCE_S
    waiting = set(mains)
    while waiting:
        while not ready.empty():
            waiting.discard(ready.get())
        if time.monotonic() > deadline:
            raise WanglouError(f"servers did not start: {', '.join(sorted(waiting))}", where=scenario.name)
        time.sleep(0.02)


def _server(scenario: Scenario, name: str, ordinal: int, ready: SimpleQueue[str]) -> Callable[[], Awaitable[None]]:
    stage = Stage(time.time(), scenario.time_scale, scenario.seed * 100 + ordinal, lambda _: None)
    return lambda: scenario.servers[name](stage, lambda: ready.put(name))


def _controller(scenario: Scenario, host: Host, ordinal: int, ready: SimpleQueue[str]) -> Callable[[], Awaitable[None]]:
    seed = scenario.seed * 100 + ordinal
    twist = scenario.twists[host.name](seed) if host.name in scenario.twists else None
    return lambda: control(host, scenario.time_scale, seed, lambda: ready.put(host.name), twist)


async def _act(act: Act, stage: Stage) -> None:
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stage.stopped.set)
    await stage.until(0)
    await act(stage)


@contextlib.contextmanager
def _process(namespace: str, main: Callable[[], Awaitable[None]]) -> Iterator[ForkProcess]:
    process = _FORK.Process(target=_run, args=(namespace, main))
    process.start()
    try:
        yield process
    finally:
        process.kill()
        process.join()


def _run(namespace: str, main: Callable[[], Awaitable[None]]) -> None:
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    for name in ("pymodbus.logging", "asyncua"):
        logging.getLogger(name).setLevel(logging.CRITICAL + 1)
    enter(namespace)

    async def run() -> None:
        await main()

    asyncio.run(run())


def _signal(process: ForkProcess) -> None:
    if process.pid is not None and process.is_alive():
        os.kill(process.pid, signal.SIGTERM)


def _finish(process: ForkProcess, scenario: Scenario) -> None:
    process.join(_PATIENCE_S)
    if process.exitcode != 0:
        raise WanglouError(f"an actor ended with {process.exitcode}", where=scenario.name, do="its message is above")
