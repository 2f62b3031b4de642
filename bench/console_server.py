"""The console as a process of its own over the data of ``bench.console_data``, with accounts, as ``wanglou serve``.

The ledger is a copy, so that accounts and sign-ins leave the data as they were.
"""

from __future__ import annotations

import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.error import URLError

from console.app import create_app
from console.permission import Role
from console.routing import Declared, list_routes
from console.services import open_services
from console.settings import ConsoleSettings
from wanglou.audit import Actor

ROOT = Path(__file__).resolve().parents[1]
PASSWORD = "Slow-Pages-Are-Seen-2026"  # noqa: S105 - of accounts in a throw-away copy
ACTOR = Actor("system:bench", "127.0.0.1")
STARTS_S = 60
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


def prepare(lake: Path, ledger: Path, roles: Sequence[Role]) -> list[Declared]:
    """Copy the ledger, add the accounts ``user1`` and so on, one for each role given; gives the console's routes."""
    shutil.copyfile(lake / "ledger.db", ledger)
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
