"""Alerts as pages and the API show them: the store's records with what people made of them in the ledger."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, cast, get_args

from console.bars import Bars, make_bars
from console.figures import LEAST, SEVERITIES, Severity
from console.formats import SHAPES
from console.question import Question, join_queries, read_question
from console.record import Record
from console.refusal import Refused, not_found
from console.visit import Visit
from correlation.record import position_of, read_records
from correlation.store import DateHistogram, Filters
from correlation.triage import ALERT_STATE_NAMES, AlertState, Triaged
from wanglou.errors import UsageError

StateChoice = Literal["open", "new", "acknowledged", "closed", "all"]
STATE_CHOICES: tuple[StateChoice, ...] = get_args(StateChoice)
_WANTED: Mapping[StateChoice, frozenset[AlertState]] = {
    "open": frozenset({"new", "acknowledged"}),
    "new": frozenset({"new"}),
    "acknowledged": frozenset({"acknowledged"}),
    "closed": frozenset({"closed"}),
    "all": frozenset(ALERT_STATE_NAMES),
}
MOST_ROUNDS = 20
"""Batches of records looked through for one answer when most of them are in another state."""
MOST_TRIAGED = 2_000
"""Alerts that somebody took up and that are looked through for one answer, those changed most often first."""
IDS_AT_ONCE = 150
"""Ids in one query; it has at most 8,192 characters."""


@dataclass(frozen=True, slots=True)
class AlertQuery:
    """What a list of alerts was asked for."""

    question: Question
    severities: Sequence[Severity] = ()
    """Levels wanted; none for all."""
    state: StateChoice = "open"
    cursor: str = ""
    limit: int = 50
    newest_first: bool = True

    @property
    def text(self) -> str:
        """The whole query, with the levels wanted."""
        return join_queries(self.question.text, " OR ".join(map(level_query, self.severities)))


@dataclass(frozen=True, slots=True)
class AlertRow:
    """One alert as a list or a page shows it."""

    record: Record
    triaged: Triaged

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
        return str(self.record.get(f"wanglou.alert.{name}.{language}") or "")

    def title(self, language: str) -> str:
        """Give the title, or the rule's name where it has none."""
        return self.text("title", language) or str(self.record.get("rule.name") or "")


@dataclass(frozen=True, slots=True)
class AlertList:
    """One page of alerts."""

    rows: Sequence[AlertRow]
    next: str


@dataclass(frozen=True, slots=True)
class Counted:
    """How many alerts there are of each level."""

    levels: Mapping[Severity, int]

    @property
    def total(self) -> int:
        """Alerts of all levels."""
        return sum(self.levels.values())


def level_query(level: Severity) -> str:
    """Ask for the severities of one level."""
    place = SEVERITIES.index(level)
    least = LEAST[level]
    return f"event.severity:[{least} TO {'*]' if place == 0 else f'{LEAST[SEVERITIES[place - 1]]}}}'}"


def read_query(visit: Visit, limit: int, *, newest_first: bool = True) -> AlertQuery:
    """Read what the address asks for: ``q``, ``severity`` with commas, ``state``, ``cursor``."""
    levels = [name for name in visit.asked("severity").split(",") if name in SEVERITIES]
    state = visit.asked("state", "open")
    if state not in STATE_CHOICES:
        raise UsageError(f"no state {state[:40]!r} of an alert", do=f"give one of {', '.join(STATE_CHOICES)}")
    question = read_question(visit, "alert")
    chosen = cast("Sequence[Severity]", levels)
    return AlertQuery(question, chosen, state, visit.asked("cursor"), limit, newest_first)


def list_alerts(visit: Visit, query: AlertQuery) -> AlertList:
    """Give one page of alerts of the period, newest first unless asked otherwise."""
    wanted = _WANTED[query.state]
    if "new" not in wanted:
        return _list_triaged(visit, query, wanted)
    rows: list[AlertRow] = []
    after = query.cursor
    for _ in range(MOST_ROUNDS):
        records = list(_search(visit, query, query.text, query.limit + 1, after))
        states = visit.triage.states([str(record["event.id"]) for record in records])
        for record in records[: query.limit]:
            after = _position(visit, record)
            row = AlertRow(record, states.get(str(record["event.id"]), Triaged(str(record["event.id"]))))
            if row.triaged.state in wanted:
                rows.append(row)
                if len(rows) == query.limit:
                    return AlertList(rows, after if len(records) > query.limit or record is not records[-1] else "")
        if len(records) <= query.limit:
            return AlertList(rows, "")
    return AlertList(rows, after)


def _list_triaged(visit: Visit, query: AlertQuery, wanted: frozenset[AlertState]) -> AlertList:
    """Look up the alerts that somebody took up: the ledger knows which, the store what they are."""
    known = visit.triage.find_states(wanted, visit.enterprises, MOST_TRIAGED)
    rows: list[AlertRow] = []
    names = sorted(known)
    for begin in range(0, len(names), IDS_AT_ONCE):
        ids = " OR ".join(f'"{name}"' for name in names[begin : begin + IDS_AT_ONCE])
        found = _search(visit, query, join_queries(query.text, f"event.id:({ids})"), 0, query.cursor)
        rows += [AlertRow(record, known[str(record["event.id"])]) for record in found]
    rows.sort(key=lambda row: (row.record["@timestamp"], row.id), reverse=query.newest_first)
    shown = rows[: query.limit]
    return AlertList(shown, _position(visit, shown[-1].record) if len(rows) > len(shown) else "")


def _search(visit: Visit, query: AlertQuery, text: str, limit: int, after: str) -> Iterator[Record]:
    period = visit.period
    batches = visit.store.search(
        "alert",
        text,
        start_ns=period.start_ns,
        end_ns=period.end_ns,
        limit=limit,
        newest_first=query.newest_first,
        after=after,
    )
    return (Record(record) for batch in batches for record in read_records(batch))


def _position(visit: Visit, record: Record) -> str:
    return position_of(visit.store.datasets["alert"], record)


def count_levels(visit: Visit, query: AlertQuery) -> Counted:
    """Count the alerts of the period by level, whatever levels and state are chosen."""
    period = visit.period
    buckets = visit.store.aggregate(
        "alert",
        Filters({level: level_query(level) for level in SEVERITIES}),
        query.question.text,
        start_ns=period.start_ns,
        end_ns=period.end_ns,
    )
    return Counted({level: int(bucket.value) for level, bucket in zip(SEVERITIES, buckets, strict=True)})


def draw_bars(visit: Visit, query: AlertQuery, counted: Counted) -> Bars:
    """Count the alerts of the period over time, by level."""
    period = visit.period
    interval_ns = period.interval_ns()
    series = []
    for level in reversed(query.severities or SEVERITIES):
        if not counted.levels[level]:
            continue
        text = join_queries(query.question.text, level_query(level))
        buckets = visit.store.aggregate(
            "alert", DateHistogram(interval_ns), text, start_ns=period.start_ns, end_ns=period.end_ns
        )
        series.append((visit.say(f"severity.{level}"), level, buckets))
    return make_bars(period, interval_ns, series, visit.zone.key)


def list_levels(visit: Visit, counted: Counted) -> list[tuple[str, str, int, str]]:
    """Give the facet of levels: value, word, count and shape."""
    return [(level, visit.say(f"severity.{level}"), counted.levels[level], SHAPES[level]) for level in SEVERITIES]


def get_alert(visit: Visit, identity: str) -> AlertRow:
    """Find one alert; raises Refused (404) where there is none, or it is not the guest's to see."""
    record = visit.store.get(identity) if identity.startswith("alert-") else None
    if record is None or record.get("event.dataset") != "alert":
        raise not_found()
    found = visit.triage.states([identity])
    return AlertRow(Record(record), found.get(identity, Triaged(identity)))


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
