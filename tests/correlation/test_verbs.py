"""Verbs for what rules saw."""

from __future__ import annotations

from collections import Counter

from correlation.verbs import BEHAVIOURS, IMPLIED, OTHER
from detection.attack import load_catalogue
from tests.support.requirements import ROOT


def list_rules() -> set[str]:
    """Names of the shipped rules that raise alerts."""
    rules = set()
    for path in sorted((ROOT / "detection" / "rules").glob("*/*.yml")):
        rules.add(path.stem)
    return rules


def test_every_shipped_rule_has_its_verb() -> None:
    """Exactly one, so that no title says by a technique what the rule did not see."""
    listed = Counter(rule for one in BEHAVIOURS for rule in one.rules.split())
    assert max(listed.values()) == 1
    assert set(listed) == list_rules()


def test_techniques_are_known_and_called_once() -> None:
    """Each technique that is listed exists in version 18 and stands at one behaviour."""
    listed = [technique for one in BEHAVIOURS for technique in one.techniques.split()]
    assert len(listed) == len(set(listed))
    assert set(listed) <= set(load_catalogue().techniques["v18"])


def test_verbs_are_told_apart() -> None:
    """Sorted by weight; no two say the same in either language; what is implied is listed and implies nothing back."""
    assert [one.weight for one in BEHAVIOURS] == sorted((one.weight for one in BEHAVIOURS), reverse=True)
    everything = (*BEHAVIOURS, OTHER)
    assert len({one.zh for one in everything}) == len({one.en for one in everything}) == len(everything)
    for one, others in IMPLIED.items():
        assert {one, *others} <= {*BEHAVIOURS}
        assert all(one not in IMPLIED.get(other, ()) for other in others)
