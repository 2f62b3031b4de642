"""A user of the console in a benchmark: signs in by the form, keeps the cookies, asks pages over one connection."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass, field
from html.parser import HTMLParser
from http.client import HTTPConnection, HTTPException
from http.cookies import SimpleCookie
from urllib.parse import quote, urlencode

from console.permission import Role

TIMEOUT_S = 30
AS_IT_IS = "%/?#[]@!$&'()*+,;=:~|"
"""What a browser leaves in an address as it is; it encodes all that is not ASCII (WHATWG URL, section 1.3)."""
PAUSE_S = 1 / 40
"""Between requests of one user at least: what the console allows one client."""


@dataclass(frozen=True, slots=True)
class Page:
    """One answer."""

    status: int
    is_html: bool
    text: str
    seconds: float
    """From sending to the last byte."""


class Links(HTMLParser):
    """Gathers the addresses that a page leads to."""

    def __init__(self) -> None:
        """Begin with none."""
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, _tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep local addresses."""
        for name, value in attrs:
            if name in ("href", "hx-get", "data-open") and value and value.startswith("/"):
                self.found.append(value)


def list_links(text: str) -> list[str]:
    """List the local addresses that a page leads to."""
    links = Links()
    links.feed(text)
    return links.found


@dataclass
class User:
    """One browser without eyes."""

    port: int
    number: int
    """From 1 to 250: each comes from an address of its own, 127.0.1.number, as bounds are by address."""
    role: Role
    cookies: dict[str, str] = field(default_factory=dict)
    _connection: HTTPConnection | None = None
    _last: float = 0.0

    def sign_in(self, name: str, password: str) -> None:
        """Fill in the form as people do; raises RuntimeError where it is refused."""
        form = self.ask("/sign-in")
        token = re.search(r'name="csrf" value="([^"]+)"', form.text)
        fields = {"name": name, "password": password, "next": "", "csrf": token[1] if token else ""}
        answer = self.ask("/sign-in", urlencode(fields))
        if answer.status != 303:
            raise RuntimeError(f"{name} cannot sign in: status {answer.status}")

    def ask(self, path: str, body: str | None = None) -> Page:
        """Ask a page, not faster than is allowed; a stream that is no page is not read."""
        time.sleep(max(0.0, self._last + PAUSE_S - time.monotonic()))
        try:
            return self._ask(path, body)
        except (HTTPException, ConnectionError):  # the server closed what was idle
            self.close()
            return self._ask(path, body)
        finally:
            self._last = time.monotonic()

    def _ask(self, path: str, body: str | None) -> Page:
        if self._connection is None:
            source = (f"127.0.1.{self.number}", 0)
            self._connection = HTTPConnection("127.0.0.1", self.port, timeout=TIMEOUT_S, source_address=source)
        headers = {"cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())}
        if body is not None:
            headers |= {
                "content-type": "application/x-www-form-urlencoded",
                "origin": f"http://127.0.0.1:{self.port}",
            }
        began = time.perf_counter()
        self._connection.request("GET" if body is None else "POST", quote(path, safe=AS_IT_IS), body, headers)
        response = self._connection.getresponse()
        is_html = (response.getheader("content-type") or "").startswith("text/html")
        read = response.read() if is_html or response.status != 200 else b""
        seconds = time.perf_counter() - began
        if not is_html and response.status == 200:
            self.close()
        for line in response.headers.get_all("set-cookie") or ():
            self.cookies |= {name: one.value for name, one in SimpleCookie(line).items()}
        return Page(response.status, is_html, read.decode(errors="replace"), seconds)

    def close(self) -> None:
        """Let go of the connection."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None
