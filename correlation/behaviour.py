"""Titles: who did what to whom, in verbs for what the alerts' rules saw (``verbs.py``)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from correlation.verbs import BEHAVIOURS, IMPLIED, OTHER, Behaviour

FAILED = "设备设施故障事件"
"""Class of GB/T 20986-2023 of what is a fault and no act."""

_BY_RULE: Mapping[str, Behaviour] = {rule: one for one in BEHAVIOURS for rule in one.rules.split()}
_BY_TECHNIQUE: Mapping[str, Behaviour] = {technique: one for one in BEHAVIOURS for technique in one.techniques.split()}
NAMED = 3
"""Behaviours that a title names."""


def find_behaviour(rule: str, techniques: Sequence[str]) -> Behaviour:
    """Call what an alert tells of by its rule; of one that is not listed by its first technique that is."""
    if rule in _BY_RULE:
        return _BY_RULE[rule]
    return next((_BY_TECHNIQUE[one] for one in techniques if one in _BY_TECHNIQUE), OTHER)


@dataclass(frozen=True, slots=True)
class Headline:
    """Who did what to whom."""

    actors: Sequence[str]
    """Addresses, the most active first; empty where nobody is sure."""
    suspects: Sequence[str]
    """Addresses that may have acted, where no actor is sure."""
    targets: Sequence[str]
    """Addresses or names, the worst hit first."""
    behaviours: Sequence[Behaviour]
    """In the order they began."""
    is_fault: bool = False
    """True for a failure that nobody caused as far as is known."""


def write_titles(headline: Headline) -> tuple[str, str]:
    """Write the title in Chinese and English."""
    named = _choose(tuple(headline.behaviours))
    zh, en = "、".join(one.zh for one in named), _join([one.en for one in named])
    if headline.is_fault:
        whom = _name(headline.targets, "设备", "a device")
        return f"{whom[0]} 发生故障", f"{whom[1]} failed"
    if named[0].is_effect:
        whom = _name(headline.targets, "设备", "a device")
        suspects = _name([*headline.actors, *headline.suspects], "", "")
        told = (f" (疑与 {suspects[0]} 有关)", f" ({suspects[1]} suspected)") if suspects[0] else ("", "")
        return f"{whom[0]} {zh}{told[0]}", f"{whom[1]} {en}{told[1]}"
    who = _name(headline.actors, "", "") if headline.actors else _suspect(headline.suspects)
    whom = _name(headline.targets, "多个目标", "several targets")
    return f"{who[0]} 对 {whom[0]} 进行{zh}", f"{who[1]} {en} {whom[1]}"


@lru_cache(maxsize=4096)
def _choose(behaviours: tuple[Behaviour, ...]) -> list[Behaviour]:
    """Choose what a title names, in the order given: acts before effects, the heaviest of them."""
    told = [one for one in dict.fromkeys(behaviours) if not IMPLIED.get(one, frozenset()) & {*behaviours}]
    acts = [one for one in told if not one.is_effect] or told
    strongest = sorted(acts, key=lambda one: -one.weight)[:NAMED]
    return [one for one in acts if one in strongest]


def _join(verbs: Sequence[str]) -> str:
    return f"{', '.join(verbs[:-1])} and {verbs[-1]}" if len(verbs) > 1 else verbs[0]


def _suspect(suspects: Sequence[str]) -> tuple[str, str]:
    if not suspects:
        return "未知来源", "an unknown source"
    zh, en = _name(suspects, "", "")
    return f"疑似 {zh}", f"{en} (suspected)"


def _name(names: Sequence[str], nobody_zh: str, nobody_en: str) -> tuple[str, str]:
    """Name up to two, and how many there are in all."""
    if not names:
        return nobody_zh, nobody_en
    if len(names) <= 2:
        return "、".join(names), " and ".join(names)
    return f"{names[0]} 等 {len(names)} 个地址", f"{names[0]} and {len(names) - 1} others"
