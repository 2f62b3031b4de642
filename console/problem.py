"""Errors for programs: problem details (RFC 9457) with a member ``do`` that says what to do about it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, Field
from starlette.responses import JSONResponse

MEDIA_TYPE = "application/problem+json"


class Problem(BaseModel):
    """What went wrong, as RFC 9457 tells it."""

    type: str = Field(description="Names the kind of problem: about:blank, or a path of the help.")
    title: str = Field(description="The kind of problem in a few words.")
    status: int = Field(description="The status of HTTP.")
    detail: str = Field(default="", description="What happened.")
    instance: str = Field(default="", description="Path of the request, and its id behind #.")
    do: str = Field(default="", description="What to do about it.")


class ProblemResponse(JSONResponse):
    """Problem details as an answer."""

    media_type = MEDIA_TYPE

    def __init__(self, problem: Problem, headers: Mapping[str, str] | None = None, **members: Any) -> None:
        """Answer with the problem's own status; ``members`` are added to it."""
        super().__init__(problem.model_dump() | members, problem.status, headers=headers)


def _tell(description: str) -> dict[str, Any]:
    return {"description": description, "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}}


PROBLEMS: Mapping[int | str, dict[str, Any]] = {
    400: _tell("The request cannot be understood: a wrong query, time or cursor."),
    401: _tell("No token, or one that is not good any more."),
    403: _tell("The token lacks the permission."),
    404: _tell("There is no such thing, or it belongs to another enterprise."),
    413: _tell("The request is too large."),
    422: _tell("A parameter or the body does not have the form it should."),
    429: _tell("Too many requests; Retry-After says when to go on."),
    500: _tell("A fault of the program; the instance names the request in the log."),
    503: _tell("The store or the ledger is away."),
}
"""Problems that any route of the API may answer."""
CHANGES: Mapping[int | str, dict[str, Any]] = {
    412: _tell("Somebody else changed it meanwhile: read it again."),
    428: _tell("If-Match is missing."),
}
"""Problems of routes that change something."""
