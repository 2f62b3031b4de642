"""Routes that say whom they admit: each names a permission, or None for everybody, and start-up checks that it does.

``Pages`` are routes of HTML, ``Api`` those below ``/api/v1``. Both are routers of FastAPI whose ``get``, ``post`` and
the like demand ``permission=``::

    router = Pages("alerts")

    @router.get("/alerts", permission="alerts.read")
    def list_alerts(visit: Now) -> Response: ...
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Annotated, Any, TypeVar
from urllib.parse import quote

from fastapi import APIRouter, Depends, FastAPI
from fastapi.routing import APIRoute
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from console.guard import Guard
from console.permission import PERMISSIONS, Permission
from console.problem import PROBLEMS
from console.visit import Visit

API_PREFIX = "/api/v1"
_IN_ADDRESSES = "%/:?#[]@!$&'()*+,;="
"""Characters of addresses that stay as they are (RFC 3986, 2.2); others become bytes of UTF-8 (RFC 3987, 3.1)."""
Endpoint = TypeVar("Endpoint", bound=Callable[..., Any])


def current_visit(request: Request) -> Visit:
    """Give the visit that the guard of the route made."""
    visit: Visit = request.state.visit
    return visit


Now = Annotated[Visit, Depends(current_visit)]
"""Type of the parameter by which a route takes its visit."""


@dataclass(frozen=True, slots=True)
class Declared:
    """One route as it was declared."""

    method: str
    path: str
    permission: Permission | None
    """None for everybody."""
    subject: str
    is_api: bool


class _Router(APIRouter):
    """A router whose routes say whom they admit."""

    is_api = False

    def __init__(self, subject: str, **options: Any) -> None:
        super().__init__(tags=[subject], **options)
        self.subject = subject
        self.declared: list[Declared] = []

    def _declare(
        self, method: str, path: str, permission: Permission | None, options: dict[str, Any]
    ) -> Callable[[Endpoint], Endpoint]:
        if permission is not None and permission not in PERMISSIONS:
            raise TypeError(f"{method} {path}: no permission {permission!r}")
        self.declared.append(Declared(method, self.prefix + path, permission, self.subject, self.is_api))
        options.setdefault("dependencies", []).append(Depends(Guard(permission)))
        options.setdefault("openapi_extra", {})["x-permission"] = permission or ""
        return super().api_route(path, methods=[method], **options)

    def get(self, path: str, *, permission: Permission | None, **options: Any) -> Callable[[Endpoint], Endpoint]:  # type: ignore[override] # narrower on purpose
        """Declare a route that reads."""
        return self._declare("GET", path, permission, options)

    def post(self, path: str, *, permission: Permission | None, **options: Any) -> Callable[[Endpoint], Endpoint]:  # type: ignore[override] # as above
        """Declare a route that makes or changes something."""
        return self._declare("POST", path, permission, options)

    def put(self, path: str, *, permission: Permission | None, **options: Any) -> Callable[[Endpoint], Endpoint]:  # type: ignore[override] # as above
        """Declare a route that puts something into its place."""
        return self._declare("PUT", path, permission, options)

    def patch(self, path: str, *, permission: Permission | None, **options: Any) -> Callable[[Endpoint], Endpoint]:  # type: ignore[override] # as above
        """Declare a route that changes parts of something."""
        return self._declare("PATCH", path, permission, options)

    def delete(self, path: str, *, permission: Permission | None, **options: Any) -> Callable[[Endpoint], Endpoint]:  # type: ignore[override] # as above
        """Declare a route that removes something."""
        return self._declare("DELETE", path, permission, options)

    def head(self, path: str, *, permission: Permission | None, **options: Any) -> Callable[[Endpoint], Endpoint]:  # type: ignore[override] # as above
        """Declare a route that gives only the headers of an answer."""
        return self._declare("HEAD", path, permission, options)


class Pages(_Router):
    """Routes of pages and parts of pages; they stand in no OpenAPI."""

    def __init__(self, subject: str) -> None:
        """Begin the pages of a subject, which also names its texts and templates."""
        super().__init__(subject, default_response_class=HTMLResponse, include_in_schema=False)


class Api(_Router):
    """Routes of the API below ``/api/v1``, each documented with the problems it may answer."""

    is_api = True

    def __init__(self, subject: str) -> None:
        """Begin the part of the API that is about a subject."""
        super().__init__(subject, prefix=API_PREFIX, responses=dict(PROBLEMS))


def include(app: FastAPI, router: _Router) -> None:
    """Put the routes of a router into the app, and into the table of routes."""
    app.include_router(router)
    app.state.declared = [*getattr(app.state, "declared", []), *router.declared]


def list_routes(app: FastAPI) -> Iterator[Declared]:
    """Give the table of routes: what the tests of permissions go over."""
    yield from app.state.declared


def check_routes(app: FastAPI) -> None:
    """Refuse to start with a route that says not whom it admits; raises TypeError that names it."""
    for route in app.routes:
        inner = getattr(route, "original_router", None)
        routes = inner.routes if inner is not None else [route]
        for one in routes:
            if isinstance(one, APIRoute) and not _is_guarded(one):
                raise TypeError(f"{one.path}: declare the route with Pages or Api, and permission=")


def _is_guarded(route: APIRoute) -> bool:
    return any(isinstance(one.dependency, Guard) for one in route.dependencies)


def redirect(address: str, *, status: int = 303) -> Response:
    """Send the browser to an address of ours, htmx's requests too."""
    return Response(status_code=status, headers={"location": quote(address, safe=_IN_ADDRESSES, errors="replace")})
