"""A proxy on loopback in front of a real server that answers wrongly as it is told: busy, silent, or half.

With a certificate it speaks TLS, with a key it lets in who has it: what a server of a full distribution does itself.
"""

from __future__ import annotations

import ssl
import threading
import urllib.error
import urllib.request
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Literal

Fault = int | Literal["close", "lose", "cut", "pass"]
"""A status to answer with; or close at once, lose the answer, cut it off, or do nothing wrong."""
_KEPT = ("Content-Type", "X-Elastic-Product")
_USUAL = {"Content-Type": "application/json", "X-Elastic-Product": "Elasticsearch"}


class Proxy:
    """What the proxy does, and what it did."""

    def __init__(self, target: str, path: str) -> None:
        """Stand before ``target``; faults meet requests whose path ends in ``path``."""
        self.target, self.path, self.url = target, path, ""
        self.faults: deque[Fault] = deque()
        self.requests = 0
        """Requests of that path."""
        self.most = 0
        """Most of them at once."""
        self._running = 0
        self._lock = threading.Lock()

    def begin(self, path: str) -> Fault:
        """Note a request; gives what goes wrong with it."""
        if not path.partition("?")[0].endswith(self.path):
            return "pass"
        with self._lock:
            self.requests += 1
            self._running += 1
            self.most = max(self.most, self._running)
            return self.faults.popleft() if self.faults else "pass"

    def end(self, path: str) -> None:
        """Note that a request is over."""
        if path.partition("?")[0].endswith(self.path):
            with self._lock:
                self._running -= 1


@contextmanager
def stand_before(
    target: str, faults: Sequence[Fault] = (), path: str = "_bulk", *, identity: Path | None = None, key: str = ""
) -> Iterator[Proxy]:
    """Run a proxy in front of ``target``, with the certificate and key of ``identity`` and the API key ``key``."""
    proxy = Proxy(target, path)
    proxy.faults.extend(faults)

    class Handler(BaseHTTPRequestHandler):
        """Answers one connection."""

        protocol_version = "HTTP/1.1"

        def log_message(self, *_: object) -> None:
            """Say nothing."""

        def handle_any(self) -> None:
            """Answer one request."""
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            fault = proxy.begin(self.path)
            if key and self.headers.get("Authorization") != f"ApiKey {key}":
                fault = 401
            try:
                self._answer(fault, body)
            finally:
                proxy.end(self.path)

        def _answer(self, fault: Fault, body: bytes) -> None:
            if isinstance(fault, int):
                self._send(fault, b'{"error":{"type":"made_up","reason":"told to"}}', {})
            elif fault == "close":
                self.close_connection = True
            else:
                status, answer, headers = self._ask(body)
                if fault == "pass":
                    self._send(status, answer, headers)
                elif fault == "cut":
                    self._send(status, answer, headers, length=len(answer) // 2)
                self.close_connection = fault != "pass"

        def _ask(self, body: bytes) -> tuple[int, bytes, dict[str, str]]:
            headers = {
                name: value for name, value in self.headers.items() if name.lower() not in ("host", "connection")
            }
            request = urllib.request.Request(  # noqa: S310 - loopback
                proxy.target + self.path, body or None, headers, method=self.command
            )
            try:
                with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310 - loopback
                    return answer.status, answer.read(), {name: answer.headers[name] or "" for name in _KEPT}
            except urllib.error.HTTPError as error:
                with error:
                    return error.code, error.read(), {name: error.headers[name] or "" for name in _KEPT}

        def _send(self, status: int, body: bytes, headers: dict[str, str], length: int | None = None) -> None:
            self.send_response(status)
            for name, value in (
                {"X-Elastic-Product": "Elasticsearch", "Content-Type": "application/json"} | headers
            ).items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(body[:length])

        do_GET = do_POST = do_PUT = do_DELETE = do_HEAD = handle_any  # noqa: N815 - http.server's names

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        proxy.url = f"http{'s' if identity else ''}://127.0.0.1:{server.server_address[1]}"
        if identity is not None:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(identity)
            server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        try:
            yield proxy
        finally:
            server.shutdown()
            thread.join()
