"""Risk as pages and the API show it: figures of park, enterprises and assets with the parts that add up, and trends."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from console.refusal import not_found
from console.visit import Visit
from correlation.asset import Asset
from correlation.overview import RiskLine, list_risks
from correlation.risk import COMPONENTS, Figure, Kind, Part
from correlation.risk_formula import DAY_NS
from correlation.risk_ledger import Day, list_days, read_history

TREND_DAYS = 30
MOST_ASSETS = 20
"""Assets that a page lists, those at the highest risk."""


@dataclass(frozen=True, slots=True)
class Rated:
    """One figure of the last assessed day with its trend."""

    figure: Figure
    day: Day
    trend: Sequence[tuple[int, Figure]] = ()
    """Figures by day, the oldest first."""

    @property
    def change(self) -> int | None:
        """Hundredths of points more than on the assessed day before; None where there is none."""
        return self.trend[-1][1].score - self.trend[-2][1].score if len(self.trend) > 1 else None

    @property
    def scores(self) -> list[int]:
        """The scores of the trend, in points."""
        return [figure.score // 100 for _, figure in self.trend]

    @property
    def components(self) -> list[tuple[str, int]]:
        """The components of an asset's risk that have points."""
        return [(name, points) for name in COMPONENTS if (points := self.figure.component(name))]


def find_day(connection: sa.Connection) -> Day | None:
    """Give the day that was assessed last; None before the first."""
    return next(iter(list_days(connection)), None)


def day_ns(day: int) -> int:
    """Give the beginning of a day, nanoseconds since 1970."""
    return day * DAY_NS


def read_asset_risk(visit: Visit, asset: Asset) -> Rated | None:
    """Give the risk of an asset on the day that was assessed last; None where it was not assessed."""
    return _read(visit, Figure("asset", asset.enterprise, asset.id, 0))


def read_enterprise_risk(visit: Visit, enterprise: str) -> Rated:
    """Give the risk of an enterprise; raises Refused (404) where there is none, or it is not the guest's to see."""
    found = _read(visit, Figure("enterprise", enterprise, "", 0)) if visit.scope.admits(enterprise) else None
    if found is None:
        raise not_found()
    return found


def read_park_risk(visit: Visit) -> Rated | None:
    """Give the risk of the park; None where nothing was assessed, or the guest may not see the whole park."""
    return _read(visit, Figure("park", "", "", 0)) if visit.scope.is_whole else None


def _read(visit: Visit, wanted: Figure) -> Rated | None:
    with visit.ledger.reading() as connection:
        day = find_day(connection)
        found = read_history(connection, day.site, wanted, TREND_DAYS) if day else []
    if day is None or not found or found[0][0] != day.day:
        return None
    return Rated(found[0][1], day, found[::-1])


def list_rated(visit: Visit, kind: Kind, enterprise: str | None = None, limit: int = MOST_ASSETS) -> list[RiskLine]:
    """List the enterprises or assets at the highest risk, with what they were the day before."""
    scope = visit.scope if enterprise is None else visit.scope.restrict([enterprise])
    with visit.ledger.reading() as connection:
        day = find_day(connection)
        return list_risks(connection, kind, scope.enterprises, site=day.site, limit=limit) if day else []


def name_part(visit: Visit, part: Part) -> str:
    """Give the words for what a part is."""
    say = visit.say
    if part.component == "enterprise":
        return visit.services.name_enterprise(part.kind, visit.language) if part.kind else say("risk.nobody")
    if part.component == "asset":
        return part.name or part.text or say("risk.no_device")
    if not part.kind:
        return say("risk.kept")
    rule = visit.services.rules.by_name.get(part.kind) if part.component in ("threat", "handling") else None
    if rule is not None and rule.facts is not None:
        return (rule.facts.zh if visit.language == "zh" else rule.facts.en).title
    return say.find(f"risk.kind_{part.kind}") or part.kind
