"""A small server on loopback that answers as a cluster would in a state that the test server cannot be brought into.

What it has no answer for it passes on to a real server, where there is one.
"""

from __future__ import annotations

import json
import re
import threading
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Answer = tuple[int, Any]
"""A status, and what becomes the JSON of the body."""
Answers = Mapping[str, Answer | Callable[[bytes], Answer]]
"""By a pattern of ``METHOD path``, which has to fit as a whole; the first that fits holds."""


@contextmanager
def serve_answers(answers: Answers, target: str = "", product: str = "Elasticsearch") -> Iterator[str]:
    """Run the server; gives its address. ``product`` is what it says it is, empty for one that says nothing."""

    class Handler(BaseHTTPRequestHandler):
        """Answers one connection."""

        protocol_version = "HTTP/1.1"

        def log_message(self, *_: object) -> None:
            """Say nothing."""

        def handle_any(self) -> None:
            """Answer one request."""
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            asked = f"{self.command} {self.path.partition('?')[0]}"
            found = next((answer for pattern, answer in answers.items() if re.fullmatch(pattern, asked)), None)
            status, told = self._pass_on(body) if found is None else found(body) if callable(found) else found
            self.send_response(status)
            sent = b"" if self.command == "HEAD" else json.dumps(told).encode()
            if product:
                self.send_header("X-Elastic-Product", product)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(sent)))
            self.end_headers()
            self.wfile.write(sent)

        def _pass_on(self, body: bytes) -> Answer:
            if not target:
                return 404, {"error": {"type": "no_such_thing", "reason": self.path}, "status": 404}
            kept = {name: self.headers[name] for name in ("Content-Type", "Accept") if self.headers[name]}
            request = urllib.request.Request(target + self.path, body or None, kept, method=self.command)  # noqa: S310 - loopback
            try:
                with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310 - loopback
                    return answer.status, json.loads(answer.read() or b"{}")
            except urllib.error.HTTPError as error:
                with error:
                    return error.code, json.loads(error.read() or b"{}")

        do_GET = do_POST = do_PUT = do_DELETE = do_HEAD = handle_any  # noqa: N815 - http.server's names

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()
            thread.join()
