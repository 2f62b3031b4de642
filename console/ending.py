"""How a worker ends: within seconds of being told, or of its console's end, whatever it is doing just then.

It is told by SIGTERM, SIGINT, SIGHUP, or the end of its standard input, which the console holds. Jobs look between two
batches whether they shall end, and the later stages whenever they ask the store. What does not get there in time is
left as if the process were killed: transactions are taken back, and the job is given back for the next worker.
"""

from __future__ import annotations

import contextlib
import logging
import os
import signal
import socket
import threading
import time
from collections.abc import Callable

SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
PATIENCE_S = 5.0
"""Seconds that what is being done has to end."""
LAST_S = 3
"""Seconds after these that giving the job back may take; then the system ends the process (``alarm``)."""
_PIECE = 1 << 10
_log = logging.getLogger("console.worker")


def watch(ending: threading.Event, give_back: Callable[[], object]) -> None:
    """Set ``ending`` when the process is to end, and see that it does; for the main thread, once.

    ``give_back`` is called, on another thread, when what is being done does not end in time.
    """
    for number in SIGNALS:
        signal.signal(number, _ignore)
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    ours, written = socket.socketpair()
    for one in (ours, written):
        one.setblocking(False)
    signal.set_wakeup_fd(written.detach(), warn_on_full_buffer=False)
    ours.setblocking(True)
    for name, wait in (("signals", lambda: ours.recv(1)), ("input", _read_to_end)):
        threading.Thread(target=_set, args=(ending, wait), name=name, daemon=True).start()
    threading.Thread(target=_see_to_it, args=(ending, give_back), name="ending", daemon=True).start()


def _ignore(*_: object) -> None:
    """Do nothing: the main thread may be at work for long, so another hears of a signal, by the descriptor."""


def _set(ending: threading.Event, wait: Callable[[], object]) -> None:
    with contextlib.suppress(OSError):
        wait()
    ending.set()


def _read_to_end() -> None:
    while os.read(0, _PIECE):  # not through sys.stdin, whose lock would be held when the process ends
        pass


def _see_to_it(ending: threading.Event, give_back: Callable[[], object]) -> None:
    ending.wait()
    time.sleep(PATIENCE_S)
    _log.warning("what is being done does not end, so the process does")
    signal.alarm(LAST_S)
    try:
        give_back()
    except Exception:  # noqa: BLE001 - the process is about to end
        _log.exception("the job could not be given back")
    finally:
        os._exit(0)
