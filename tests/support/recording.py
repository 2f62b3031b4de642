"""A proxy on loopback that passes bytes on and writes them down: real clients and servers become packets."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from tests.support.conversations import Connection
from tests.support.frames import START_NS

_CHUNK = 65_536


class Recording:
    """What passed, connection by connection: (from the server, bytes) in the order in which it passed."""

    def __init__(self) -> None:
        """Start with nothing."""
        self.connections: list[list[tuple[bool, bytes]]] = []
        self._lock = threading.Lock()

    def begin(self) -> int:
        """Number of a new connection."""
        with self._lock:
            self.connections.append([])
            return len(self.connections) - 1

    def note(self, number: int, chunk: bytes, *, from_server: bool) -> None:
        """Write down a chunk; neighbours of one direction stay apart."""
        with self._lock:
            self.connections[number].append((from_server, chunk))

    def list_packets(self, served: int) -> list[Connection]:
        """Every connection as TCP packets, the clients told apart by port."""
        found = []
        for number, said in enumerate(self.connections):
            connection = Connection(port=40_000 + number, served=served, start_ns=START_NS + number * 10**9).open()
            for server, chunk in said:
                connection.send(chunk, from_server=server, sizes=[1_400] * (len(chunk) // 1_400))
            found.append(connection.close())
        return found


@contextmanager
def record(port: int) -> Iterator[tuple[int, Recording]]:
    """Listen on a free port and pass everything to ``port``: (the port to connect to, what passes)."""
    recording = Recording()
    with socket.create_server(("127.0.0.1", 0)) as server:
        stopped = threading.Event()
        thread = threading.Thread(target=_serve, args=(server, port, recording, stopped), daemon=True)
        thread.start()
        try:
            yield server.getsockname()[1], recording
        finally:
            stopped.set()
            with suppress(OSError):
                socket.create_connection(server.getsockname(), timeout=1).close()  # wakes the thread that accepts
            thread.join(5)


def _serve(server: socket.socket, port: int, recording: Recording, stopped: threading.Event) -> None:
    """Accept until stopped; both directions of a connection have a thread of their own."""
    threads, ends = [], []
    while True:
        near, _ = server.accept()
        ends.append(near)
        if stopped.is_set():
            break
        far = socket.create_connection(("127.0.0.1", port))
        ends.append(far)
        number = recording.begin()
        for source, target, from_server in ((near, far, False), (far, near, True)):
            arguments = (source, target, recording, number, from_server)
            threads.append(threading.Thread(target=_pass_on, args=arguments, daemon=True))
            threads[-1].start()
    for end in ends:
        with suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)
    for thread in threads:
        thread.join(5)
    for end in ends:
        end.close()


def _pass_on(
    source: socket.socket, target: socket.socket, recording: Recording, number: int, from_server: bool
) -> None:  # fmt: skip
    """Pass bytes on until the source ends; written down first, so that an answer never comes before its question."""
    with suppress(OSError):
        while chunk := source.recv(_CHUNK):
            recording.note(number, chunk, from_server=from_server)
            target.sendall(chunk)
    with suppress(OSError):
        target.shutdown(socket.SHUT_WR)


def wait_for(port: int, seconds: float = 10.0) -> None:
    """Wait until something listens on a port of loopback."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        time.sleep(0.02)
    raise TimeoutError(port)


def find_port() -> int:
    """A port of loopback that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
