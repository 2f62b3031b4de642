"""The demo park's broker: mosquitto as many are found, with passwords for some and open to others."""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import signal
import tempfile
from collections.abc import Callable
from pathlib import Path

from pcaps.scenarios.rig.park import TELEMETRY
from pcaps.scenarios.rig.stage import Stage

PORT = 1883
"""Registered port of MQTT (MQTT 3.1.1, 4.2)."""

PASSWORDS = {
    "gateway": "edge-7Qp",
    "weigher": "Waage52",
    "scada": "plant!view",
    "historian": "hist-rd",
    "mes": "order66b",
}

LARGEST = 200_000
"""Bytes of payload the broker takes."""

_PR_SET_PDEATHSIG = 1
"""Option of prctl(2)."""


def _die_with_parent() -> None:
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


async def serve_broker(stage: Stage, ready: Callable[[], None]) -> None:
    """Run mosquitto until this process is ended, and it with it."""
    _ = stage
    address = TELEMETRY.host("broker").ip
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        passwords = folder / "passwords"
        passwords.touch(mode=0o600)
        for user, word in PASSWORDS.items():
            await _run("mosquitto_passwd", "-b", str(passwords), user, word)
        lines = (
            f"listener {PORT} {address}", "user root", "allow_anonymous true", f"password_file {passwords}",
            f"message_size_limit {LARGEST}", "log_type error", "max_inflight_messages 100",
        )  # fmt: skip
        (folder / "conf").write_text("\n".join(lines) + "\n")
        command = ("mosquitto", "-c", str(folder / "conf"))
        quiet = asyncio.subprocess.DEVNULL
        process = await asyncio.create_subprocess_exec(*command, stderr=quiet, preexec_fn=_die_with_parent)
        while not await _answers(address):  # noqa: ASYNC110 - another process is waited for
            await asyncio.sleep(0.05)
        ready()
        await process.wait()


async def _run(*command: str) -> None:
    process = await asyncio.create_subprocess_exec(*command, stderr=asyncio.subprocess.DEVNULL)
    await process.wait()


async def _answers(address: str) -> bool:
    with contextlib.suppress(OSError):
        _, writer = await asyncio.open_connection(address, PORT)
        writer.close()
        return True
    return False
