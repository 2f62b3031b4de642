"""How far a copy is: what the audit tells since, what is owed, and what failed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from correlation.mirror_mark import Changed, Mark, count_behind, counting, list_changed, owe, read_mark, settle
from tests.support.ledgers import ACTOR
from wanglou.errors import StoreError
from wanglou.ledger import Ledger
from wanglou.stages import COMPONENTS

PLACE, OTHER = "http://a wanglou", "http://b wanglou"


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    """Give a ledger of all that is mirrored."""
    with Ledger(tmp_path / "ledger.db", COMPONENTS, create=True) as ledger:
        yield ledger


def test_changes_are_told_by_the_audit(ledger: Ledger) -> None:
    """Of alerts, incidents and assets; other changes are none of the copy's."""
    settle(ledger, PLACE, ledger.head().count)
    with ledger.change(ACTOR) as change:
        change.record("alert.triaged", "alert", "alert-1")
        change.record("alert.triaged", "alert", "alert-1")
        change.record("incident.closed", "incident", "incident-1")
        change.record("user.added", "user", "li")
    mark, behind = count_behind(ledger, PLACE)
    assert behind == 3
    with ledger.reading() as connection:
        changed = list_changed(connection, mark.seq or 0)
    assert changed == Changed(frozenset({"alert-1"}), frozenset({"incident-1"}), has_assets=False, rows=3)
    settle(ledger, PLACE, ledger.head().count)
    assert count_behind(ledger, PLACE)[1] == 0


def test_what_is_owed_stays_until_it_is_settled(ledger: Ledger) -> None:
    """Each cluster has its own."""
    assert owe(ledger, PLACE, ["a", "b", "a"]) == {"a", "b"}
    assert owe(ledger, PLACE, ["b", "c"]) == {"a", "b", "c"}
    assert owe(ledger, OTHER, ()) == frozenset()
    settle(ledger, PLACE, 7, ["a", "c"])
    assert owe(ledger, PLACE, ()) == {"b"}


def test_failures_are_counted_until_one_succeeds(ledger: Ledger) -> None:
    """With the reason of the last one; how far the copy is stays known."""
    settle(ledger, PLACE, 7)
    for reason in ("first", "x" * 10_000):
        with pytest.raises(StoreError), counting(ledger, PLACE):
            raise StoreError(reason)
    with ledger.reading() as connection:
        mark = read_mark(connection, PLACE)
        assert read_mark(connection, OTHER) == Mark()
    assert (mark.seq, mark.failures, len(mark.fault)) == (7, 2, 500)
    settle(ledger, PLACE, 9)
    assert count_behind(ledger, PLACE)[0] == Mark(9)
