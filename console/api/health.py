"""Whether the console lives and is ready, how it is doing, its counters, and the description of the API."""

from __future__ import annotations

from functools import partial
from typing import Any

from pydantic import BaseModel, Field
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response

from console.problem import Problem, ProblemResponse
from console.routing import API_PREFIX, Api, Now, Pages
from console.views.health import Condition, check_health, tell_runtime, worst
from console.visit import Visit
from correlation.opening import find_folder
from wanglou.errors import StoreError, WanglouError

METRICS_TYPE = "text/plain; version=0.0.4; charset=utf-8"
router = Pages("health")
api = Api("health")


class Checked(BaseModel):
    """One thing that was looked at."""

    name: str
    condition: Condition
    reason: str = Field(description="A word for what is wrong; empty where nothing is.")
    values: dict[str, str]


class Health(BaseModel):
    """How the console and what it rests on are doing."""

    condition: Condition = Field(description="The worst of all.")
    version: str
    items: list[Checked]
    next: None = None


@router.get("/healthz", permission=None)
def tell_alive() -> Response:
    """Tell that the process answers; nothing else is looked at."""
    return PlainTextResponse("ok\n")


@router.get("/readyz", permission=None)
def tell_ready(visit: Now) -> Response:
    """Tell whether store and ledger answer: 200 or 503, without their names, as anybody may ask."""
    checks: dict[str, Any] = {"ledger": visit.services.ledger.head, "store": partial(_ask_store, visit)}
    for name, check in checks.items():
        try:
            check()
        except WanglouError:
            title = visit.say("failure.store.title")
            return ProblemResponse(Problem(type="about:blank", title=title, status=503, detail=name))
    return PlainTextResponse("ready\n")


def _ask_store(visit: Visit) -> None:
    """Ask for the captures; a lake would tell those from its ledger, so its folder is looked at too."""
    visit.services.store.captures()
    folder = find_folder(visit.services.settings.store)
    if folder is not None and not folder.is_dir():
        raise StoreError("the lake's folder is away", where=str(folder), do="mount its disk")


@router.get("/metrics", permission=None)
def tell_counters(request: Request) -> Response:
    """Give the console's counters in the text format of Prometheus; they tell of no enterprise."""
    return Response(request.app.state.traffic.write(), media_type=METRICS_TYPE)


@router.get(f"{API_PREFIX}/openapi.json", permission=None)
def describe(request: Request) -> Response:
    """Give the description of the API (OpenAPI 3.1)."""
    return JSONResponse(request.app.openapi())


@api.get("/health", permission="store.read", response_model=Health)
def tell_health(visit: Now) -> Health:
    """Tell how the console and what it rests on are doing."""
    rows = check_health(visit)
    items = [Checked(name=row.name, condition=row.condition, reason=row.reason, values=row.values) for row in rows]
    return Health(condition=worst(rows), version=tell_runtime()["version"], items=items)
