"""A relay on loopback that writes down what a real client and a real server said, piece by piece."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

from tests.support.pieces import Piece

_PATIENCE_S = 10.0
_GRACE_S = 0.3


@dataclass(slots=True)
class Relay:
    """Stands before a server; ``pieces`` are in the order in which they passed."""

    target: int
    pieces: list[Piece] = field(default_factory=list)
    port: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _threads: list[threading.Thread] = field(default_factory=list)
    _sockets: list[socket.socket] = field(default_factory=list)

    def serve(self, listener: socket.socket) -> None:
        """Take in connections until the listener is closed."""
        flow = 0
        while True:
            try:
                near, _ = listener.accept()
            except OSError:
                return
            far = socket.create_connection(("127.0.0.1", self.target), timeout=_PATIENCE_S)
            self._sockets += near, far
            for source, sink, from_server in ((near, far, False), (far, near, True)):
                thread = threading.Thread(target=self._pump, args=(source, sink, from_server, flow), daemon=True)
                self._threads.append(thread)
                thread.start()
            flow += 1

    def _pump(self, source: socket.socket, sink: socket.socket, from_server: bool, flow: int) -> None:
        source.settimeout(_PATIENCE_S)
        try:
            while content := source.recv(65_536):
                with self._lock:
                    self.pieces.append(Piece(content, from_server, flow))
                sink.sendall(content)
            sink.shutdown(socket.SHUT_WR)
        except OSError:
            return  # either end is gone, or nothing more is wanted

    def wait(self) -> None:
        """Wait a moment for connections to end, then end those that a client keeps."""
        for thread in self._threads:
            thread.join(_GRACE_S)
        for end in self._sockets:
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(_PATIENCE_S)
        for end in self._sockets:
            end.close()


@contextmanager
def relay_to(port: int) -> Iterator[Relay]:
    """Relay connections to a port of loopback; its own port is ``relay.port``."""
    relay = Relay(port)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        relay.port = listener.getsockname()[1]
        threading.Thread(target=relay.serve, args=(listener,), daemon=True).start()
        try:
            yield relay
        finally:
            relay.wait()
            listener.shutdown(socket.SHUT_RDWR)
