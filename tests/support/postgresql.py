"""A PostgreSQL server of our own: a cluster in a temporary folder, reached through a socket there, as one session."""

from __future__ import annotations

import contextlib
import itertools
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from tests.support.requirements import find_postgresql

_SERVER = ("-c", "listen_addresses=", "-c", "fsync=off", "-c", "shared_buffers=16MB", "-c", "max_connections=30")
"""No port, and no waiting for a disk that is thrown away; ``synchronous_commit`` stays on."""
_START_S = 60


@dataclass
class Server:
    """A running server that trusts whoever reaches its socket."""

    folder: Path
    process: subprocess.Popen[bytes]
    _numbers: Iterator[int] = field(default_factory=itertools.count)

    def create_schema(self) -> str:
        """Make a schema and give the URL of a ledger in it: a database for each would be hundreds of files."""
        name = f"schema_{next(self._numbers)}"
        self.run_sql(f"CREATE SCHEMA {name}")
        return f"{self.url('postgres')}&options=-csearch_path%3D{name}"

    def create_database(self, options: str = "") -> str:
        """Make a database and give its URL."""
        name = f"ledger_{next(self._numbers)}"
        self.run_sql(f"CREATE DATABASE {name} {options}")
        return self.url(name)

    def url(self, name: str, user: str = "wanglou") -> str:
        """URL of a database, which need not be there."""
        return f"postgresql://{user}@/{name}?host={self.folder}"

    def run_sql(self, statement: str, name: str = "postgres") -> None:
        """Run one statement as the owner of everything."""
        psycopg = __import__("psycopg")
        with psycopg.connect(host=str(self.folder), user="wanglou", dbname=name, autocommit=True) as connection:
            connection.execute(statement)


@contextlib.contextmanager
def serve_postgresql() -> Iterator[Server]:
    """Run a server until the block ends; root lends it to the account ``postgres``, as it refuses to run as root."""
    programs = find_postgresql()
    assert programs is not None
    account = "postgres" if os.geteuid() == 0 else None
    # Not pytest's folder: a socket's path has at most 107 bytes, and other accounts may not enter that folder.
    folder = Path(tempfile.mkdtemp(prefix="wanglou-pg-"))
    try:
        if account:
            shutil.chown(folder, account)
        data = folder / "data"
        options = ("-U", "wanglou", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync")
        made = [str(programs / "initdb"), "-D", str(data), *options]
        subprocess.run(made, check=True, user=account, cwd=folder, capture_output=True)
        with (folder / "log").open("wb") as log:
            command = [str(programs / "postgres"), "-D", str(data), "-k", str(folder), *_SERVER]
            process = subprocess.Popen(command, user=account, cwd=folder, stdout=log, stderr=log)
        try:
            _wait(programs, folder, process)
            yield Server(folder, process)
        finally:
            process.send_signal(signal.SIGQUIT)
            process.wait(_START_S)
    finally:
        shutil.rmtree(folder)


def _wait(programs: Path, folder: Path, process: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + _START_S
    while subprocess.run([programs / "pg_isready", "-q", "-h", folder], check=False).returncode:
        assert process.poll() is None, (folder / "log").read_text()
        assert time.monotonic() < until, (folder / "log").read_text()
        time.sleep(0.1)
