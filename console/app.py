"""The console as an ASGI application: its layers, its routes, and what it opens while it runs."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.staticfiles import StaticFiles

import wanglou
from console.api import account as account_api
from console.api import alerts as alerts_api
from console.api import assets as assets_api
from console.api import audit as audit_api
from console.api import captures as captures_api
from console.api import events as events_api
from console.api import evidence as evidence_api
from console.api import health as health_api
from console.api import help as help_api
from console.api import hunt as hunt_api
from console.api import identifiers as identifiers_api
from console.api import incidents as incidents_api
from console.api import jobs as jobs_api
from console.api import overview as overview_api
from console.api import risk as risk_api
from console.api import rules as rules_api
from console.api import saved_views as saved_views_api
from console.api import sensors as sensors_api
from console.api import settings as settings_api
from console.api import store as store_api
from console.api import suppressions as suppressions_api
from console.api import topology as topology_api
from console.api import uploads as uploads_api
from console.api import users as users_api
from console.api import wall as wall_api
from console.assets import PREFIX, STATIC
from console.body_limit import BodyLimit
from console.failures import watch
from console.pages import (
    account,
    alerts,
    asset_import,
    assets,
    audit,
    captures,
    events,
    evidence,
    health,
    help_pages,
    hunt,
    identifiers,
    incident_edits,
    incidents,
    look,
    overview,
    own_access,
    risk,
    rules,
    saved_views,
    sensors,
    settings,
    sign_in,
    store,
    suppressions,
    topology,
    users,
    wall,
)
from console.problem import Problem
from console.proxies import Proxies
from console.rate_limit import RateLimit
from console.routing import API_PREFIX, check_routes, include, list_routes
from console.security_headers import SecurityHeaders
from console.services import Services
from console.stopping import Stopping
from console.traffic import Counting, Traffic

ROUTERS = (
    health_api.router,
    sign_in.router,
    account.router,
    look.router,
    alerts.router,
    alerts_api.router,
    suppressions.router,
    suppressions_api.router,
    incident_edits.router,
    incidents.router,
    incidents_api.router,
    overview.router,
    overview_api.router,
    wall.router,
    wall_api.router,
    asset_import.router,
    topology.router,  # its paths before those of one asset
    assets.router,
    assets_api.router,
    events.router,
    events_api.router,
    captures.router,
    captures_api.router,
    jobs_api.router,
    uploads_api.router,
    sensors.router,
    sensors_api.router,
    store.router,
    store_api.router,
    health_api.api,
    health.router,
    settings.router,
    settings_api.router,
    own_access.router,
    account_api.router,
    audit.router,
    audit_api.router,
    users.router,
    users_api.router,
    evidence.router,
    evidence_api.router,
    hunt.router,
    hunt_api.router,
    rules.router,
    help_pages.router,
    help_api.router,
    topology_api.router,
    risk.router,
    risk_api.router,
    identifiers.router,
    identifiers_api.router,
    rules_api.router,
    saved_views.router,
    saved_views_api.router,
)
"""All routes of the console; those of a new subject are added here."""
WIDER_BODIES: Mapping[str, int] = {
    f"{API_PREFIX}/uploads": 64 << 20,
    f"{API_PREFIX}/assets/import": 32 << 20,
}
"""Bytes that requests below a path may have, where the settings' bound is too small for them."""
GZIP_BYTES = 1_000
"""Answers shorter than this are not compressed."""


def create_app(services: Services, *, on_close: Callable[[], None] | None = None) -> FastAPI:
    """Put a console together over what is open; ``on_close`` runs when the server ends."""

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        yield
        await services.backstage.feed.close()
        if on_close is not None:
            on_close()

    traffic = Traffic()
    app = FastAPI(
        title="Wanglou",
        version=wanglou.__version__,
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        lifespan=lifespan,
        middleware=_list_layers(services, traffic),
        redirect_slashes=False,
    )
    app.state.services, app.state.traffic = services, traffic
    watch(app)
    for router in ROUTERS:
        include(app, router)
    app.mount(PREFIX, StaticFiles(directory=STATIC), name="static")
    check_routes(app)
    services.paths = frozenset(one.path for one in list_routes(app) if one.method == "GET")
    app.openapi = lambda: _describe(app)  # type: ignore[method-assign] # FastAPI's own way to change it
    return app


def _list_layers(services: Services, traffic: Traffic) -> list[Middleware]:
    """List the layers from the outside in."""
    settings = services.settings
    return [
        Middleware(Proxies, proxies=settings.proxies),
        Middleware(SecurityHeaders),
        Middleware(Stopping, stop=services.stop),
        Middleware(Counting, traffic=traffic),
        Middleware(RateLimit, per_s=settings.requests_per_s, burst=settings.burst, traffic=traffic),
        Middleware(BodyLimit, limit=settings.body_bytes, wider=WIDER_BODIES, traffic=traffic),
        Middleware(GZipMiddleware, minimum_size=GZIP_BYTES, compresslevel=5),
    ]


def _describe(app: FastAPI) -> dict[str, Any]:
    """Write the OpenAPI document, once."""
    if app.openapi_schema is None:
        schema = get_openapi(
            title="Wanglou",
            version=wanglou.__version__,
            description="What the console's pages show, for programs: the same services, the same permissions.",
            routes=app.routes,
        )
        parts = schema.setdefault("components", {})
        parts.setdefault("schemas", {})["Problem"] = Problem.model_json_schema()
        parts["securitySchemes"] = {"token": {"type": "http", "scheme": "bearer"}}
        schema["security"] = [{"token": []}]
        app.openapi_schema = schema
    return app.openapi_schema
