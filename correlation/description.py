"""Tells incidents from alerts and their groups: title, timeline, entity graph, stage, class and level.

Like the grouping, what is told depends on the set of alerts alone. The work is done on columns of all groups at once
(``grouped_alerts.py``); texts are read for the lines that are kept only.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from functools import cached_property
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from correlation.alert_facts import AlertFacts, Codes, encode_texts
from correlation.behaviour import FAILED, Headline, write_titles
from correlation.distinct import keep_first
from correlation.entity_graph import EntityGraphs
from correlation.event_level import guess_importance, guess_loss, propose_level
from correlation.folds import fold_alerts
from correlation.grouped_alerts import GroupedAlerts, collect_groups
from correlation.incident import Incident, Moment, name_incident
from correlation.roles import find_roles
from correlation.rule_story import RuleStories

LEAST_SEVERITY = 40
"""Groups whose worst alert is below this open no incident (ours, demo): single low findings stay alerts."""
LONGEST = 200
"""Lines of a timeline, nodes and edges of a graph, addresses of a list that are kept; the rest is counted (ours)."""
_NAMES = ("dns.question.registered_domain", "handle.prefix", "handle.identifier")
"""Entities that stand for a target where an alert has no address of one."""


def describe_incidents(
    facts: AlertFacts, groups: Codes, by_hand: NDArray[np.bool_] | None = None
) -> Iterator[tuple[Incident, Codes]]:
    """Give the incidents with the rows of their alerts, by time.

    Groups that are not severe enough are left out, unless they hold alerts of ``by_hand`` (bool[n]).
    """
    alerts = collect_groups(facts, groups, LEAST_SEVERITY, by_hand)
    if not alerts.count:
        return
    descriptions = _Descriptions(alerts)
    bounds = alerts.bounds.tolist()
    for group in range(alerts.count):
        yield descriptions.make(group), alerts.rows[bounds[group] : bounds[group + 1]]


class _Descriptions:
    """Groups on their way to incidents."""

    def __init__(self, alerts: GroupedAlerts) -> None:
        facts, self._alerts = alerts.facts, alerts
        self._roles = find_roles(alerts)
        self._rules = RuleStories(alerts, self._roles.is_own)
        self._folds = fold_alerts(alerts)
        self._graphs = EntityGraphs(self._folds, facts.names, facts.rules, alerts.count, LONGEST)
        self._captures, self._datasets = (
            _list_texts(alerts, name) for name in ("wanglou.capture", "wanglou.alert.dataset")
        )
        self._classes = _classify(alerts, self._roles.has_actor)
        self._figures = [column.tolist() for column in (
            alerts.find_least(alerts.read(facts.start)), alerts.find_worst(alerts.read(facts.end)),
            alerts.find_worst(alerts.severity), np.diff(alerts.bounds), alerts.add_up(alerts.read(facts.records)),
            alerts.read(facts.enterprise)[alerts.bounds[:-1]],
        )]  # fmt: skip
        firsts = alerts.rows[alerts.bounds[:-1]]
        self._first_ids = facts.table["event.id"].take(firsts).to_pylist()
        self._lines = np.diff(self._folds.bounds).tolist()

    def make(self, group: int) -> Incident:
        """Tell one group."""
        roles, reach = self._roles, self._rules.reach(group)
        actors, relays, suspects, targets = (
            ranked.read(group) for ranked in (roles.actors, roles.relays, roles.suspects, roles.targets)
        )
        first_ns, last_ns, severity, count, records, enterprise = (column[group] for column in self._figures)
        stage = reach.stages[-1] if reach.stages else ""
        event_class, subclass = self._classes[group]
        is_fault = not actors and event_class == FAILED
        whom = targets or self._other_targets.get(group, [])
        importance = guess_importance(reach.rules, frozenset(self._datasets[group]))
        return Incident(
            name_incident(self._first_ids[group]),
            self._alerts.facts.enterprises[enterprise],
            *write_titles(Headline(actors, suspects, whom, self._rules.list_behaviours(group), is_fault)),
            tuple(actors[:LONGEST]),
            tuple(relays[:LONGEST]),
            tuple(suspects[:LONGEST]),
            tuple(targets[:LONGEST]),
            first_ns,
            last_ns,
            severity,
            stage,
            reach.stages,
            reach.techniques,
            event_class,
            subclass,
            propose_level(importance, guess_loss(stage, severity)),
            count,
            records,
            self._moments[group],
            self._graphs.draw(group, {"target": targets, "suspect": suspects, "relay": relays, "actor": actors}),
            max(self._lines[group] - LONGEST, 0),
            tuple(self._captures[group][:LONGEST]),
        )

    @cached_property
    def _moments(self) -> list[tuple[Moment, ...]]:
        """The lines of each group's timeline by time, of a long one the worst."""
        facts, alerts, folds = self._alerts.facts, self._alerts, self._folds
        kept = folds.choose_worst(LONGEST)
        rows = alerts.rows[folds.first[kept]]
        told = self._rules.find_told(folds.first[kept])
        zh, en, samples = (
            facts.table[name].take(rows).to_pylist()
            for name in ("wanglou.alert.title.zh", "wanglou.alert.title.en", "event.id")
        )
        source, destination = ([facts.names[code] for code in codes[kept].tolist()]
                               for codes in (folds.source, folds.destination))  # fmt: skip
        figures = (folds.last_ns, folds.severity, folds.alerts, folds.records)
        last_ns, severity, count, records = (column[kept].tolist() for column in figures)
        lines = zip(facts.start[rows].tolist(), last_ns, told, source, destination, severity, count, records,
                    zh, en, samples, strict=True)  # fmt: skip
        moments = [
            Moment(first, last, one.rule, source, destination, severity, count, records, one.stage, one.techniques,
                   zh or one.rule, en or one.rule, sample)
            for first, last, one, source, destination, severity, count, records, zh, en, sample in lines
        ]  # fmt: skip
        bounds = np.searchsorted(folds.of[kept], np.arange(alerts.count + 1)).tolist()
        return [tuple(moments[low:high]) for low, high in pairwise(bounds)]

    @cached_property
    def _other_targets(self) -> dict[int, list[str]]:
        """Names of what alerts without a target's address are about, by group."""
        alerts = self._alerts
        is_open = np.diff(self._roles.targets.bounds) == 0
        chosen = np.flatnonzero(is_open[alerts.of] & keep_first(alerts.of, alerts.bounds, LONGEST))
        found: dict[int, Counter[str]] = defaultdict(Counter)
        entities = alerts.facts.table["wanglou.alert.entities"].take(alerts.rows[chosen]).to_pylist()
        for group, its in zip(alerts.of[chosen].tolist(), entities, strict=True):
            pairs = (entity.partition("=") for entity in its or ())
            found[group].update(value for name, _, value in pairs if name in _NAMES)
        return {
            group: [name for name, _ in sorted(counts.items(), key=lambda item: (-item[1], item[0]))]
            for group, counts in found.items()
        }


def _list_texts(alerts: GroupedAlerts, name: str) -> list[tuple[str, ...]]:
    """List the texts of a column in each group, each once, those that are not empty, sorted."""
    texts = encode_texts(alerts.facts, name)
    found = alerts.find_distinct(alerts.read(texts.codes), len(texts.names))
    codes = found.code.tolist()
    known: dict[tuple[int, ...], tuple[str, ...]] = {}
    listed = []
    for low, high in pairwise(found.bounds.tolist()):
        its = tuple(codes[low:high])
        if its not in known:
            known[its] = tuple(sorted(filter(None, (texts.names[code] for code in its))))
        listed.append(known[its])
    return listed


def _classify(alerts: GroupedAlerts, has_actor: NDArray[np.bool_]) -> list[tuple[str, str]]:
    """Give class and subclass of the worst alerts, the commonest of them; a device's fault where nobody acts."""
    classes, subclasses = (encode_texts(alerts.facts, f"wanglou.event_class.{name}") for name in ("name", "subclass"))
    width = len(subclasses.names)
    pairs = alerts.find_distinct(
        alerts.read(classes.codes) * width + alerts.read(subclasses.codes), len(classes.names) * width
    )
    is_worst = alerts.severity == alerts.find_worst(alerts.severity)[alerts.of]
    worst, everything = pairs.count(is_worst).tolist(), pairs.count().tolist()
    names = [(classes.names[code // width], subclasses.names[code % width]) for code in pairs.code.tolist()]
    found = []
    for acts, (low, high) in zip(has_actor.tolist(), pairwise(pairs.bounds.tolist()), strict=True):
        faults = [] if acts else [(-everything[one], names[one]) for one in range(low, high) if names[one][0] == FAILED]
        found.append(min(faults or [(-worst[one], names[one]) for one in range(low, high) if worst[one]])[1])
    return found
