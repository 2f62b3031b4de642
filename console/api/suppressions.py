"""The API of suppressions: list, make, lift."""

from __future__ import annotations

from fastapi import status
from pydantic import BaseModel, Field
from starlette.responses import Response

from console.figures import write_time
from console.routing import Api, Now
from console.views.suppressions import MOST_CHARACTERS, MOST_DAYS, lift, list_suppressions, suppress
from correlation.triage import Suppression

router = Api("suppressions")


class SuppressionAnswer(BaseModel):
    """Alerts that open no incident."""

    id: str
    enterprise: str = Field(description="Of this enterprise only; empty for all.")
    rule: str
    source: str
    destination: str
    until: str = Field(description="Alerts raised before it are suppressed; RFC 3339, UTC.")
    reason: str


class Suppressions(BaseModel):
    """All suppressions that may be seen."""

    items: list[SuppressionAnswer]
    next: str | None = None


class NewSuppression(BaseModel):
    """What to suppress: a rule or an address at least."""

    rule: str = Field("", max_length=MOST_CHARACTERS)
    source: str = Field("", max_length=64)
    destination: str = Field("", max_length=64)
    enterprise: str = Field("", max_length=64)
    days: int = Field(7, ge=1, le=MOST_DAYS)
    reason: str = Field(min_length=1, max_length=MOST_CHARACTERS)


@router.get("/suppressions", permission="alerts.read", response_model=Suppressions)
def list_them(visit: Now) -> Suppressions:
    """List the suppressions, those that end last first."""
    return Suppressions(items=[_describe(one) for one in list_suppressions(visit)])


@router.post(
    "/suppressions", permission="alerts.suppress", response_model=SuppressionAnswer, status_code=status.HTTP_201_CREATED
)
def make(visit: Now, new: NewSuppression) -> SuppressionAnswer:
    """Suppress alerts for some days from now."""
    return _describe(suppress(visit, **new.model_dump()))


@router.delete("/suppressions/{identity}", permission="alerts.suppress", status_code=status.HTTP_204_NO_CONTENT)
def end(visit: Now, identity: str) -> Response:
    """Lift a suppression."""
    lift(visit, identity)
    return Response(status_code=status.HTTP_204_NO_CONTENT)


def _describe(one: Suppression) -> SuppressionAnswer:
    until = write_time(one.until_ns, 0)
    return SuppressionAnswer(
        id=one.id,
        enterprise=one.enterprise,
        rule=one.rule,
        source=one.source,
        destination=one.destination,
        until=until,
        reason=one.reason,
    )
