"""The tables of the read copy as a ledger of the version before has them afterwards."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import sqlalchemy as sa

from correlation.mirror_tables import MARKS, MIRROR, MIRRORED
from wanglou.ledger import Ledger


def test_a_ledger_of_version_1_keeps_what_was_sent(tmp_path: Path) -> None:
    """And gets the tables of how far the copy is, which then is not known."""
    first = replace(MIRROR, version=1, metadata=sa.MetaData())
    MIRRORED.to_metadata(first.metadata)
    with Ledger(tmp_path / "ledger.db", [first], create=True) as ledger, ledger.transaction() as connection:
        values = {"place": "p", "kind": "alert", "id": "a", "scope": "", "triage": 0, "digest": "d"}
        connection.execute(sa.insert(MIRRORED).values(values))
    with Ledger(tmp_path / "ledger.db", [MIRROR]) as ledger, ledger.reading() as connection:
        assert connection.execute(sa.select(MIRRORED.c.id)).all() == [("a",)]
        assert connection.execute(sa.select(MARKS)).all() == []
