"""What the fuzzer says and what the manifest holds are judged by their numbers."""

from __future__ import annotations

import subprocess
from typing import Any

import pytest
import yaml

from tools.acceptance import protocols
from tools.acceptance.check import ROOT
from tools.acceptance.protocols import ATTACKS, DATASETS, judge_captures, judge_runs, run_captures, run_fuzz


def make_entries(attacks: int) -> list[dict[str, Any]]:
    """One normal capture and some attacks of each protocol, and one of another that does not count."""
    musts = [[], *([["rule"]] * attacks)]
    return [{"dataset": name, "alerts": {"must": must}} for name in (*DATASETS, "modbus") for must in musts]


def end_with(monkeypatch: pytest.MonkeyPatch, code: int, said: str) -> None:
    """Let every program that is run say something and end so."""
    done = subprocess.CompletedProcess(("program",), code, stdout=said)
    monkeypatch.setattr(protocols, "run_command", lambda *_: done)


def test_runs_are_added_up() -> None:
    """The runs of all targets are told; lines of other kinds are not counted."""
    outcome = judge_runs("frame: 1200 runs, coverage 31\nsome remark\nopcua: 34 runs, coverage 7\n")
    assert (outcome.passed, outcome.measured) == (True, "2 targets, 1,234 runs, nothing fell over")


@pytest.mark.parametrize("said", ["", "frame: 5 runs, coverage 1\nmqtt: 0 runs, coverage 0\n"])
def test_a_target_that_never_ran_is_no_pass(said: str) -> None:
    """Nothing fell over only where something ran."""
    assert not judge_runs(said).passed


def test_a_fall_is_a_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    """A fuzzer that ended with an error fails the check with its last line."""
    end_with(monkeypatch, 1, "frame: 5 runs, coverage 1\nAssertionError: so it goes\n")
    outcome = run_fuzz()
    assert (outcome.passed, outcome.measured) == (False, "AssertionError: so it goes")


def test_captures_are_counted_by_protocol() -> None:
    """Each protocol needs a normal capture and six attacks."""
    assert judge_captures(make_entries(ATTACKS)).passed
    assert not judge_captures(make_entries(ATTACKS - 1)).passed
    assert not judge_captures([entry for entry in make_entries(9) if entry["alerts"]["must"]]).passed


def test_the_bundled_captures_are_enough() -> None:
    """The manifest of this tree passes."""
    entries = yaml.safe_load((ROOT / "pcaps" / "manifest.yaml").read_text(encoding="utf-8"))["captures"]
    outcome = judge_captures(entries)
    assert outcome.passed, outcome.measured


@pytest.mark.parametrize(("code", "passed"), [(0, True), (1, False)])
def test_captures_are_verified(monkeypatch: pytest.MonkeyPatch, code: int, *, passed: bool) -> None:
    """Enough captures are not enough: what is found in them must be what the manifest says."""
    end_with(monkeypatch, code, "all of it said\n")
    outcome = run_captures()
    assert outcome.passed is passed
    assert outcome.measured.endswith("; all of it said")
