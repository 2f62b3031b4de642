"""The file of weights."""

from __future__ import annotations

from pathlib import Path

import pytest

from correlation.risk_weights import SHIPPED, load_weights, parse_weights
from wanglou.errors import FaultsError

TEXT = SHIPPED.read_text(encoding="utf-8")


def test_shipped_weights_are_said_to_be_a_proposal() -> None:
    """No section claims an official source, and each says where it comes from."""
    weights = load_weights()
    assert weights.status == "demo"
    assert all(origin.source for origin in weights.origins.values())
    assert len(weights.origins) == 6


@pytest.mark.parametrize(
    ("old", "new", "told", "at"),
    [
        ("internet: 35", "internet: 96", "'internet' must be a number from 0 to 95, not 96", "internet: 96"),
        ("    other_zone: 8", "    other_zon: 8", "unknown key 'other_zon'; did you mean 'other_zone'?", "other_zon:"),
        ("  repeat: 0.25", "  repeat: 1", "'repeat' must be a number from 0 to 0.9, not 1", "repeat: 1"),
        ("half_life_days: 14", "half_life_days: soon", "'half_life_days' must be a number from 0.01 to 100000", "soon"),
        ("closed: 0,", "closed: 0.9,", "the figures must fall from first to last", "states:"),
        ("5: 1}", "5: 0.1}", "the figures must rise from first to last", "factors:"),
        ("status: demo", "status: maybe", "'status' must be one of official, local, demo, not 'maybe'", "maybe"),
        ("21, 23", "0, 23", "0 is no port", "remote_ports"),
        ("high: 24, ", "", "'high' is missing", "hours:"),
        ("unknown: 3", "unknown: 6", "'unknown' must be a whole number from 1 to 5, not 6", "unknown: 6"),
        ("park: 0.5", "park: .nan", "'park' must be a number from 0 to 0.9, not nan", "park: .nan"),
        ("id: wanglou-demo\n", "", "'id' is missing", ""),
        ("version: 1", "version: 1\nversion: 2", "duplicate key 'version'", "version: 2"),
    ],
)
def test_faults_are_told_with_their_line(old: str, new: str, told: str, at: str) -> None:
    """Each fault names the file, the line, and what is wrong."""
    assert old in TEXT
    with pytest.raises(FaultsError) as caught:
        parse_weights(TEXT.replace(old, new, 1), Path("w.yaml"))
    fault = next(fault for fault in caught.value.faults if told in fault.message)
    lines = TEXT.replace(old, new, 1).splitlines()
    assert fault.line
    assert at in lines[fault.line - 1]


def test_all_faults_are_told_at_once() -> None:
    """Two faults in two sections are two lines."""
    with pytest.raises(FaultsError) as caught:
        parse_weights(TEXT.replace("internet: 35", "internet: x").replace("park: 0.5", "park: 2"), Path("w.yaml"))
    assert len(caught.value.faults) == 2


@pytest.mark.parametrize("text", ["", "[]", "1", "exposure: 3\nthreat: []"])
def test_other_files_are_no_weights(text: str) -> None:
    """What is no mapping of sections is refused."""
    with pytest.raises(FaultsError):
        parse_weights(text, Path("w.yaml"))


def test_status_is_that_of_the_weakest_section() -> None:
    """One section of the program's own makes the whole a proposal; decided by the park, it is local."""
    local = TEXT.replace("status: demo", "status: local")
    assert parse_weights(local, Path("w")).status == "local"
    assert parse_weights(local.replace("status: local", "status: demo", 1), Path("w")).status == "demo"
    assert parse_weights(local.replace("status: local", "status: official"), Path("w")).status == "official"


def test_the_digest_follows_the_text() -> None:
    """Other figures have another digest."""
    assert load_weights().digest != parse_weights(TEXT.replace("35", "34"), Path("w")).digest
