"""The guard before every route: finds who asks, refuses who may not, and refuses forms that another site sent."""

from __future__ import annotations

import hmac
import secrets
from urllib.parse import urlencode, urlsplit

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData
from starlette.requests import Request

from console import display
from console.door import Guest
from console.permission import Permission
from console.refusal import Refused, SignInWanted
from console.visit import CSRF_FIELD, CSRF_HEADER, FORM_COOKIE, SESSION_COOKIE, Visit

BACKGROUND = "x-background"
"""Header of what a page asks for by itself, which keeps no session alive."""
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
FORM_TYPES = ("application/x-www-form-urlencoded", "multipart/form-data")
MOST_FIELDS = 1_000
"""Fields that a form may have; each is at most as long as the body may be."""
DUTIES = {"password": "/password"}
"""Where somebody is sent who must do something first."""
FREE_PATHS = frozenset({*DUTIES.values(), "/sign-out", "/look"})


class Guard:
    """Lets a request pass, or raises Refused; what it found is the visit of the request."""

    def __init__(self, permission: Permission | None) -> None:
        """Ask for ``permission``; None admits everybody."""
        self.permission = permission

    async def __call__(self, request: Request) -> None:
        """Make the visit and check it."""
        visit = await run_in_threadpool(enter, request)
        if self.permission is not None:
            try:
                admit(visit, self.permission)
            except Refused:
                if request.method not in SAFE and not visit.is_api and is_from_here(request):
                    visit.form = await read_form(request)  # for the page that tells of it: what was typed is kept
                raise
        if request.method not in SAFE and not (visit.guest and visit.guest.is_program):
            visit.form = await read_form(request)
            check_origin(visit, has_guest=visit.guest is not None)


def enter(request: Request) -> Visit:
    """Find who asks, once for each request."""
    if (known := getattr(request.state, "visit", None)) is not None:
        return known  # type: ignore[no-any-return] # state has no types
    visit = Visit(request, request.app.state.services)
    request.state.visit = visit
    is_used = BACKGROUND not in request.headers and not visit.is_stream
    visit.guest = _find_display(visit) or _find_guest(visit, is_used=is_used)
    if visit.guest is None and not visit.is_api:
        request.state.form_token = request.cookies.get(FORM_COOKIE) or secrets.token_urlsafe(24)
    return visit


def is_still_in(visit: Visit) -> bool:
    """True while whoever asked may do and see the same: for answers that take long. It keeps no session alive."""
    before, now = visit.guest, _find_guest(visit, is_used=False)
    if before is None or now is None:
        return False
    return (now.id, now.permissions, now.scope) == (before.id, before.permissions, before.scope)


def _find_guest(visit: Visit, *, is_used: bool) -> Guest | None:
    door, request = visit.services.door, visit.request
    scheme, _, secret = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer" and visit.is_api:
        return door.find_token(secret.strip(), visit.origin)
    cookie = request.cookies.get(SESSION_COOKIE, "")
    return door.find_session(cookie, is_used=is_used) if cookie else None


def _find_display(visit: Visit) -> Guest | None:
    """Find the screen that shows the wall view; everywhere else its cookie means nothing."""
    request = visit.request
    cookie = request.cookies.get(display.COOKIE, "") if display.is_wall(request.url.path) else ""
    return visit.services.displays.find(cookie) if cookie else None


def admit(visit: Visit, permission: Permission) -> None:
    """Raise SignInWanted where nobody signed in, Refused where the permission lacks."""
    guest = visit.guest
    if guest is None:
        raise SignInWanted(sign_in_address(visit))
    if guest.duty and visit.request.url.path not in FREE_PATHS:
        raise SignInWanted(DUTIES[guest.duty])
    if permission not in guest.permissions:
        raise Refused(403, permission=permission)


def sign_in_address(visit: Visit) -> str:
    """Write where to sign in, so that one comes back to what one asked for."""
    request = visit.request
    if display.is_wall(request.url.path):
        return display.OPEN  # a screen on a wall never asks for a password
    if request.method not in SAFE or visit.is_part:
        return "/sign-in"
    here = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    return "/sign-in" if here == "/" else f"/sign-in?{urlencode({'next': here})}"


async def read_form(request: Request) -> FormData:
    """Read the fields of a form; other bodies are left to the route."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind not in FORM_TYPES:
        return FormData()
    return await request.form(max_fields=MOST_FIELDS, max_files=0)


def is_from_here(request: Request) -> bool:
    """True where a browser says that a page of ours sent this."""
    origin = request.headers.get("origin", "")
    site = request.headers.get("sec-fetch-site", "same-origin")
    return bool(origin) and _netloc(origin) == request.url.netloc and site == "same-origin"


def check_origin(visit: Visit, *, has_guest: bool) -> None:
    """Raise Refused for a change that did not come from a page of ours."""
    request = visit.request
    origin = request.headers.get("origin", "")
    if origin and _netloc(origin) != request.url.netloc:
        raise Refused(403, reason="origin")
    if request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        raise Refused(403, reason="origin")
    expected = visit.csrf if has_guest else request.cookies.get(FORM_COOKIE, "")
    given = request.headers.get(CSRF_HEADER) or str(visit.form.get(CSRF_FIELD, ""))
    if not expected or not hmac.compare_digest(expected.encode(), given.encode()):
        raise Refused(403, reason="csrf")


def _netloc(origin: str) -> str:
    """Give host and port of an origin; nothing for what is none."""
    try:
        return urlsplit(origin).netloc
    except ValueError:
        return ""
