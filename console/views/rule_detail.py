"""One rule with all that is told of it: text, condition, cases with what they do, hits, alerts, decisions."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from console.bars import Bars, make_bars
from console.figures import SEVERITIES
from console.record import Record
from console.refusal import not_found
from console.views.alerts import LISTED, AlertRow
from console.views.rules import RuleRow, make_row, may_see
from console.visit import Visit
from correlation import alert_figures, alert_list
from correlation.alert_filter import AlertFilter
from correlation.rule_figures import Hits
from correlation.store import Bucket
from detection.bound import find_number
from detection.cases import CaseResult
from detection.rule import MAX_COUNT, Bound, Rule, Scenario
from detection.tuning import LEAST_COUNT
from detection.tuning_ledger import Decided, Exempted
from wanglou.audit import AUDIT, AuditRow

LONGEST_FILE = 200_000
"""Characters of a rule's file that are shown."""
MOST_ALERTS = 5
MOST_HISTORY = 50
_TOLD = (*LISTED, "wanglou.alert.sentence.zh", "wanglou.alert.sentence.en")
"""Fields that a line of the rule's alerts shows."""
SHOWN_VALUES = 40
"""Fields of a record of a case that are shown."""


@dataclass(frozen=True, slots=True)
class CaseRow:
    """One case of a rule with what it did."""

    kind: str
    """``fires`` or ``silent``."""
    number: int
    records: Sequence[str]
    """Its records, as one line each."""
    alerts: int
    is_right: bool
    tuned_alerts: int | None
    """Alerts with what was decided; None where nothing was, and where the rule is off."""


@dataclass(frozen=True, slots=True)
class Threshold:
    """What a rule that counts declares, and how far it may be changed."""

    count: int | None
    """None for a rule of a sequence, which counts nothing."""
    timespan_s: float
    least: int
    most: int


@dataclass(frozen=True, slots=True)
class WrittenBound:
    """The bound that a rule declares, with the number of its file."""

    bound: Bound
    number: int

    def label(self, language: str) -> str:
        """Name it in ``zh``, or in English."""
        return self.bound.zh if language == "zh" else self.bound.en


@dataclass(frozen=True, slots=True)
class RuleStory:
    """One rule as its page shows it."""

    row: RuleRow
    decided: Decided
    exemptions: Sequence[Exempted]
    bases: Sequence[Rule]
    """Rules that it counts."""
    written: str
    """Its file."""
    cases: Sequence[CaseRow]
    threshold: Threshold | None
    bound: WrittenBound | None
    lists: Mapping[str, Sequence[str]]
    """Lists of the site file that it names, with their values."""
    bars: Bars
    alerts: Sequence[AlertRow]
    history: Sequence[AuditRow]

    @property
    def version(self) -> str:
        """Changes with each decision: the ETag."""
        return f'"{self.decided.version}"'


def find_rule(visit: Visit, name: str) -> Rule:
    """Find a rule that raises alerts by its name; raises Refused 404."""
    found = visit.services.rules.by_name.get(name)
    if found is None:
        raise not_found()
    return found


def tell_rule(visit: Visit, name: str) -> RuleStory:
    """Find one rule with all that is told of it; its cases run now."""
    book, rule = visit.services.rules, find_rule(visit, name)
    cases = run_cases(visit, rule)
    bases = [book.written.by_id[one] for one in rule.correlation.rules] if rule.correlation else []
    bars, alerts = _find_alerts(visit, rule)
    hits = {rule.name: Hits(rule.name, bars.total, {})}
    return RuleStory(
        row=make_row(visit, rule, book.tuning.decisions(), hits, book.results()),
        decided=book.tuning.find(rule.id),
        exemptions=list_exemptions(visit, rule),
        bases=bases,
        written=_read(rule),
        cases=cases,
        threshold=find_threshold(rule),
        bound=_find_bound(rule, book.written.by_id),
        lists=_find_lists(visit, rule, bases),
        bars=bars,
        alerts=alerts,
        history=_list_history(visit, rule),
    )


def list_exemptions(visit: Visit, rule: Rule) -> Sequence[Exempted]:
    """List the exemptions of a rule that the guest may know of."""
    every = visit.services.rules.tuning.exemptions(rule.id)
    return [one for one in every if may_see(visit, one.exemption.enterprise)]


def find_threshold(rule: Rule) -> Threshold | None:
    """Give what a rule that counts declares; None for a rule of single records."""
    what = rule.correlation
    if what is None:
        return None
    counts = what.type in MAX_COUNT
    most = MAX_COUNT.get(what.type, 0)
    return Threshold(what.count if counts else None, what.timespan_ns / 10**9, LEAST_COUNT, most)


def _find_bound(rule: Rule, by_id: Mapping[str, Rule]) -> WrittenBound | None:
    number = find_number(rule, by_id)
    bound = rule.facts.bound if rule.facts else None
    return None if bound is None or number is None else WrittenBound(bound, number)


def run_cases(visit: Visit, rule: Rule) -> list[CaseRow]:
    """Run the cases of a rule as its file has it and, where something was decided, as it runs here."""
    book = visit.services.rules
    tuned = book.tuned()
    results, here = book.run(rule), list[CaseResult]()
    if tuned is not book.written and rule.id in tuned.by_id and tuned.by_id[rule.id] != rule:
        here = book.run(rule, tuned)
    scenarios = {"fires": rule.facts.fires, "silent": rule.facts.silent} if rule.facts else {}
    counts: list[int | None] = [one.alerts for one in here] or [None] * len(results)
    return [
        CaseRow(
            one.kind, one.index + 1, _write_records(scenarios[one.kind][one.index]), one.alerts, one.is_right, count
        )
        for one, count in zip(results, counts, strict=True)
    ]


def _write_records(scenario: Scenario) -> list[str]:
    return [
        ", ".join(f"{name}: {_write(value)}" for name, value in list(record.items())[:SHOWN_VALUES])
        for record in scenario
    ]


def _write(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)


def _read(rule: Rule) -> str:
    try:
        return rule.path.read_text(encoding="utf-8")[:LONGEST_FILE]
    except (OSError, ValueError):
        return ""


def _find_lists(visit: Visit, rule: Rule, bases: Sequence[Rule]) -> dict[str, Sequence[str]]:
    """Find the lists of the site file that the conditions name (``|expand``)."""
    lists = visit.services.site.lists
    told = json.dumps([one.source.get("detection") for one in (rule, *bases)], ensure_ascii=False, default=str)
    named = {part.split("%")[0] for part in told.split('"%')[1:] if '%"' in part}
    return {name: [str(value) for value in lists.get(name, ())] for name in sorted(named)}


def _find_alerts(visit: Visit, rule: Rule) -> tuple[Bars, Sequence[AlertRow]]:
    period, interval_ns = visit.period, visit.period.interval_ns()
    asked = AlertFilter(
        f'rule.name:"{rule.name}"', start_ns=period.start_ns, end_ns=period.end_ns, enterprises=visit.enterprises
    )
    queries = visit.services.alert_queries
    with visit.ledger.reading() as connection:
        found = alert_figures.draw_histogram(queries, connection, asked, interval_ns)
        page = alert_list.list_alerts(queries, connection, asked, limit=MOST_ALERTS, fields=_TOLD) if found else None
    levels = [level for level in reversed(SEVERITIES) if any(bar.levels.get(level) for bar in found)]
    series = [
        (visit.say(f"severity.{level}"), level, [Bucket(bar.start_ns, bar.levels.get(level, 0)) for bar in found])
        for level in levels
    ]
    lines = page.lines if page else ()
    rows = [AlertRow(Record(line.record), line.triaged, line.incident) for line in lines]
    return make_bars(period, interval_ns, series, visit.zone.key), rows if visit.may("alerts.read") else []


def _list_history(visit: Visit, rule: Rule) -> list[AuditRow]:
    """List what was decided about a rule, the newest first; whoever is bound to enterprises sees that of theirs."""
    kinds = ("rule_tuning", "rule_exemption")
    about = sa.or_(AUDIT.c.subject == rule.id, AUDIT.c.after.like(f"%{rule.id}%"), AUDIT.c.before.like(f"%{rule.id}%"))
    chosen = sa.select(AUDIT).where(AUDIT.c.kind.in_(kinds), about).order_by(AUDIT.c.seq.desc()).limit(MOST_HISTORY)
    with visit.ledger.reading() as connection:
        rows = [AuditRow(*row) for row in connection.execute(chosen)]
    return [row for row in rows if may_see(visit, row.enterprise)]
