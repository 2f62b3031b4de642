"""Titles that say who did what to whom."""

from __future__ import annotations

from correlation.behaviour import BEHAVIOURS, OTHER, RULES, Headline, find_behaviour, write_titles
from detection.attack import load_catalogue

SCAN, COMMAND, STOP, FLOOD = (
    next(one for one in BEHAVIOURS if one.name == name) for name in ("scan", "command", "stop", "flood")
)


def test_techniques_are_known_and_called_once() -> None:
    """Each technique that is listed exists in version 18 and stands at one behaviour."""
    listed = [technique for one in BEHAVIOURS for technique in one.techniques.split()]
    assert len(listed) == len(set(listed))
    assert set(listed) <= set(load_catalogue().techniques["v18"])
    assert [one.weight for one in BEHAVIOURS] == sorted((one.weight for one in BEHAVIOURS), reverse=True)


def test_what_an_alert_is_called() -> None:
    """The first technique that is listed names it; a rule may be called otherwise."""
    assert find_behaviour("any", ("T9999", "T0855")) is COMMAND
    assert find_behaviour("any", ()) is OTHER
    assert find_behaviour(next(iter(RULES)), ("T0855",)).name == RULES[next(iter(RULES))]


def test_titles() -> None:
    """Up to three behaviours stand in the order they began, the heaviest chosen; many targets are counted."""
    told = Headline(["10.0.0.9"], [], ["10.0.0.1", "10.0.0.2"], [SCAN, COMMAND, SCAN])
    assert write_titles(told) == (
        "10.0.0.9 对 10.0.0.1、10.0.0.2 进行扫描探测、越权控制",
        "10.0.0.9 scanned and sent commands without right to 10.0.0.1 and 10.0.0.2",
    )
    many = Headline(["a", "b", "c"], [], [], [SCAN, FLOOD, COMMAND, STOP])
    assert write_titles(many)[1] == (
        "a and 2 others disturbed the service of, sent commands without right to"
        " and stopped or restarted several targets"
    )


def test_titles_without_an_actor() -> None:
    """A suspect is told as one, nobody as unknown, a fault as a fault."""
    assert write_titles(Headline([], ["10.0.0.9"], ["10.0.0.1"], [FLOOD]))[1].startswith("10.0.0.9 (suspected) dis")
    assert write_titles(Headline([], [], ["10.0.0.1"], [FLOOD]))[0] == "未知来源 对 10.0.0.1 进行拒绝服务"
    fault = Headline([], [], ["10.0.0.1"], [FLOOD], is_fault=True)
    assert write_titles(fault) == ("10.0.0.1 发生故障", "10.0.0.1 failed")
