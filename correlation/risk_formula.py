"""The arithmetic of the risk figures: strengths that add up, a curve that ends at 100, shares that fit exactly.

Strengths are whole numbers of 1e-9, so that sums do not depend on their order and one thing more never makes less.
A strength ``s`` alone gives ``100 * (1 - exp(-s))`` points; scores are whole hundredths of points, 0 to 10,000.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from correlation.risk_facts import Integers, Numbers

FULL = 10_000
"""The highest score, in hundredths of points."""
UNIT = 10**9
"""Strength 1 in the whole numbers strengths are kept in."""
DAY_NS = 86_400 * 10**9
HOUR_NS = 3_600 * 10**9
_DEEPEST = 200
"""Ranks beyond it all count like it: less than any unit."""


def to_strength(points: float) -> int:
    """Give the strength that alone leads to so many points (0 to below 100)."""
    return int(-np.log1p(-points / 100) * UNIT)


def to_scores(strengths: Integers, factors: Numbers | float = 1.0) -> Integers:
    """Give the scores of strengths; ``factors`` (0 to 1) are what the assets are worth."""
    return np.floor(FULL * factors * -np.expm1(-strengths / UNIT) + 0.5).astype(np.int64)


def from_scores(scores: Integers) -> Integers:
    """Give strengths of scores; a full one stands for the most that rounds to it."""
    return (-np.log1p(-np.minimum(scores, FULL - 0.5) / FULL) * UNIT).astype(np.int64)


def fade(age_ns: Integers, half_life_days: float) -> Numbers:
    """Give what is left after an age: half after the half-life, 1 for what lies ahead."""
    return np.exp2(-np.maximum(age_ns, 0) / (half_life_days * DAY_NS))


def weigh_ranks(ranks: Integers, values: Integers, ratio: float) -> Integers:
    """Let the first of a falling series count in full, each further one ``ratio`` of the one before."""
    if ratio == 0:
        return np.where(ranks == 0, values, 0)
    return np.floor(values * ratio ** np.minimum(ranks, _DEEPEST)).astype(np.int64)


@dataclass(frozen=True, slots=True)
class Groups:
    """Rows that were taken together by two keys; groups lie in the order of these keys."""

    first: Integers
    """First key of each group."""
    second: Integers
    alone: Integers
    """Strength of each group by itself."""
    strength: Integers
    """What it adds beside stronger groups of the same first key."""
    count: Integers
    start: Integers
    """Where the group's rows begin in ``rows``."""
    rows: Integers
    """Rows by group, the strongest first."""


def group_rows(
    first: Integers, second: Integers, values: Integers, tie: Integers, *, repeat: float, further: float
) -> Groups:
    """Take rows together by both keys; what repeats adds less and less, so that it stays bounded.

    Each further row of a group counts ``repeat`` of the one before it, each further group of a first key ``further``
    of the one before it, the strongest first. Rows without a value are left out; ``tie`` orders equal ones.
    """
    kept = np.flatnonzero(values > 0)
    order = kept[np.lexsort((tie[kept], -values[kept], second[kept], first[kept]))]
    by_first, by_second = first[order], second[order]
    start, count, ranks = _rank(by_first, by_second)
    weighed = weigh_ranks(ranks, values[order], repeat)
    alone = np.add.reduceat(weighed, start) if len(start) else weighed
    holders, rules = by_first[start], by_second[start]
    strongest = np.lexsort((rules, -alone, holders))
    strength = np.empty_like(alone)
    strength[strongest] = weigh_ranks(_rank(holders[strongest])[2], alone[strongest], further)
    return Groups(holders, rules, alone, strength, count, start, order)


def _rank(*keys: Integers) -> tuple[Integers, Integers, Integers]:
    """Give beginnings and lengths of runs of equal keys, and each row's place in its run, from 0."""
    is_new = np.ones(len(keys[0]), bool)
    is_new[1:] = np.any([key[1:] != key[:-1] for key in keys], axis=0)
    start = np.flatnonzero(is_new)
    count = np.diff(start, append=len(is_new))
    return start, count, np.arange(len(is_new)) - np.repeat(start, count)


def add_up(index: Integers, values: Integers, size: int) -> Integers:
    """Sum whole numbers by index, exactly."""
    sums = np.zeros(size, np.int64)
    np.add.at(sums, index, values)
    return sums


def share_out(total: int, strengths: Sequence[int]) -> list[int]:
    """Share a score out by strength, so that the shares are whole hundredths and add up to it exactly.

    The largest remainders are rounded up (Hamilton's method); equal ones in the order given.
    """
    whole = sum(strengths)
    if not whole:
        return [0] * len(strengths)
    shares = [total * strength // whole for strength in strengths]
    remainders = [total * strength % whole for strength in strengths]
    order = sorted(range(len(strengths)), key=lambda place: (-remainders[place], place))
    for place in order[: total - sum(shares)]:
        shares[place] += 1
    return shares


def combine(scores: Integers, ratio: float) -> tuple[int, list[int]]:
    """Combine scores that fall: the worst counts in full, each further one ``ratio`` of the one before.

    Gives the whole, never less than the worst, and the share of each, which add up to it.
    """
    if not len(scores) or not scores[0]:
        return 0, [0] * len(scores)
    strengths = weigh_ranks(np.arange(len(scores)), from_scores(scores), ratio)
    whole = to_scores(np.array([strengths.sum()]))
    total = min(max(int(whole[0]), int(scores[0])), FULL)
    return total, share_out(total, strengths.tolist())
