"""Facts about ``detection.block``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from detection.block import parse_span
from tests.support.rules import block, faults, load, rule

TEXTS = {"title": "t", "sentence": "s", "advice": "a"}


def test_times() -> None:
    """A number and one of s, m, h, d; nothing else."""
    assert [parse_span(text) for text in ("90s", "10m", "6h", "2d")] == [
        seconds * 1_000_000_000 for seconds in (90, 600, 21_600, 172_800)
    ]
    assert [parse_span(text) for text in ("", "0s", "5", "5w", "1.5h", "-1s", "9999999s")] == [None] * 7


def test_defaults(tmp_path: Path) -> None:
    """Without entities and window, alerts fold by client and server for ten minutes."""
    facts = load(tmp_path, rule(wanglou=block(window=None))).rules[0].facts

    assert facts is not None
    assert (facts.entities, facts.window_ns) == (("source.ip", "destination.ip"), 600_000_000_000)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"severity": 101}, "'severity' must be a whole number from 0 to 100"),
        ({"severity": None}, "'severity' is missing"),
        ({"version": 0}, "'version' must be a whole number from 1"),
        ({"attack": None}, "'attack' is missing"),
        ({"attack": {"v18": ["T0855"]}}, "'v19' is missing"),
        ({"attack": {"v18": ["T0885x"], "v19": ["T1692.001"]}}, "has no technique 'T0885x'; did you mean"),
        ({"attack": {"v18": ["T0855"], "v19": ["T0855"]}}, "ATT&CK for ICS v19 has no technique 'T0855'"),
        ({"event_class": {"class": "网络攻击", "subclass": "其他"}}, "has no class '网络攻击'"),
        ({"event_class": {"class": "网络攻击事件", "subclass": "别的"}}, "has no subclass '别的'"),
        ({"event_class": {"class": "网络攻击事件"}}, "'subclass' is missing"),
        ({"entities": ["source.ipp"]}, "unknown field 'source.ipp'; did you mean 'source.ip'"),
        ({"window": "10 minutes"}, "'window' must be a time"),
        ({"zh": None}, "'zh' is missing"),
        ({"en": {"title": "t", "sentence": "s"}}, "'advice' is missing"),
        ({"en": {**TEXTS, "sentence": "{source.ipp}"}}, "unknown field {source.ipp}; did you mean 'source.ip'"),
        ({"en": {**TEXTS, "summary": "x"}}, "unknown key 'summary'"),
        ({"fires": None}, "'fires' is missing"),
        ({"silent": []}, "'silent' holds no record"),
        ({"fires": [{"modbus.unit": 1}]}, "unknown field 'modbus.unit'; did you mean 'modbus.unit_id'"),
        ({"fires": [{"modbus.unit_id": 300}]}, "300 does not fit modbus.unit_id"),
        ({"fires": ["x"]}, "a record is a mapping"),
        ({"owner": "x"}, "unknown key 'owner'"),
    ],
)
def test_faults(tmp_path: Path, changes: dict[str, Any], message: str) -> None:
    """Every part of the block is checked, and what is wrong is named."""
    told = faults(tmp_path, rule(wanglou=block(**changes)))

    assert len(told) == 1, told
    assert message in told[0]


def test_a_class_without_subclasses_needs_none(tmp_path: Path) -> None:
    """The last class of the standard has no subclasses."""
    assert faults(tmp_path, rule(wanglou=block(event_class={"class": "其他事件"}))) == []


def test_the_block_is_required(tmp_path: Path) -> None:
    """A rule of its own file cannot do without the block."""
    assert [told.split(":")[0] for told in faults(tmp_path, rule(wanglou=None))] == ["'wanglou' is missing"]
