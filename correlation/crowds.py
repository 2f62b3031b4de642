"""Crowds: many at the same time that do, or suffer, the same: a botnet, a rule out of tune, a switch that fails.

- A **sign** is a rule, or an ATT&CK stage on one target. It is **common** where ``CROWD`` actors or more show it
  without a pause; so many tell of one cause, not of each.
- A strand belongs to a crowd when each of its gravest rules is common, in half of its alerts at least. So one that
  does graver things than the crowd, or a thing of its own that is as grave, stands out of it.
- Strands are joined over the common signs that they share; fewer than ``CROWD`` actors joined so are no crowd.

Only sets are counted: which strands are joined depends on the alerts alone.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from correlation.alert_facts import NOBODY, AlertFacts, Codes
from correlation.stage import rank_stage, stage_of
from correlation.strand import Strands, cut_runs, number_columns
from correlation.union import Union

CROWD = 10
"""Actors, or victims, with the same signs at the same time that count as one (ours, demo)."""


def join_crowds(facts: AlertFacts, strands: Strands, members: Codes, who: Codes, union: Union, quiet_ns: int) -> None:
    """Join in ``union`` the crowds of strands ``members`` of ``who``: their actors or victims, int64[strands]."""
    if len(members) < CROWD:
        return
    is_member = np.zeros(len(strands), dtype=np.bool_)
    is_member[members] = True
    rows = np.flatnonzero(is_member[strands.of_alert])
    strand, person = strands.of_alert[rows], who[strands.of_alert[rows]]
    runs = [run for run in (_find_common(run, person) for run in _sign(facts, rows, quiet_ns)) if run is not None]
    is_common = np.zeros(len(rows), dtype=np.bool_)
    for run in runs:
        is_common |= run >= 0
    joins = _choose(facts, strands, rows, is_common)
    crowds = Union(len(strands))
    for run in runs:
        _join_over(crowds, run[joins & (run >= 0)], strand[joins & (run >= 0)])
    _take_over(crowds, np.unique(strand[joins]), who, union)


def _sign(facts: AlertFacts, rows: Codes, quiet_ns: int) -> list[Codes]:
    """Give the run of each alert by its rule, and by its stage on its target; -1 where it has none: int64[rows]."""
    enterprise, rule, victim = facts.enterprise[rows], facts.rule[rows], facts.victim[rows]
    stage = _rank_stages(facts)[rule]
    start, end = facts.start[rows], facts.end[rows]
    by_rule = cut_runs(number_columns(np.stack([enterprise, rule])), start, end, quiet_ns)
    by_target = cut_runs(number_columns(np.stack([enterprise, stage, victim])), start, end, quiet_ns)
    return [by_rule, np.where((stage > 0) & (victim != NOBODY), by_target, -1)]


def _rank_stages(facts: AlertFacts) -> Codes:
    """Give the place of each rule's stage, from 1; 0 for none. A rule's first alert tells its techniques."""
    codes, first = np.unique(facts.rule, return_index=True)
    ranks = np.zeros(len(facts.rules), dtype=np.int64)
    techniques = facts.table["threat.technique.id"].take(first).to_pylist()
    ranks[codes] = [rank_stage(stage_of(its)) for its in techniques]
    return ranks


def _find_common(run: Codes, person: Codes) -> Codes | None:
    """Keep the runs with enough persons, -1 instead of all others; None where none has."""
    kept = run >= 0
    if not kept.any():
        return None
    width = int(person.max()) + 1
    pairs = np.unique(run[kept] * width + person[kept])
    counts = np.bincount(pairs // width, minlength=int(run.max()) + 1)
    common = np.where(kept, counts[run], 0) >= CROWD
    return np.where(common, run, -1) if common.any() else None


def _choose(facts: AlertFacts, strands: Strands, rows: Codes, is_common: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Mark the gravest alerts of the strands whose gravest rules are all common: bool[rows]."""
    strand = strands.of_alert[rows]
    is_gravest = facts.severity[rows] == strands.severity[strand]
    width = len(facts.rules)
    pairs, inverse = np.unique((strand * width + facts.rule[rows])[is_gravest], return_inverse=True)
    shares = np.bincount(inverse, weights=np.where(is_common[is_gravest], 1.0, -1.0), minlength=len(pairs))
    holds = np.ones(len(strands), dtype=np.bool_)
    holds[pairs[shares < 0] // width] = False
    return np.asarray(is_gravest & holds[strand], dtype=np.bool_)


def _join_over(crowds: Union, run: Codes, strand: Codes) -> None:
    """Join the strands of each run."""
    if not len(run):
        return
    width = int(strand.max()) + 1
    runs, strands = np.divmod(np.unique(run * width + strand), width)
    follows = np.flatnonzero(runs[1:] == runs[:-1]) + 1
    for one, other in zip(strands[follows - 1].tolist(), strands[follows].tolist(), strict=True):
        crowds.join(one, other)


def _take_over(crowds: Union, joined: Codes, who: Codes, union: Union) -> None:
    """Join in ``union`` what is joined in ``crowds``, where enough persons are."""
    if not len(joined):
        return
    roots = np.array([crowds.find(one) for one in joined.tolist()], dtype=np.int64)
    width = int(who.max()) + 1
    people = np.bincount(np.unique(roots * width + who[joined]) // width, minlength=int(roots.max()) + 1)
    is_crowd = people[roots] >= CROWD
    for one, root in zip(joined[is_crowd].tolist(), roots[is_crowd].tolist(), strict=True):
        union.join(root, one)
