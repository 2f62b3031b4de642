"""The console as a process of its own over the data of ``bench.console_data``, with accounts, as ``wanglou serve``.

The ledger is a copy, so that accounts and sign-ins leave the data as they were.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.error import URLError

from console.app import create_app
from console.permission import Role
from console.routing import Declared, list_routes
from console.services import open_services
from console.settings import ConsoleSettings
from correlation.binding import adopt
from wanglou.audit import Actor

ROOT = Path(__file__).resolve().parents[1]
PASSWORD = "Slow-Pages-Are-Seen-2026"  # noqa: S105 - of accounts in a throw-away copy
ACTOR = Actor("system:bench", "127.0.0.1")
STARTS_S = 60
SETTLES_S, LOOK_S, IDLE_LOOKS, IDLE_SHARE = 1_800.0, 2.0, 3, 0.05
"""For how long at most the worker is waited for, how often it is looked at, and when it counts as idle: so many looks
one after another, each with less than that share of a processor."""
ENTERPRISE = "pharma"
"""What users of the role ``enterprise_user`` may see."""


@dataclass(frozen=True, slots=True)
class Server:
    """A console that runs."""

    port: int
    pid: int

    def resident_mb(self, name: str = "VmRSS") -> float:
        """Tell its resident memory, with ``VmHWM`` the most it had: MB (10^6 bytes)."""
        for line in Path(f"/proc/{self.pid}/status").read_text().splitlines():
            if line.startswith(f"{name}:"):
                return int(line.split()[1]) * 1024 / 1e6
        raise RuntimeError(f"no {name} of process {self.pid}")

    def workers_s(self) -> float:
        """Tell the seconds of processor that the processes it started have used."""
        pids = " ".join(task.read_text() for task in Path(f"/proc/{self.pid}/task").glob("*/children")).split()
        ticks = 0
        for pid in pids:
            with suppress(FileNotFoundError):  # ended meanwhile
                fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
                ticks += int(fields[11]) + int(fields[12])
        return ticks / os.sysconf("SC_CLK_TCK")


def settle(server: Server, most_s: float = SETTLES_S) -> float:
    """Wait until the worker has brought the stages up, which it does once after a start; gives the seconds it took."""
    began, idle, before = time.monotonic(), 0, -1.0
    while idle < IDLE_LOOKS and time.monotonic() - began < most_s:
        used = server.workers_s()
        idle, before = (idle + 1 if used - before < IDLE_SHARE * LOOK_S else 0), used
        time.sleep(LOOK_S)
    return time.monotonic() - began


def prepare(lake: Path, ledger: Path, roles: Sequence[Role]) -> list[Declared]:
    """Copy the ledger, add the accounts ``user1`` and so on, one for each role given; gives the console's routes."""
    shutil.copyfile(lake / "ledger.db", ledger)
    adopt(ledger, lake)
    settings = ConsoleSettings(store=str(lake), ledger=str(ledger), totp_key=ledger.with_name("totp.key"))
    with open_services(settings) as services:
        accounts = services.door.accounts
        for number, role in enumerate(roles, 1):
            enterprises = (ENTERPRISE,) if role == "enterprise_user" else ()
            _, secret = accounts.create(f"user{number}", (role,), ACTOR, enterprises=enterprises)
            accounts.change_password(f"user{number}", secret, PASSWORD, "127.0.0.1")
        return list(list_routes(create_app(services)))


@contextmanager
def run_server(lake: Path, ledger: Path) -> Iterator[Server]:
    """Serve until the end of the block, on a free port of this machine."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "wanglou", "serve", "--lake", str(lake), "--ledger", str(ledger)]
    command += ["--host", "127.0.0.1", "--port", str(port)]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL)
    try:
        _wait(process, port)
        yield Server(port, process.pid)
    finally:
        process.terminate()
        try:
            process.wait(15)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait(process: subprocess.Popen[bytes], port: int) -> None:
    end = time.monotonic() + STARTS_S
    while time.monotonic() < end and process.poll() is None:
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/sign-in", timeout=5).close()
        except (URLError, ConnectionError, TimeoutError):
            time.sleep(0.1)
        else:
            return
    raise RuntimeError(f"the console does not answer; exit code {process.poll()}")
