"""What the rules of each group of alerts tell: in which order they began, their techniques, stages and verbs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from correlation.alert_facts import Codes
from correlation.behaviour import find_behaviour
from correlation.grouped_alerts import GroupedAlerts
from correlation.stage import rank_stage, stage_of
from correlation.verbs import Behaviour


@dataclass(frozen=True, slots=True, eq=False)
class Told:
    """What the first alert of a rule tells of the rule; there is one object for what is the same."""

    rule: str
    techniques: tuple[str, ...]
    stage: str
    behaviour: Behaviour


@dataclass(frozen=True, slots=True)
class Reach:
    """How far the rules of a group came."""

    rules: frozenset[str]
    stages: tuple[str, ...]
    """In the order of the matrix."""
    techniques: tuple[str, ...]


class RuleStories:
    """The rules of all groups."""

    def __init__(self, alerts: GroupedAlerts, is_own: NDArray[np.bool_]) -> None:
        """Take the alerts; those that are ``is_own``, bool[n], tell what actors did."""
        facts = alerts.facts
        self._rules = alerts.find_distinct(alerts.read(facts.rule), len(facts.rules))
        self._known: dict[tuple[str, tuple[str, ...]], Told] = {}
        self._reaches: dict[tuple[Told, ...], Reach] = {}
        rows = alerts.rows[self._rules.first]
        techniques = facts.table["threat.technique.id"].take(rows).to_pylist()
        names = (facts.rules[code] for code in self._rules.code.tolist())
        self._told = [self._tell(rule, tuple(its or ())) for rule, its in zip(names, techniques, strict=True)]
        self._begun = facts.start[rows].tolist()
        self._bounds = self._rules.bounds.tolist()
        self._is_own = self._rules.mark(is_own).tolist()

    def _tell(self, rule: str, techniques: tuple[str, ...]) -> Told:
        known = self._known.get((rule, techniques))
        if known is None:
            known = Told(rule, techniques, stage_of(techniques), find_behaviour(rule, techniques))
            self._known[rule, techniques] = known
        return known

    def find_told(self, places: Codes) -> Sequence[Told]:
        """Give what the rules of the alerts at ``places`` tell."""
        return [self._told[pair] for pair in self._rules.inverse[places].tolist()]

    def reach(self, group: int) -> Reach:
        """Tell how far a group came."""
        its = tuple(self._told[self._bounds[group] : self._bounds[group + 1]])
        known = self._reaches.get(its)
        if known is None:
            stages = sorted({one.stage for one in its if one.stage}, key=rank_stage)
            techniques = sorted({technique for one in its for technique in one.techniques})
            known = Reach(frozenset(one.rule for one in its), tuple(stages), tuple(techniques))
            self._reaches[its] = known
        return known

    def list_behaviours(self, group: int) -> tuple[Behaviour, ...]:
        """List what the actors did, in the order it began, the heavier first of what began at once.

        Where all is what was answered, or asked under a forged address, that is told.
        """
        pairs = range(self._bounds[group], self._bounds[group + 1])
        own = [pair for pair in pairs if self._is_own[pair]] or pairs
        told = self._told
        keys = sorted((self._begun[pair], -told[pair].behaviour.weight, told[pair].rule, pair) for pair in own)
        return tuple(told[pair].behaviour for *_, pair in keys)
