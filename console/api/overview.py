"""The API of the overview: the figures of the start page."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query
from pydantic import BaseModel, Field

from console.figures import write_time
from console.routing import Api, Now
from console.views.overview import Overview, survey, tell
from console.visit import Visit
from correlation.overview import AGES, RiskLine

router = Api("overview")
Moment = Annotated[str, Query(max_length=64)]


class Bar(BaseModel):
    """The alerts of one interval."""

    start: str
    end: str
    levels: dict[str, int]


class Alarm(BaseModel):
    """The alerts of the period."""

    total: int
    before: int = Field(description="Alerts of the stretch of the same length before it.")
    levels: dict[str, int] = Field(description="By severity.")
    bars: list[Bar] = Field(description="By interval, those without alerts left out.")


class Incidents(BaseModel):
    """Incidents that are not closed."""

    open: int
    levels: dict[str, int] = Field(description="Open ones by severity.")
    ages: dict[str, dict[str, int]] = Field(description="Open ones by age (day, three, week, older) and severity.")
    oldest: str | None
    begun: int = Field(description="Began in the period, whatever became of them.")
    begun_before: int = Field(description="Began in the stretch of the same length before it.")
    worst: list[str] = Field(description="Ids of the most severe open ones.")


class Score(BaseModel):
    """The risk of one enterprise or asset."""

    enterprise: str
    subject: str = Field(description="Id of the asset; empty for an enterprise.")
    name: str
    score: float = Field(description="0 to 100.")
    before: float | None = Field(description="Of the assessed day before.")


class Day(BaseModel):
    """The risk of the park, or of the enterprises that may be seen, on a day."""

    day: str
    score: float


class Risk(BaseModel):
    """Risk and its trend."""

    score: float | None
    days: list[Day]
    enterprises: list[Score]
    assets: list[Score]


class Lost(BaseModel):
    """What one capture lost."""

    capture: str
    name: str
    losses: dict[str, int]


class Intake(BaseModel):
    """What was captured in the period and what of it was lost."""

    captures: int
    reading: int
    packets: int
    newest: str | None
    losing: int = Field(description="Captures that lost something.")
    losses: dict[str, int] = Field(description="All losses by counter.")
    worst: list[Lost]


class Figures(BaseModel):
    """What is going on."""

    answer: str = Field(description="One line in the reader's language.")
    start: str
    end: str
    alerts: Alarm
    incidents: Incidents
    risk: Risk
    intake: Intake


@router.get("/overview", permission="overview.read", response_model=Figures)
def get_overview(
    visit: Now, from_: Annotated[str, Query(alias="from", max_length=64)] = "", to: Moment = ""
) -> Figures:
    """Give the figures of the overview over a period."""
    del from_, to  # the visit reads them, for pages and programs alike
    return describe(visit, survey(visit))


def describe(visit: Visit, found: Overview) -> Figures:
    """Give the figures as the API does."""
    return Figures(
        answer=tell(visit, found),
        start=write_time(visit.period.start_ns),
        end=write_time(visit.period.end_ns),
        alerts=_describe_alarm(found),
        incidents=_describe_incidents(found),
        risk=_describe_risk(found),
        intake=_describe_intake(found),
    )


def _describe_alarm(found: Overview) -> Alarm:
    alarm = found.alarm
    bars = [
        Bar(
            start=write_time(one.start_ns),
            end=write_time(one.end_ns),
            levels={str(layer.level): layer.count for layer in one.layers},
        )
        for one in alarm.stacks.stacks
    ]
    levels = {str(level): count for level, count in alarm.levels.items()}
    return Alarm(total=alarm.total, before=alarm.before, levels=levels, bars=bars)


def _describe_incidents(found: Overview) -> Incidents:
    trouble = found.trouble
    return Incidents(
        open=trouble.ages.total,
        levels=dict(trouble.levels),
        ages={name: dict(counts) for name, counts in zip(AGES, trouble.ages.counts, strict=True)},
        oldest=_tell_time(trouble.ages.oldest_ns),
        begun=trouble.begun,
        begun_before=trouble.begun_before,
        worst=[case.id for case in trouble.worst],
    )


def _describe_risk(found: Overview) -> Risk:
    danger = found.danger
    return Risk(
        score=None if danger.score is None else danger.score / 100,
        days=[Day(day=write_time(one.day * 86_400 * 10**9)[:10], score=one.score / 100) for one in danger.trend],
        enterprises=[_describe_score(one) for one in danger.enterprises],
        assets=[_describe_score(one) for one in danger.assets],
    )


def _describe_score(one: RiskLine) -> Score:
    before = None if one.before is None else one.before / 100
    return Score(enterprise=one.enterprise, subject=one.subject, name=one.name, score=one.score / 100, before=before)


def _describe_intake(found: Overview) -> Intake:
    intake = found.intake
    return Intake(
        captures=intake.captures,
        reading=intake.reading,
        packets=intake.packets,
        newest=_tell_time(intake.newest_ns),
        losing=intake.losing,
        losses=dict(intake.counters),
        worst=[Lost(capture=one.capture, name=one.name, losses=dict(one.losses)) for one in intake.worst],
    )


def _tell_time(ns: int | None) -> str | None:
    return None if ns is None else write_time(ns)
