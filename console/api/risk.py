"""The API of risk: figures with the parts that add up to them, trends, and the weights."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import Header, Query
from pydantic import BaseModel, Field
from starlette.responses import JSONResponse, Response

from console.figures import write_time
from console.problem import CHANGES
from console.refusal import Refused, not_found
from console.routing import Api, Now
from console.views.assets import get_asset
from console.views.risk import Rated, day_ns, list_rated, read_asset_risk, read_enterprise_risk, read_park_risk
from console.views.risk_weights import Used, change_weights, list_sections, read_used, reset_weights
from wanglou.errors import UsageError

router = Api("risk")
IfMatch = Annotated[str | None, Header(description="ETag that the weights were read with.")]
MOST_FIGURES = 1_000


class PartItem(BaseModel):
    """One line of what makes a figure."""

    component: str
    kind: str
    text: str
    points: float = Field(description="Points it adds; parts add up to the score.")
    alone: float = Field(description="Points it would give alone.")
    count: int
    evidence: list[str]


class DayItem(BaseModel):
    """The score of one day."""

    day: str
    score: float


class Rating(BaseModel):
    """One figure of the day that was assessed last."""

    kind: str
    enterprise: str
    subject: str
    score: float
    as_of: str
    parts: list[PartItem]
    trend: list[DayItem]


class RatedItem(BaseModel):
    """One line of a ranking."""

    enterprise: str
    subject: str
    name: str
    score: float
    before: float | None


class Ranking(BaseModel):
    """The highest risks first."""

    items: list[RatedItem]


class KnobItem(BaseModel):
    """One figure of the weights."""

    name: str
    value: float


class SectionItem(BaseModel):
    """One section of the weights."""

    name: str
    status: str
    source: str
    figures: list[KnobItem]


class WeightsAnswer(BaseModel):
    """The weights in use."""

    id: str
    version: int
    is_shipped: bool
    sections: list[SectionItem]


class WeightsChange(BaseModel):
    """Figures to change, by their names; what is left out stays."""

    figures: dict[str, float] = Field(max_length=200)


@router.get("/risk", permission="risk.read", response_model=Rating)
def get_park(visit: Now) -> Rating:
    """Give the risk of the park; 404 for who may not see all of it, and where nothing was assessed."""
    return _answer(read_park_risk(visit))


@router.get("/risk/ranking", permission="risk.read", response_model=Ranking)
def get_ranking(
    visit: Now,
    kind: Literal["enterprise", "asset"] = "enterprise",
    limit: Annotated[int, Query(ge=1, le=MOST_FIGURES)] = 20,
) -> Ranking:
    """List the enterprises or assets at the highest risk."""
    lines = list_rated(visit, kind, limit=limit)
    return Ranking(
        items=[
            RatedItem(
                enterprise=one.enterprise,
                subject=one.subject,
                name=one.name,
                score=one.score / 100,
                before=None if one.before is None else one.before / 100,
            )
            for one in lines
        ]
    )


@router.get("/risk/enterprises/{enterprise}", permission="risk.read", response_model=Rating)
def get_enterprise(visit: Now, enterprise: str) -> Rating:
    """Give the risk of one enterprise."""
    return _answer(read_enterprise_risk(visit, enterprise))


@router.get("/risk/assets/{identity}", permission="risk.read", response_model=Rating)
def get_asset_risk(visit: Now, identity: str) -> Rating:
    """Give the risk of one asset."""
    return _answer(read_asset_risk(visit, get_asset(visit, identity)))


@router.get("/risk/weights", permission="risk.read", response_model=WeightsAnswer)
def get_weights(visit: Now) -> Response:
    """Give the weights in use, with their ETag."""
    return _answer_weights(read_used(visit))


@router.patch("/risk/weights", permission="risk.tune", response_model=WeightsAnswer, responses={**dict(CHANGES)})
def change(visit: Now, wanted: WeightsChange, if_match: IfMatch = None) -> Response:
    """Take other figures into use; the next assessment works with them."""
    if if_match is None:
        raise Refused(428)
    known = {knob.name for section in list_sections(read_used(visit).weights) for knob in section.knobs}
    if unknown := sorted(wanted.figures.keys() - known):
        raise UsageError(f"no figure {unknown[0][:80]!r} of the weights", do="take names from GET /api/v1/risk/weights")
    used, faults = change_weights(visit, {name: f"{value:g}" for name, value in wanted.figures.items()}, if_match)
    for name, fault in faults.items():
        raise UsageError(f"{name}: {fault}")
    return _answer_weights(used)


@router.delete("/risk/weights", permission="risk.tune", response_model=WeightsAnswer, responses={**dict(CHANGES)})
def reset(visit: Now, if_match: IfMatch = None) -> Response:
    """Go back to the shipped weights."""
    if if_match is None:
        raise Refused(428)
    return _answer_weights(reset_weights(visit, if_match))


def _answer(rated: Rated | None) -> Rating:
    if rated is None:
        raise not_found()
    figure = rated.figure
    parts = [
        PartItem(
            component=part.component,
            kind=part.kind,
            text=part.text,
            points=part.points / 100,
            alone=part.alone / 100,
            count=part.count,
            evidence=list(part.evidence),
        )
        for part in figure.parts
    ]
    trend = [DayItem(day=write_time(day_ns(day))[:10], score=one.score / 100) for day, one in rated.trend]
    return Rating(
        kind=figure.kind,
        enterprise=figure.enterprise,
        subject=figure.subject,
        score=figure.score / 100,
        as_of=write_time(rated.day.as_of_ns),
        parts=parts,
        trend=trend,
    )


def _answer_weights(used: Used) -> Response:
    weights = used.weights
    sections = [
        SectionItem(
            name=one.name,
            status=one.status,
            source=one.source,
            figures=[KnobItem(name=knob.name, value=knob.value) for knob in one.knobs],
        )
        for one in list_sections(weights)
    ]
    told = WeightsAnswer(id=weights.id, version=weights.version, is_shipped=used.is_shipped, sections=sections)
    return JSONResponse(told.model_dump(), headers={"etag": used.version})
