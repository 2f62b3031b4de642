"""Telling what went wrong: a page in the reader's language, or problem details for programs; never a stack trace."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from console.guard import enter
from console.jobs import QueueFullError
from console.problem import Problem, ProblemResponse
from console.refusal import Refused, SignInWanted
from console.rendering import render
from console.translation import Told, translate
from console.typed import Typed, keep_typed
from console.upload import OffsetError
from console.upload_room import DiskFullError, QuotaError
from console.visit import API, Visit
from correlation.query_error import QueryError
from wanglou.errors import ConflictError, LockedError, StoreError, UsageError, WanglouError

LOG = logging.getLogger("wanglou.console")
_STATUS: tuple[tuple[type[WanglouError], int, str], ...] = (
    (QueryError, 400, "query"),
    (UsageError, 400, ""),
    (QuotaError, 413, "quota"),
    (QueueFullError, 429, "queue"),
    (LockedError, 409, "locked"),
    (OffsetError, 409, "offset"),
    (ConflictError, 412, "conflict"),
    (DiskFullError, 507, "disk"),
    (StoreError, 503, "store"),
)
"""Status and reason of the errors that stages raise, the narrower kinds first."""
_REASONS = {400, 401, 403, 404, 405, 409, 412, 413, 422, 428, 429, 500, 503}


@dataclass(frozen=True, slots=True)
class Failure:
    """What went wrong, ready to be told in either way."""

    status: int
    reason: str
    """Which words of the texts: ``failure.<reason>.title``."""
    values: dict[str, str] = field(default_factory=dict)
    told: Told | None = None
    """The error's own words, in the reader's language as far as they are known."""
    headers: dict[str, str] = field(default_factory=dict)
    mark: tuple[str, int] | None = None
    """The query and the place in it where it went wrong."""


STOPPING = Failure(503, "stopping", headers={"retry-after": "10"})
"""The console ends, and mostly begins anew within seconds."""


def watch(app: FastAPI) -> None:
    """Let the app tell every kind of failure; what nobody expected comes through ``tell_unexpected``."""
    for kind in (Refused, WanglouError, HTTPException, RequestValidationError):
        app.add_exception_handler(kind, tell)


async def tell(request: Request, error: Exception) -> Response:
    """Answer with what an error says."""
    return await run_in_threadpool(answer, request, error)


def answer(request: Request, error: Exception) -> Response:
    """Answer with what an error says; an unexpected one is logged and only its request is named."""
    request_id = str(getattr(request.state, "request_id", ""))
    try:
        visit = enter(request)
    except Exception:  # the door itself failed, so that nobody can be known
        LOG.exception("request %s: the visit could not be made", request_id)
        visit = Visit(request, request.app.state.services)
    failure = describe(visit, error)
    if failure.status >= HTTPStatus.INTERNAL_SERVER_ERROR and failure is not STOPPING:
        is_known = isinstance(error, WanglouError)  # its words say all that there is to know
        LOG.error("request %s: %s", request_id, error, exc_info=None if is_known else error)
    if request.url.path.startswith(API):
        return _answer_program(visit, failure, request_id)
    typed = None if visit.is_part else keep_typed(visit, failure.status, failure.reason)
    if isinstance(error, SignInWanted) and (typed is None or visit.guest is not None):
        return _send_to(visit, error.address)
    return _answer_person(visit, failure, request_id, typed)


def answer_stopping(request: Request) -> Response:
    """Answer 503 while the console stops, at once: neither store nor ledger is asked, so nobody is known."""
    visit = Visit(request, request.app.state.services)
    return (_answer_program if visit.is_api else _answer_person)(visit, STOPPING, "")


def describe(visit: Visit, error: Exception) -> Failure:
    """Find status and words for an error."""
    if isinstance(error, Refused):
        return Failure(error.status, error.reason or str(error.status), error.values, headers=error.headers)
    if isinstance(error, StoreError) and visit.services.stop.is_begun:
        return STOPPING
    if isinstance(error, WanglouError):
        status, reason = next(((code, name) for kind, code, name in _STATUS if isinstance(error, kind)), (500, ""))
        mark = (error.text, error.position) if isinstance(error, QueryError) else None
        return Failure(status, reason or str(status), told=translate(error, visit.language), mark=mark)
    if isinstance(error, RequestValidationError):
        return Failure(422, "422", {"faults": "; ".join(map(_tell_fault, error.errors()[:5]))})
    if isinstance(error, HTTPException):
        return Failure(error.status_code, str(error.status_code), headers=dict(error.headers or {}))
    return Failure(500, "500")


def _tell_fault(fault: Any) -> str:
    place = ".".join(str(part) for part in fault.get("loc", ()) if part not in ("body", "query", "path"))
    return f"{place}: {fault.get('msg', '')}".strip(": ")


def words(visit: Visit, failure: Failure) -> tuple[str, str, str]:
    """Give title, what happened and what to do."""
    reason = failure.reason if visit.say.find(f"failure.{failure.reason}.title") else "other"
    texts = [visit.say.find(f"failure.{reason}.{part}") or "" for part in ("title", "what", "do")]
    values = {"status": str(failure.status), "what": "", "faults": "", "permission": "", **failure.values}
    title, what, do = (text.format(**values).strip() for text in texts)
    if failure.told is not None:
        what, do = failure.told.what or what, failure.told.do or do
    return title, what, do


def _answer_program(visit: Visit, failure: Failure, request_id: str) -> Response:
    title, what, do = words(visit, failure)
    if failure.told is not None and failure.told.original:  # better in English than not at all
        what = f"{what} ({failure.told.original})"
    members: dict[str, Any] = {"position": failure.mark[1]} if failure.mark else {}
    problem = Problem(
        type="about:blank",
        title=title,
        status=failure.status,
        detail=what,
        instance=f"{visit.request.url.path}#{request_id}",
        do=do,
    )
    return ProblemResponse(problem, failure.headers, **members)


def _send_to(visit: Visit, address: str) -> Response:
    if visit.is_part:
        return Response(status_code=401, headers={"hx-redirect": address})
    return Response(status_code=303, headers={"location": address})


def _answer_person(visit: Visit, failure: Failure, request_id: str, typed: Typed | None = None) -> Response:
    title, what, do = words(visit, failure)
    template = "parts/failure.html" if visit.is_part else "pages/failure.html"
    headers = failure.headers | ({"hx-retarget": "#failures", "hx-reswap": "innerHTML"} if visit.is_part else {})
    context = {
        "title": title,
        "what": what,
        "do": do,
        "told": failure.told,
        "mark": failure.mark,
        "status": failure.status,
        "typed": typed,
        "request_id": request_id if failure.status >= HTTPStatus.INTERNAL_SERVER_ERROR else "",
    }
    return render(visit, template, context, status=failure.status, headers=headers)
