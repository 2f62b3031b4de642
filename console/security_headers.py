"""The outermost layer: an id for each request, headers that keep browsers from harm, no failure without an answer."""

from __future__ import annotations

import logging
import secrets
from typing import TYPE_CHECKING

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from console.assets import PREFIX, VERSION
from console.failures import answer
from wanglou.errors import WanglouError

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

LOG = logging.getLogger("wanglou.console")
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "font-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
"""Content Security Policy of every answer: nothing inline, nothing from elsewhere."""
HEADERS = {
    "content-security-policy": POLICY,
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}
STRICT_TRANSPORT = "max-age=31536000"
KEPT, FRESH = "public, max-age=31536000, immutable", "no-store"
"""What browsers may keep: files whose address holds their digest; pages not at all."""
REQUEST_ID = "x-request-id"
LAST_WORDS = "程序故障。请把请求编号告诉管理员。\nA fault of the program: tell the administrator this number.\n{}\n"
"""Said where no page can be made, and so not in one language."""


class SecurityHeaders:
    """ASGI middleware that every answer passes."""

    def __init__(self, app: ASGIApp) -> None:
        """Wrap ``app``."""
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request_id = secrets.token_hex(8)
        scope.setdefault("state", {})["request_id"] = request_id
        begun = False

        async def send_with_headers(message: Message) -> None:
            nonlocal begun
            if message["type"] == "http.response.start":
                begun = True
                _add_headers(MutableHeaders(scope=message), scope, request_id)
            await send(message)

        try:
            await self._app(scope, receive, send_with_headers)
        except Exception as error:
            if begun and isinstance(error, WanglouError):
                LOG.warning("request %s: broken off: %s", request_id, error)
                return  # the server closes the connection, so that nobody takes the part for the whole
            if begun:
                LOG.exception("request %s: broken off", request_id)
                raise
            response = await run_in_threadpool(_answer, Request(scope, receive), error, request_id)
            await response(scope, receive, send_with_headers)


def _answer(request: Request, error: Exception, request_id: str) -> Response:
    """Answer as ``failures.answer`` does; in plain words where even that failed."""
    try:
        return answer(request, error)
    except Exception:
        LOG.exception("request %s: its failure could not be told", request_id)
        return PlainTextResponse(LAST_WORDS.format(request_id), 500)


def _add_headers(headers: MutableHeaders, scope: Scope, request_id: str) -> None:
    for name, value in HEADERS.items():
        headers[name] = value
    headers[REQUEST_ID] = request_id
    if scope["scheme"] == "https":
        headers["strict-transport-security"] = STRICT_TRANSPORT
        _secure_cookies(headers)
    is_kept = scope["path"].startswith(f"{PREFIX}/") and scope["query_string"].startswith(f"{VERSION}=".encode())
    headers.setdefault("cache-control", KEPT if is_kept else FRESH)


def _secure_cookies(headers: MutableHeaders) -> None:
    """Let no cookie that came by TLS leave without it, toasts among them, which name what was done."""
    for place, (name, value) in enumerate(headers.raw):
        if name == b"set-cookie" and b"; secure" not in value.lower():
            headers.raw[place] = (name, value + b"; Secure")
