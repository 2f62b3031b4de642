"""What the ledger keeps about the grouping."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from pathlib import Path

import sqlalchemy as sa

from correlation.decision import Decision, Part
from correlation.incident_ledger import (
    Mark,
    add_decisions,
    list_decisions,
    list_digests,
    list_marks,
    pieces_of,
    save_digests,
    save_marks,
)
from correlation.incident_tables import DECISIONS, INCIDENTS
from tests.support.ledgers import ACTOR
from wanglou.ledger import Ledger

MARK = Mark("park", "", "digest", "a" * 64, 5, 9)


def test_marks_and_digests_are_replaced(place: Path | str) -> None:
    """What is saved is read again, in the place of what was; what is gone is forgotten."""
    with Ledger(place, [INCIDENTS], create=True) as ledger, ledger.transaction() as connection:
        save_marks(connection, {"a": MARK, "b": Mark()})
        save_marks(connection, {"a": replace(MARK, scope="x")}, ["b"])
        assert list_marks(connection) == {"a": replace(MARK, scope="x")}
        save_digests(connection, {"x": "1", "y": "2"})
        save_digests(connection, {"x": "3"}, ["y"])
        assert list_digests(connection) == {"x": "3"}


def test_decisions_keep_their_order(place: Path | str) -> None:
    """They are numbered on; one of an earlier version tells its capture by its scope."""
    merge = Decision("merge", ("1",), ("2",), captures=("a" * 64, "b" * 64))
    split = Decision("split", ("1",), (), Part(("3",), rule="r"), ("c" * 64,))
    old = asdict(merge)
    del old["captures"]
    with Ledger(place, [INCIDENTS], create=True) as ledger:
        with ledger.change(ACTOR) as change:
            values = {"seq": 1, "enterprise": "chem", "site": "", "scope": "d" * 64, "body": json.dumps(old)}
            change.connection.execute(sa.insert(DECISIONS).values(values))
            add_decisions(change, [merge, split], "chem", "park", "a" * 64)
        with ledger.reading() as connection:
            kept = list_decisions(connection)
    assert [one.seq for one in kept] == [1, 2, 3]
    assert [one.decision for one in kept] == [replace(merge, captures=("d" * 64,)), merge, split]


def test_statements_stay_small() -> None:
    """Values come in lists of at most so many."""
    assert list(pieces_of("abcde", 2)) == [["a", "b"], ["c", "d"], ["e"]]
