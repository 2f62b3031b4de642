"""Where a request really came from: the word of proxies that the settings list, and of nobody else."""

from __future__ import annotations

from ipaddress import ip_address
from typing import TYPE_CHECKING

from console.settings import parse_proxies

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

FOR, PROTO, HOST = b"x-forwarded-for", b"x-forwarded-proto", b"x-forwarded-host"
MOST_HOPS = 16
"""Proxies in a row that are followed."""


class Proxies:
    """ASGI middleware that sets client, scheme and host of requests that came through listed proxies."""

    def __init__(self, app: ASGIApp, *, proxies: tuple[str, ...]) -> None:
        """Believe the ``X-Forwarded`` headers of these addresses and networks."""
        self._app, self._networks = app, parse_proxies(proxies)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on as the proxy got it."""
        client = scope.get("client")
        if scope["type"] in ("http", "websocket") and client and self._is_listed(client[0]):
            self._believe(scope)
        await self._app(scope, receive, send)

    def _believe(self, scope: Scope) -> None:
        headers = scope["headers"]
        hops = b",".join(value for name, value in headers if name == FOR).decode("latin-1").split(",")
        for hop in [text.strip() for text in hops[-MOST_HOPS:]][::-1]:
            address = _parse(hop)
            if not address:
                break
            scope["client"] = (address, 0)
            if not self._is_listed(address):
                break
        scheme = next((value for name, value in headers if name == PROTO), b"")
        if scheme in (b"http", b"https"):
            scope["scheme"] = scheme.decode()
        host = next((value for name, value in headers if name == HOST), b"")
        if host:
            scope["headers"] = [(name, value) for name, value in headers if name != b"host"] + [(b"host", host)]

    def _is_listed(self, text: str) -> bool:
        address = _parse(text)
        return bool(address) and any(ip_address(address) in network for network in self._networks)


def _parse(text: str) -> str:
    """Give an address in its usual form, IPv4 in IPv6 as IPv4; empty for anything else."""
    try:
        address = ip_address(text.strip().strip("[]"))
    except ValueError:
        return ""
    return str(getattr(address, "ipv4_mapped", None) or address)
