"""A mosquitto broker on loopback for the length of a test."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from tests.support.recording import find_port, wait_for
from tests.support.requirements import find_mosquitto


class Broker(NamedTuple):
    """Ports of a broker, by what carries MQTT to them."""

    plain: int
    websockets: int
    tls: int
    """Served where there is an identity."""


@contextmanager
def run_broker(folder: Path, users: dict[str, str] | None = None, identity: Path | None = None) -> Iterator[Broker]:
    """Run mosquitto; with ``users`` only they may connect, with ``identity`` (certificate and key) by TLS too.

    Tests that use it are marked ``needs_mosquitto``.
    """
    program = find_mosquitto()
    assert program, "no mosquitto here: is the test marked?"
    broker = Broker(find_port(), find_port(), find_port())
    lines = [
        f"listener {broker.plain} 127.0.0.1", f"listener {broker.websockets} 127.0.0.1", "protocol websockets",
        f"allow_anonymous {'false' if users else 'true'}", "max_topic_alias 10", "user root",
    ]  # fmt: skip
    if identity:
        lines += [f"listener {broker.tls} 127.0.0.1", f"certfile {identity}", f"keyfile {identity}"]
    if users:
        passwords = folder / "passwords"
        passwords.touch()
        for name, password in users.items():
            command = ["mosquitto_passwd", "-b", str(passwords), name, password]
            subprocess.run(command, check=True, capture_output=True)
        lines.append(f"password_file {passwords}")
    settings = folder / "mosquitto.conf"
    settings.write_text("\n".join([*lines, ""]), encoding="utf-8")
    with subprocess.Popen([program, "-c", str(settings)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as run:
        try:
            wait_for(broker.plain)
            wait_for(broker.websockets)
            if identity:
                wait_for(broker.tls)
            yield broker
        finally:
            run.terminate()
            run.wait(10)
