"""The API of the wall view: the same figures as the screen, for whoever builds another."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query
from pydantic import BaseModel, Field

from console.api.overview import Figures, describe
from console.figures import write_time
from console.routing import Api, Now
from console.views.overview import Overview
from console.views.wall import survey_wall

router = Api("wall")


class Kind(BaseModel):
    """One kind of attack: the alerts of one rule."""

    rule: str
    title: str = Field(description="In the reader's language.")
    techniques: list[str] = Field(description="Ids of ATT&CK for ICS.")
    severity: int = Field(description="Of the newest alert, 0 to 100.")
    count: int


class Place(BaseModel):
    """One enterprise on the map."""

    enterprise: str
    name: str
    x: float = Field(description="From the left, 0 to 100.")
    y: float = Field(description="From the top, 0 to 100.")
    score: float | None = Field(description="Risk, 0 to 100; null where it was not assessed.")


class WallState(BaseModel):
    """What the wall view shows."""

    at: str = Field(description="Moment of the state.")
    figures: Figures
    kinds: list[Kind]
    places: list[Place]


@router.get("/wall", permission="wall.read", response_model=WallState)
def get_wall(
    visit: Now,
    from_: Annotated[str, Query(alias="from", max_length=64)] = "",
    to: Annotated[str, Query(max_length=64)] = "",
) -> WallState:
    """Give the state of the wall view, by default of the last 24 hours."""
    del from_, to  # the visit reads them, for pages and programs alike
    wall = survey_wall(visit)
    zh = visit.language == "zh"
    return WallState(
        at=write_time(wall.at_ns),
        figures=describe(visit, Overview(wall.alarm, wall.trouble, wall.danger, wall.intake)),
        kinds=[
            Kind(
                rule=one.rule,
                title=one.title_zh if zh else one.title_en,
                techniques=list(one.techniques),
                severity=one.severity,
                count=one.count,
            )
            for one in wall.kinds
        ],
        places=[
            Place(
                enterprise=one.enterprise,
                name=visit.services.name_enterprise(one.enterprise, visit.language),
                x=round(one.x / wall.aspect, 2),
                y=round(one.y, 2),
                score=None if one.score is None else one.score / 100,
            )
            for one in reversed(wall.places)
        ],
    )
