"""Pages of the audit: every change once, the newest first."""

from __future__ import annotations

from pathlib import Path

import pytest

from correlation.audit_list import count_audit, find_change, list_audit, list_choices
from correlation.triage import Triage
from tests.support.desk import ACTOR, open_desk
from wanglou.audit_rows import Asked
from wanglou.errors import UsageError


def test_pages_of_the_audit(tmp_path: Path) -> None:
    """Filtered and gone on from, while more is written."""
    with open_desk(tmp_path) as desk:
        triage = Triage(desk.ledger)
        triage.set_state({f"alert-{one}": "chem" if one % 2 else "mach" for one in range(9)}, ACTOR, state="closed")
        seen: list[str] = []
        cursor = ""
        while True:
            with desk.ledger.reading() as connection:
                page = list_audit(connection, Asked(kind="alert"), limit=4, cursor=cursor)
            seen += [row.subject for row in page.rows]
            cursor = page.next
            if not cursor:
                break
            triage.set_state({f"late-{len(seen)}": ""}, ACTOR, state="closed")
        assert seen == [f"alert-{one}" for one in reversed(range(9))]
        with desk.ledger.reading() as connection:
            own = list_audit(connection, Asked(action="alert.*"), enterprises=frozenset({"chem"}))
            assert {row.enterprise for row in own.rows} == {"chem"}
            assert count_audit(connection, Asked(kind="alert"), enterprises=frozenset({"chem"})) == 4 == len(own.rows)
            assert "alert" in list_choices(connection)["kind"]
            assert list_choices(connection, frozenset({"chem"}))["actor"] == ["user:li"]
            with pytest.raises(UsageError):
                list_audit(connection, Asked(), limit=0)
            newest = list_audit(connection, Asked(), limit=1).rows[0]
            assert find_change(connection, newest.seq) == newest
            assert find_change(connection, own.rows[0].seq, enterprises=frozenset({"steel"})) is None
            assert find_change(connection, 10**9) is None
