"""``wanglou serve``: how it is set up, and that it serves until it is interrupted."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import urllib.request
from pathlib import Path

from console.settings import ConsoleSettings
from tests.support.requirements import ROOT
from wanglou.commands.serve import make_settings, name_address
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


def test_it_serves_until_it_is_interrupted(tmp_path: Path) -> None:
    """It prints the first secret and its address, answers there, and ends with 0."""
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
    ]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, env={**os.environ}) as process:
        assert process.stdout is not None
        lines = []
        for line in process.stdout:
            lines.append(line)
            if found := re.search(r"http://[0-9.:]+", line):
                break
        assert any("One-time secret" in one for one in lines)
        assert found is not None
        with urllib.request.urlopen(f"{found.group()}/healthz") as answer:  # noqa: S310 - of this machine
            assert answer.status == 200
        process.send_signal(signal.SIGINT)
        assert process.wait(30) == 0
