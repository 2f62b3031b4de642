"""How a lake answers; the contract asks whole stores."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from correlation.lake import Lake
from correlation.manifest import Wanted
from correlation.pruning import FileFacts
from correlation.survey import Surveyor
from tests.support.lakes import HOUR_NS, fill, make_identity, make_lake, make_records

FIRST, SECOND = make_identity("a"), make_identity("b", "north")


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    """A lake of two captures."""
    lake = make_lake(tmp_path)
    for identity in (FIRST, SECOND):
        fill(lake, make_records(range(5), identity, HOUR_NS), identity)
    return lake


def test_an_id_names_its_capture(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    """Only the files of that capture are looked at, whether its record is got or searched for."""
    asked: list[Wanted] = []

    def note(surveyor: Surveyor, connection: sa.Connection, wanted: Wanted, *rest: Any) -> list[FileFacts]:
        asked.append(wanted)
        return survey(surveyor, connection, wanted, *rest)

    survey = Surveyor.survey
    monkeypatch.setattr(Surveyor, "survey", note)
    with lake:
        record = next(iter(lake.search("modbus", f"wanglou.capture:{SECOND}", limit=1))).to_pylist()[0]
        assert asked[-1].captures is None
        found = lake.get(record["event.id"])
        assert found is not None
        assert asked[-1].captures == [SECOND]
        (batch,) = lake.search("modbus", f"event.id:{record['event.id']}")
        assert batch.num_rows == 1
        assert asked[-1].captures == [SECOND]
