"""A worker's process ends soon after it is told to, whatever its main thread is doing."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.support.requirements import ROOT

_WORKER = """
import sys, threading, time
from console import ending as module
module.PATIENCE_S, module.LAST_S = 0.2, 1
ending = threading.Event()

def give_back():
    print("given back", flush=True)
    if "hang" in sys.argv:
        time.sleep(60)
    if "fail" in sys.argv:
        raise ValueError

module.watch(ending, give_back)
print("ready", flush=True)
if "obey" in sys.argv:
    ending.wait()
    print("done", flush=True)
else:
    time.sleep(60)
"""


@contextmanager
def working(*how: str) -> Iterator[subprocess.Popen[str]]:
    """Run a process that watches for its end."""
    command = [sys.executable, "-c", _WORKER, *how]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, cwd=ROOT, stdin=pipe, stdout=pipe, stderr=pipe, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        yield process


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_busy_process_ends_at_a_signal(number: signal.Signals) -> None:
    """Its job is given back first."""
    with working() as process:
        process.send_signal(number)
        assert process.communicate()[0] == "given back\n"
    assert process.returncode == 0


def test_a_busy_process_ends_with_its_console() -> None:
    """Nobody holds its input any more."""
    with working() as process:
        assert process.communicate()[0] == "given back\n"
    assert process.returncode == 0


def test_one_that_ends_by_itself_keeps_nothing_back() -> None:
    """It does what is left to do."""
    with working("obey") as process:
        process.terminate()
        assert process.communicate()[0] == "done\n"
    assert process.returncode == 0


def test_giving_back_may_hang() -> None:
    """The system ends the process then."""
    with working("hang") as process:
        process.terminate()
        process.communicate()
    assert process.returncode == -signal.SIGALRM


def test_giving_back_may_fail() -> None:
    """It is told, and the process ends all the same."""
    with working("fail") as process:
        process.terminate()
        assert "could not be given back" in process.communicate()[1]
    assert process.returncode == 0
