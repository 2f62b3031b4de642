"""Strands: alerts of one actor, or about one victim whose attacker is not sure, without a long pause between them.

Single linkage over time: an alert belongs to a strand when it begins at most ``quiet`` after everything before it has
ended. That depends on the set of alerts alone, never on the order they came in.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from correlation.alert_facts import NOBODY, AlertFacts, Codes

_MOST = 2**62
"""Numbers of columns that int64 holds; before there are more they are numbered anew, as there are far fewer."""


@dataclass(frozen=True, slots=True)
class Strands:
    """Strands in the order of their keys and times; arrays are of length strands, but ``of_alert``."""

    of_alert: Codes
    """Strand of each alert."""
    enterprise: Codes
    actor: Codes
    """NOBODY where the actor is not sure."""
    suspect: Codes
    victim: Codes
    """Whom it befell, where the actor is not sure; else NOBODY."""
    start: Codes
    end: Codes
    severity: Codes
    """Highest of its alerts."""
    targets: list[frozenset[int]]
    """Codes of the addresses that were acted on."""
    rules: list[frozenset[int]]

    def __len__(self) -> int:
        """Count the strands."""
        return len(self.start)


def make_strands(facts: AlertFacts, quiet_ns: int) -> Strands:
    """Lay alerts into strands; a pause of more than ``quiet_ns`` begins a new one."""
    is_sure = facts.actor != NOBODY
    suspect = np.where(is_sure, NOBODY, facts.suspect)
    victim = np.where(is_sure, NOBODY, facts.victim)
    rule = np.where(is_sure | (victim != NOBODY) | (suspect != NOBODY), 0, facts.rule + 1)
    keys = np.stack([facts.enterprise, facts.actor, victim, suspect, rule])
    numbers = number_columns(keys)
    of_alert = cut_runs(numbers, facts.start, facts.end, quiet_ns)
    count = int(of_alert.max()) + 1 if len(of_alert) else 0
    first = np.unique(of_alert, return_index=True)[1]
    end = np.full(count, np.iinfo(np.int64).min)
    np.maximum.at(end, of_alert, facts.end)
    severity = np.zeros(count, dtype=np.int64)
    np.maximum.at(severity, of_alert, facts.severity)
    return Strands(
        of_alert,
        facts.enterprise[first],
        facts.actor[first],
        suspect[first],
        victim[first],
        facts.start[first],
        end,
        severity,
        _collect(of_alert, facts.victim, count, len(facts.names)),
        _collect(of_alert, facts.rule + 1, count, len(facts.rules) + 1),
    )


def number_columns(keys: Codes) -> Codes:
    """Number the distinct columns of int64[k, n]: int64[n]."""
    numbers, span = np.zeros(keys.shape[1], dtype=np.int64), 1
    for row in keys:
        width = int(row.max(initial=0)) + 1
        if span * width > _MOST:
            numbers = np.unique(numbers, return_inverse=True)[1].astype(np.int64)
            span = int(numbers.max(initial=0)) + 1
        numbers, span = numbers * width + row, span * width
    return np.unique(numbers, return_inverse=True)[1].astype(np.int64)


def cut_runs(group: Codes, start: Codes, end: Codes, quiet_ns: int) -> Codes:
    """Cut each group where it pauses; gives int64[n], numbers without gaps."""
    if not len(group):
        return group
    order = np.lexsort((start, group))
    its, begun = group[order], start[order]
    ends, ranks = np.unique(end[order], return_inverse=True)
    latest = np.maximum.accumulate(its * len(ends) + ranks) - its * len(ends)
    fresh = np.ones(len(group), dtype=np.bool_)
    fresh[1:] = (its[1:] != its[:-1]) | (begun[1:] - ends[latest[:-1]] > quiet_ns)
    strands = np.empty(len(group), dtype=np.int64)
    strands[order] = np.cumsum(fresh) - 1
    return strands


def _collect(of_alert: Codes, values: Codes, count: int, width: int) -> list[frozenset[int]]:
    """Give the distinct values above 0 of each strand."""
    pairs = np.unique(of_alert * width + values)
    strands, members = np.divmod(pairs, width)
    kept = members > 0
    strands, members = strands[kept], members[kept]
    bounds = np.searchsorted(strands, np.arange(count + 1))
    listed = members.tolist()
    return [frozenset(listed[low:high]) for low, high in pairwise(bounds.tolist())]
