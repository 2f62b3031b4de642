"""``wanglou serve``: how it is set up, and that it serves until it is interrupted."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import httpx
import pytest

from console.settings import ConsoleSettings
from tests.support.requirements import ROOT
from wanglou.commands.serve import make_settings, make_work, name_address
from wanglou.config import Found, Settings


def test_the_command_line_beats_the_file() -> None:
    """What neither says is the default."""
    said = Settings(None, {"console.port": Found(9000, "file"), "console.sessions.idle_minutes": Found(5, "file")})
    settings = make_settings(said, "lake", "", None, "::1")
    assert (settings.host, settings.port, settings.security.idle_minutes) == ("::1", 9000, 5)
    assert make_settings(said, "lake", "", None, "", 0).port == 0
    assert make_settings(Settings(), "lake", "", None).port == ConsoleSettings().port


def test_addresses_can_be_opened() -> None:
    """IPv6 in brackets; every address is one of this machine."""
    assert name_address(ConsoleSettings(host="::1"), 80) == "http://[::1]:80"
    assert name_address(ConsoleSettings(host="0.0.0.0"), 80) == "http://127.0.0.1:80"  # noqa: S104 - of the test


@pytest.mark.parametrize(("option", "word"), [([], "One-time secret"), (["--demo"], "auditor")])
def test_it_serves_until_it_is_interrupted(tmp_path: Path, option: list[str], word: str) -> None:
    """It prints the first secret, or the demonstration's accounts, and its address, answers there, and ends with 0.

    Its worker ends with it.
    """
    command = [
        sys.executable,
        "-m",
        "wanglou",
        "--lang",
        "en",
        "serve",
        "--store",
        str(tmp_path / "lake"),
        "--port",
        "0",
        *option,
    ]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, env={**os.environ}) as process:
        assert process.stdout is not None
        lines = []
        for line in process.stdout:
            lines.append(line)
            if found := re.search(r"http://[0-9.:]+", line):
                break
        assert any(word in one for one in lines)
        assert found is not None
        with urllib.request.urlopen(f"{found.group()}/healthz") as answer:  # noqa: S310 - of this machine
            assert answer.status == 200
        workers = find_workers(process.pid)
        assert len(workers) == 1
        process.send_signal(signal.SIGINT)
        assert process.wait(60) == 0
        assert not any(Path(f"/proc/{pid}").exists() for pid in workers)


_SLOW = """
import time
from correlation.lake import Lake
from wanglou.cli import main
from wanglou.commands import serve

def run_query(lake):
    print("asked", flush=True)
    with lake._reader.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM range(100000000000) AS t(a) WHERE a % 7 = 3").fetchall()

def sleep_on(lake):
    print("asked", flush=True)
    time.sleep(600)

serve.GRACE_S, serve.LEAVE_S = 0.3, 0.3
Lake.captures = {what}
main()
"""


@pytest.mark.parametrize(
    ("what", "number"),
    [("run_query", signal.SIGINT), ("sleep_on", signal.SIGTERM), ("run_query", signal.SIGHUP)],
)
def test_what_is_under_way_does_not_keep_it(tmp_path: Path, what: str, number: signal.Signals) -> None:
    """A query of hours, and a thread that hears of nothing, are cut: 503, no trace, and the process ends with 0."""
    options = ["--lang", "en", "serve", "--store", str(tmp_path / "lake"), "--port", "0"]
    command = [sys.executable, "-c", _SLOW.replace("{what}", what), *options]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, cwd=ROOT, stdout=pipe, stderr=pipe, text=True) as process:
        assert process.stdout is not None
        found = next(filter(None, (re.search(r"http://[0-9.:]+", line) for line in process.stdout)))
        with ThreadPoolExecutor(1) as pool:
            answer = pool.submit(httpx.get, f"{found.group()}/readyz", timeout=60)
            assert any(line == "asked\n" for line in process.stdout)
            process.send_signal(number)
            assert answer.result().status_code == 503
        told = process.communicate(timeout=60)[1]
    assert process.returncode == 0
    assert "Traceback" not in told
    assert "rror" not in told


def find_workers(parent: int) -> list[int]:
    """Give the processes of a console's worker."""
    found = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            if int(path.read_text(encoding="utf-8").rpartition(")")[2].split()[1]) == parent:
                found.append(int(path.parent.name))
    return found


def test_the_worker_is_told_what_the_settings_say() -> None:
    """Store and site of the console; rules, limits and retention of the file."""
    said = Settings(
        None,
        {
            "rules": Found((Path("mine"),), "file"),
            "keep_days": Found(30, "file"),
            "max_disk": Found(10**9, "file"),
            "console.uploads.file_bytes": Found(10**6, "file"),
        },
    )
    settings = make_settings(said, "lake:there", "", Path("park.yaml"))
    work = make_work(said, settings)
    assert (work.store, work.site, work.rules) == ("lake:there", "park.yaml", ("mine",))
    assert (work.keep_days, work.max_disk_bytes, work.limits.file_bytes) == (30, 10**9, 10**6)
    assert work.folder == Path("there/uploads")
