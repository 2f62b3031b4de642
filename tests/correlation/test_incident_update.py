"""Grouping anew what changed, whatever the order in which files come."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from correlation import incident_update
from correlation.incident_scopes import Scope
from correlation.incident_tables import INCIDENTS
from correlation.incident_update import Declared, Regrouping
from correlation.incidents import Incidents
from correlation.lake import Lake
from correlation.store import CaptureRecord
from correlation.triage_tables import TRIAGE
from tests.support.alerts import READ, WRITE, Alert, make_alert, make_alerts
from tests.support.ledgers import ACTOR
from wanglou.errors import StoreError
from wanglou.ledger import Ledger

FILES = {
    "a": [make_alert(READ, "10.0.0.9", "10.0.0.1", 0), make_alert(WRITE, "10.0.0.9", "10.0.0.1", 600)],
    "b": [make_alert(READ, "10.0.0.9", "10.0.0.2", 700), make_alert(WRITE, "10.0.0.2", "10.0.0.3", 900)],
    "c": [make_alert(READ, "10.0.0.9", "10.0.0.2", 20_000), make_alert(WRITE, "10.0.0.9", "10.0.0.3", 20_100)],
    "d": [make_alert(READ, "10.0.0.9", "10.0.0.2", 20_050), make_alert(WRITE, "10.0.0.7", "10.0.0.3", 20_300)],
    "e": [make_alert(WRITE, "10.0.0.7", "10.0.0.3", 20_400)],
    "f": [],
}
"""Two files of one recording; two that overlap, later, and one beside them; one without alerts."""


def write(lake: Lake, digit: str, alerts: list[Alert]) -> None:
    """Keep a capture of alerts."""
    identity = digit * 64
    with lake.ingest(CaptureRecord(identity, f"{digit}.pcap")) as ingest:
        ingest.commit(make_alerts([{**alert, "wanglou.capture": identity} for alert in alerts]), {}, "digest")


@pytest.fixture
def lake(tmp_path: Path) -> Iterator[Lake]:
    """An empty lake."""
    with Lake(tmp_path / "lake") as opened:
        yield opened


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    """A ledger beside it."""
    with Ledger(tmp_path / "incidents.db", [INCIDENTS, TRIAGE], create=True) as opened:
        yield opened


def tell(incidents: Incidents) -> set[tuple[Any, ...]]:
    """What is kept, but for ids."""
    return {
        (tuple(incidents.members(case.id)), case.incident.captures, case.incident.title_en, case.incident.first_ns)
        for case in incidents.cases()
    }


@settings(max_examples=8)  # each writes a lake and its ledger to the disk
@given(st.permutations(sorted(FILES)), st.sets(st.integers(0, 5)))
def test_files_in_any_order(tmp_path_factory: pytest.TempPathFactory, order: list[str], updates: set[int]) -> None:
    """Updated after any of the files, the incidents at the end are those of a rebuild of all."""
    folder = tmp_path_factory.mktemp("order")
    with (
        Lake(folder / "lake") as lake,
        Ledger(folder / "one.db", [INCIDENTS, TRIAGE], create=True) as one,
        Ledger(folder / "other.db", [INCIDENTS, TRIAGE], create=True) as other,
    ):
        for turn, digit in enumerate(order):
            write(lake, digit, FILES[digit])
            if turn in updates:
                Incidents(one).update(lake, [digit * 64])
        Incidents(one).update(lake)
        Incidents(other).rebuild(lake)
        assert tell(Incidents(one)) == tell(Incidents(other))
        assert sorted(len(told[1]) for told in tell(Incidents(one))) == [1, 1, 1, 1, 2]
        outcome = Incidents(one).rebuild(lake)
        assert (outcome.opened, outcome.changed, outcome.removed) == (0, 0, 0)


def test_two_processes_at_once(lake: Lake, ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    """One that was overtaken looks again, so that nothing is undone."""
    write(lake, "a", FILES["a"])
    update = Regrouping(lake, ledger, (), ACTOR)
    read = update._read

    def overtake(scope: Scope) -> Any:
        monkeypatch.setattr(update, "_read", read)
        write(lake, "b", FILES["b"])
        Incidents(ledger).update(lake)
        return read(scope)

    monkeypatch.setattr(update, "_read", overtake)
    update.run(Declared())
    (told,) = tell(Incidents(ledger))
    assert len(told[0]) == 4


def test_what_is_held_is_bounded(lake: Lake, ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    """Alerts beyond the bound are read again when they are grouped; the incidents are the same."""
    monkeypatch.setattr(incident_update, "HELD_ALERTS", 1)
    for digit, alerts in FILES.items():
        write(lake, digit, alerts)
    assert Incidents(ledger).update(lake).alerts == sum(len(alerts) for alerts in FILES.values())
    assert Incidents(ledger).update(lake).scopes == 0


def test_a_file_that_overlaps_parts_a_recording(lake: Lake, ledger: Ledger) -> None:
    """What was one incident becomes two when a file shows that the files were none, and one again without it."""
    incidents = Incidents(ledger)
    for digit in "ab":
        write(lake, digit, FILES[digit])
    incidents.update(lake)
    whole = tell(incidents)
    write(lake, "c", [make_alert(READ, "10.0.0.5", "10.0.0.6", at) for at in (300, 800)])
    incidents.update(lake)
    assert sorted(len(told[0]) for told in tell(incidents)) == [2, 2, 2]
    lake.delete_capture("c" * 64)
    incidents.update(lake)
    assert tell(incidents) == whole


def test_who_is_overtaken_forever_says_so(lake: Lake, ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    """After some attempts it is an error that names what to do, and nothing was changed."""
    write(lake, "a", FILES["a"])
    turns = iter(range(1_000))
    monkeypatch.setattr(incident_update, "list_digests", lambda _: {"x": str(next(turns))})
    with pytest.raises(StoreError, match="all the time"):
        Regrouping(lake, ledger, (), ACTOR).run(Declared())
    assert Incidents(ledger).cases() == []
