"""Alerts as pages and the API show them: the store's records with what people made of them in the ledger."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Literal, cast, get_args

from console.bars import Bars, make_bars
from console.figures import SEVERITIES, Severity
from console.formats import SHAPES
from console.question import Question, read_question
from console.record import Record
from console.refusal import Refused, not_found
from console.visit import Visit
from correlation import alert_detail, alert_figures, alert_list
from correlation.alert_filter import AlertFilter
from correlation.alert_line import AlertLine
from correlation.alert_list import Order
from correlation.asset import Asset
from correlation.asset_detail import find_asset_of
from correlation.record import read_records
from correlation.store import Bucket
from correlation.triage import AlertState, Triaged
from wanglou.audit import AuditRow
from wanglou.errors import UsageError

StateChoice = Literal["open", "new", "acknowledged", "closed", "all"]
STATE_CHOICES: tuple[StateChoice, ...] = get_args(StateChoice)
_WANTED: Mapping[StateChoice, frozenset[AlertState]] = {
    "open": frozenset({"new", "acknowledged"}),
    "new": frozenset({"new"}),
    "acknowledged": frozenset({"acknowledged"}),
    "closed": frozenset({"closed"}),
    "all": frozenset(),
}
LISTED = (
    "@timestamp", "event.id", "event.severity", "source.ip", "destination.ip", "organization.id", "rule.name",
    "threat.technique.id", "wanglou.alert.count", "wanglou.alert.title.zh", "wanglou.alert.title.en",
    "wanglou.event_class.name",
)  # fmt: skip
"""Fields that a line of the list shows."""


@dataclass(frozen=True, slots=True)
class AlertQuery:
    """What a list of alerts was asked for."""

    question: Question
    severities: Sequence[Severity] = ()
    """Levels wanted; none for all."""
    state: StateChoice = "open"
    assignee: str | None = None
    """Whose alerts; empty for nobody's, None for all."""
    cursor: str = ""
    limit: int = 50
    order: Order = "newest"

    def filter(self, visit: Visit, *, with_levels: bool = True) -> AlertFilter:
        """Ask for it in the period of the visit, as far as the guest may see."""
        return AlertFilter(
            self.question.text,
            frozenset(self.severities) if with_levels else frozenset(),
            _WANTED[self.state],
            self.assignee,
            visit.period.start_ns,
            visit.period.end_ns,
            visit.enterprises,
        )


@dataclass(frozen=True, slots=True)
class AlertRow:
    """One alert as a list or a page shows it."""

    record: Record
    triaged: Triaged
    incident: str = ""
    """Id of the incident it is in; empty for none."""

    @property
    def id(self) -> str:
        """Its ``event.id``."""
        return str(self.record["event.id"])

    @property
    def version(self) -> str:
        """Changes with each triage: the ETag."""
        return f'"{self.triaged.version}"'

    def text(self, name: str, language: str) -> str:
        """Give title, sentence or advice in a language; empty where the rule has none."""
        return str(self.record[f"wanglou.alert.{name}.{language}"] or "")

    def title(self, language: str) -> str:
        """Give the title, or the rule's name where it has none."""
        return self.text("title", language) or str(self.record["rule.name"] or "")


@dataclass(frozen=True, slots=True)
class AlertList:
    """One page of alerts."""

    rows: Sequence[AlertRow]
    next: str


@dataclass(frozen=True, slots=True)
class Overview:
    """How many alerts there are of each level, and when."""

    levels: Mapping[Severity, int]
    bars: Bars

    @property
    def total(self) -> int:
        """Alerts of all levels."""
        return sum(self.levels.values())


@dataclass(frozen=True, slots=True)
class End:
    """One side of what an alert tells."""

    field: str
    """Field of the address: ``source.ip`` or ``destination.ip``."""
    address: str
    asset: Asset | None
    """What stands at the address; None for nothing that is known, or that the guest may not see."""


@dataclass(frozen=True, slots=True)
class AlertStory:
    """One alert with what is told beside it."""

    row: AlertRow
    evidence: Sequence[Record]
    """The first of the records it rests on."""
    related: Sequence[AlertRow]
    """Alerts within a day that share an address or the rule."""
    history: Sequence[AuditRow]
    """What was done to it."""
    ends: Sequence[End] = ()
    """Who did it, and to whom; one of them may be missing."""


def read_query(visit: Visit, limit: int, order: Order = "newest") -> AlertQuery:
    """Read what the address asks for: ``q``, ``severity`` with commas, ``state``, ``assignee``, ``cursor``."""
    levels = [name for name in visit.asked("severity").split(",") if name in SEVERITIES]
    state = visit.asked("state", "open")
    if state not in STATE_CHOICES:
        raise UsageError(f"no state {state[:40]!r} of an alert", do=f"give one of {', '.join(STATE_CHOICES)}")
    chosen = cast("Sequence[Severity]", levels)
    assignee = visit.request.query_params.get("assignee")
    return AlertQuery(read_question(visit, "alert"), chosen, state, assignee, visit.asked("cursor"), limit, order)


def list_alerts(visit: Visit, query: AlertQuery, fields: Collection[str] = ()) -> AlertList:
    """Give one page of alerts of the period, of each at least these fields; without any, all."""
    queries, asked = visit.services.alert_queries, query.filter(visit)
    with visit.ledger.reading() as connection:
        page = alert_list.list_alerts(
            queries, connection, asked, order=query.order, limit=query.limit, cursor=query.cursor, fields=fields
        )
    return AlertList([_row(line) for line in page.lines], page.next)


def count_alerts(visit: Visit, query: AlertQuery) -> Overview:
    """Count the alerts of the period over time and by level; levels that are not chosen are counted and not drawn."""
    period, interval_ns = visit.period, visit.period.interval_ns()
    with visit.ledger.reading() as connection:
        asked = query.filter(visit, with_levels=False)
        bars = alert_figures.draw_histogram(visit.services.alert_queries, connection, asked, interval_ns)
    levels: Counter[str] = Counter()
    for bar in bars:
        levels.update(bar.levels)
    drawn = [level for level in SEVERITIES if (not query.severities or level in query.severities) and levels[level]]
    series = [
        (visit.say(f"severity.{level}"), level, [Bucket(bar.start_ns, bar.levels.get(level, 0)) for bar in bars])
        for level in drawn
    ]
    made = make_bars(period, interval_ns, series, visit.zone.key)
    return Overview({level: levels[level] for level in SEVERITIES}, made)


def list_levels(visit: Visit, overview: Overview) -> list[tuple[str, str, int, str]]:
    """Give the facet of levels: value, word, count and shape."""
    return [(level, visit.say(f"severity.{level}"), overview.levels[level], SHAPES[level]) for level in SEVERITIES]


def get_alert(visit: Visit, identity: str) -> AlertRow:
    """Find one alert; raises Refused (404) where there is none, or it is not the guest's to see.

    ``?at=``, its time in nanoseconds as a list told it, makes that quick.
    """
    return _row(_find(visit, identity))


def tell_alert(visit: Visit, identity: str) -> AlertStory:
    """Find one alert with its evidence, related alerts and history."""
    line = _find(visit, identity)
    with visit.ledger.reading() as connection:
        related = alert_detail.find_related(visit.services.store, connection, line.record, visit.enterprises)
        history = alert_detail.list_history(connection, "alert", identity)
    beside = {one.id: one for one in (*related.by_entity, *related.by_rule)}
    row = _row(line)
    ends = find_ends(visit, row.record)
    return AlertStory(row, list_evidence(visit, row), [_row(one) for one in beside.values()], history, ends)


def find_ends(visit: Visit, record: Record) -> list[End]:
    """Find the assets at the two addresses of an alert, in its enterprise."""
    enterprise = str(record["organization.id"] or "")
    ends = []
    with visit.ledger.reading() as connection:
        for field in ("source.ip", "destination.ip"):
            address = str(record[field] or "")
            if not address:
                continue
            may = visit.may("assets.read")
            asset = find_asset_of(connection, enterprise, address, visit.enterprises) if may else None
            ends.append(End(field, address, asset))
    return ends


def _find(visit: Visit, identity: str) -> AlertLine:
    at_ns = None
    with suppress(ValueError):
        at_ns = int(visit.asked("at")[:20])
    if at_ns is not None and not -(2**63) <= at_ns < 2**63 - 1:
        at_ns = None
    with visit.ledger.reading() as connection:
        found = alert_detail.find_alert(visit.services.store, connection, identity, visit.enterprises, at_ns)
    if found is None:
        raise not_found()
    return found


def _row(line: AlertLine) -> AlertRow:
    return AlertRow(Record(line.record), line.triaged, line.incident)


def list_evidence(visit: Visit, alert: AlertRow, most: int = 10) -> list[Record]:
    """Give the first of the records that an alert rests on."""
    record = alert.record
    names = [str(name) for name in (record["wanglou.alert.events"] or ())][:most]
    dataset = str(record["wanglou.alert.dataset"] or "")
    if not names or dataset not in visit.store.datasets:
        return []
    wanted = " OR ".join(f'"{name}"' for name in names)
    batches = visit.store.search(
        dataset, f"event.id:({wanted})", start_ns=record["event.start"], limit=most, newest_first=False
    )
    return [Record(one) for batch in batches for one in read_records(batch)]


def triage_alerts(
    visit: Visit,
    ids: Sequence[str],
    *,
    state: str | None = None,
    assignee: str | None = None,
    comment: str | None = None,
    expected: str | None = None,
) -> list[AlertRow]:
    """Change what people made of some alerts; with ``expected`` only over that version. Gives them as they are now."""
    rows = [get_alert(visit, one) for one in dict.fromkeys(ids)]
    if expected is not None and any(row.version != expected for row in rows):
        raise Refused(412, reason="conflict")
    enterprises = {row.id: str(row.record.get("organization.id") or "") for row in rows}
    chosen = cast("AlertState | None", state)
    changed = visit.triage.set_state(enterprises, visit.actor, state=chosen, assignee=assignee, comment=comment)
    return [AlertRow(row.record, triaged) for row, triaged in zip(rows, changed, strict=True)]
