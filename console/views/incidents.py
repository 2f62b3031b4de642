"""Incidents as pages and the API list them: what is asked for, a page of them, and how many there are of each kind."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal, TypeVar, get_args

from console.figures import SEVERITIES, Severity
from console.formats import SHAPES
from console.period import Period, parse_period
from console.question import Chip, Question
from console.views.event_classes import tell_class
from console.visit import Visit
from correlation.case import STATUSES, VERDICTS, Case
from correlation.incident_list import IncidentCounts, IncidentFilter, Order, list_incidents
from correlation.overview import AGES, bound_age
from correlation.stage import STAGES
from wanglou.errors import UsageError
from wanglou.languages import Language

StatusChoice = Literal["open", "new", "investigating", "contained", "closed", "all"]
STATUS_CHOICES: tuple[StatusChoice, ...] = get_args(StatusChoice)
OPEN = frozenset(STATUSES) - {"closed"}
LEVELS = (1, 2, 3, 4)
NOBODY = "-"
"""What asks for incidents that nobody looks after."""
ORDERS: Mapping[str, Order] = {"began": "newest", "last": "latest", "severity": "severity", "alerts": "alerts"}
"""Columns that the list can be ordered by."""
EVER = "2000-01-01"
"""From when on incidents are shown unless a time is asked for: one that is open is never too old."""
Word = TypeVar("Word", bound=str)
_OPTIONS = ("level", "stage", "enterprise", "assignee", "verdict")


@dataclass(frozen=True, slots=True)
class IncidentQuery:
    """What a list of incidents was asked for."""

    question: Question
    asked: IncidentFilter
    status: StatusChoice = "open"
    severities: Sequence[Severity] = ()
    order: Order = "newest"
    turned: bool = False
    cursor: str = ""
    limit: int = 50

    @property
    def is_narrow(self) -> bool:
        """True where more than the status was asked for."""
        asked = self.asked
        began = (asked.began_from_ns, asked.began_before_ns)
        chosen = (asked.severities, asked.levels, asked.stages, asked.verdicts, asked.text, asked.start_ns, *began)
        return any(chosen) or asked.assignee is not None


@dataclass(frozen=True, slots=True)
class IncidentRow:
    """One incident of a list."""

    case: Case

    @property
    def id(self) -> str:
        """Its id."""
        return self.case.id

    @property
    def version(self) -> str:
        """Changes with each change of it: the ETag."""
        return f'"{self.case.version}"'

    def title(self, language: Language) -> str:
        """Tell who did what to whom."""
        told = self.case.incident
        return told.title_zh if language == "zh" else told.title_en

    def event_class(self, language: Language) -> str:
        """Write class and subclass."""
        return tell_class(self.case.event_class, self.case.event_subclass, language)


@dataclass(frozen=True, slots=True)
class IncidentRows:
    """One page of incidents."""

    rows: Sequence[IncidentRow]
    next: str


def read_query(visit: Visit, limit: int, sort: str = "began") -> IncidentQuery:
    """Read what the address asks for; raises UsageError for a word that no incident has.

    ``q`` (words), ``status``, ``severity``, ``level``, ``stage``, ``verdict`` with commas, ``age``, ``enterprise``,
    ``assignee``, ``from``, ``to``, ``cursor``.
    """
    status = _one_of("status", visit.asked("status", "open"), STATUS_CHOICES)
    severities = [_one_of("severity", name, SEVERITIES) for name in _split(visit, "severity")]
    words = visit.asked("q").split()[:16]
    period = choose_period(visit)
    enterprise = visit.asked("enterprise")
    age = visit.asked("age")
    began = bound_age(_one_of("age", age, AGES), visit.now_ns) if age else (None, None)
    asked = IncidentFilter(
        statuses=OPEN if status == "open" else frozenset() if status == "all" else frozenset({status}),
        verdicts=frozenset(_one_of("verdict", name, VERDICTS) for name in _split(visit, "verdict")),
        severities=frozenset(severities),
        levels=frozenset(int(_one_of("level", name, ("1", "2", "3", "4"))) for name in _split(visit, "level")),
        stages=frozenset(_one_of("stage", name, STAGES) for name in _split(visit, "stage")),
        assignee={"": None, NOBODY: ""}.get(visit.asked("assignee"), visit.asked("assignee")),
        text=" ".join(words),
        start_ns=period.start_ns if period else None,
        end_ns=period.end_ns if period else None,
        began_from_ns=began[0],
        began_before_ns=began[1],
        enterprises=visit.scope.restrict([enterprise] if enterprise else None).enterprises,
        site=None,
    )
    chips = [Chip(word, " ".join(words[:place] + words[place + 1 :])) for place, word in enumerate(words)]
    order, turned = ORDERS[sort.removeprefix("-")], not sort.startswith("-")
    question = Question(visit.asked("q").strip(), chips)
    return IncidentQuery(question, asked, status, severities, order, turned, visit.asked("cursor"), limit)


def choose_period(visit: Visit) -> Period | None:
    """Give the time that was asked for; None where none was, and the control then says: all time."""
    if visit.asked("from") or visit.asked("to"):
        return visit.period
    visit.period = parse_period(EVER, "now", visit.zone, visit.now_ns)
    return None


def _split(visit: Visit, name: str) -> list[str]:
    return [word for word in visit.asked(name).split(",") if word]


def _one_of(what: str, text: str, allowed: Sequence[Word]) -> Word:
    found = next((one for one in allowed if one == text), None)
    if found is None:
        raise UsageError(f"no {what} {text[:40]!r} of an incident", do=f"give one of {', '.join(allowed)}")
    return found


def list_rows(visit: Visit, query: IncidentQuery) -> IncidentRows:
    """Give one page of incidents."""
    with visit.ledger.reading() as connection:
        found = list_incidents(
            connection, query.asked, order=query.order, turned=query.turned, limit=query.limit, cursor=query.cursor
        )
    return IncidentRows([IncidentRow(case) for case in found.cases], found.next)


def count_open(visit: Visit) -> IncidentCounts:
    """Count all incidents that are open and may be seen."""
    with visit.ledger.reading() as connection:
        return visit.services.incident_tally.count(
            connection, IncidentFilter(statuses=OPEN, enterprises=visit.enterprises, site=None)
        )


def count_choices(visit: Visit, query: IncidentQuery) -> IncidentCounts:
    """Count what can be chosen from: the incidents of that status and time, whatever else is chosen."""
    plain = IncidentFilter(
        statuses=query.asked.statuses,
        start_ns=query.asked.start_ns,
        end_ns=query.asked.end_ns,
        enterprises=visit.enterprises,
        site=None,
    )
    with visit.ledger.reading() as connection:
        return visit.services.incident_tally.count(connection, plain)


def count_found(visit: Visit, query: IncidentQuery) -> int:
    """Count what the query finds, on all pages of the list."""
    with visit.ledger.reading() as connection:
        return visit.services.incident_tally.count(connection, query.asked).total


def count_statuses(visit: Visit, query: IncidentQuery) -> int:
    """Count what would be found whatever the status."""
    with visit.ledger.reading() as connection:
        return visit.services.incident_tally.count(connection, replace(query.asked, statuses=frozenset())).total


def list_levels(visit: Visit, counts: IncidentCounts) -> list[tuple[str, str, int, str]]:
    """Give the facet of severities: value, word, count and shape."""
    return [
        (name, visit.say(f"severity.{name}"), counts.severities.get(name, 0), SHAPES[name])
        for name in SEVERITIES
        if counts.severities.get(name) or name in _split(visit, "severity")
    ]


def list_options(visit: Visit, counts: IncidentCounts) -> dict[str, list[tuple[str, str]]]:
    """Give what the other filters offer: for each, value and word with the number of incidents."""
    say, language = visit.say, visit.language
    people = {name: count for name, count in counts.assignees.items() if name}
    me = visit.guest.name if visit.guest else ""
    words: dict[str, list[tuple[str, str, int]]] = {
        "level": [(str(one), say(f"incidents.level_{one}"), counts.levels.get(one, 0)) for one in LEVELS],
        "stage": [(one, tell_stage(visit, one), counts.stages.get(one, 0)) for one in STAGES],
        "enterprise": [
            (one, visit.services.name_enterprise(one, language), counts.enterprises[one])
            for one in sorted(counts.enterprises)
            if one
        ],
        "assignee": [
            (NOBODY, say("incidents.nobody"), counts.assignees.get("", 0)),
            *([(me, say("incidents.me", name=me), people.pop(me, 0))] if me else []),
            *((one, one, people[one]) for one in sorted(people)),
        ],
        "verdict": [(one, say(f"incidents.verdict_{one}"), counts.verdicts.get(one, 0)) for one in VERDICTS],
    }
    ages = [(one, say(f"overview.age_{one}")) for one in AGES]
    return {"age": ages} | {
        name: [
            (value, f"{word} ({count:,})") for value, word, count in words[name] if count or value == visit.asked(name)
        ]
        for name in _OPTIONS
    }


def tell_stage(visit: Visit, stage: str) -> str:
    """Name a tactic of ATT&CK for ICS; empty for none."""
    return visit.say(f"incidents.stage_{stage.lower().replace(' ', '_')}") if stage in STAGES else stage
