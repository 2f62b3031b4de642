"""Documents in a lake's ledger; the contract asks whole stores for them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from correlation.lake import Lake
from correlation.manifest import LAKE
from correlation.opening import LEDGER
from tests.support.lakes import make_lake
from tests.support.ledgers import list_audit
from wanglou.errors import ConflictError
from wanglou.ledger import Ledger


def test_a_lake_of_an_earlier_version_has_none(tmp_path: Path) -> None:
    """Its ledger lacks the table, which the first opening makes."""
    Ledger(tmp_path / LEDGER, [LAKE], create=True).close()
    with make_lake(tmp_path) as lake:
        assert lake.get_document("asset", "a") is None
        assert list(lake.list_documents("asset")) == []
        assert not lake.delete_document("asset", "a")
        assert lake.put_document("asset", "a", {}).version == "1"


def test_no_lake_has_no_documents(tmp_path: Path) -> None:
    """Reading makes no folder."""
    lake = Lake(tmp_path / "none")
    assert lake.get_document("asset", "a") is None
    assert list(lake.list_documents("asset")) == []
    assert not lake.delete_document("asset", "a")
    assert not (tmp_path / "none").exists()


def test_documents_outlive_the_process(tmp_path: Path) -> None:
    """What one opening wrote the next one reads."""
    with make_lake(tmp_path) as lake:
        made = lake.put_document("asset", "a", {"x": [1, None, "写"]})
    with make_lake(tmp_path) as lake:
        assert lake.get_document("asset", "a") == made


def test_changes_of_documents_are_audited(tmp_path: Path) -> None:
    """Each row tells the versions and what differs of the body; what is refused leaves none."""
    with make_lake(tmp_path) as lake:
        first = lake.put_document("asset", "a", {"x": 1, "y": 1})
        lake.put_document("asset", "a", {"x": 1, "y": 2, "z": "\0\ud800"}, first.version)
        with pytest.raises(ConflictError):
            lake.delete_document("asset", "a", first.version)
        assert lake.delete_document("asset", "a")
        rows = [row for row in list_audit(lake._ledger()) if row.kind == "asset"]
        assert [(row.action, row.subject) for row in rows] == [
            ("asset.created", "a"),
            ("asset.changed", "a"),
            ("asset.deleted", "a"),
        ]
        assert (rows[0].before, rows[2].after) == (None, None)
        assert json.loads(rows[1].before or "") == {"version": 1, "body": {"y": 1}}
        assert json.loads(rows[1].after or "")["body"]["y"] == 2
        assert lake._ledger().verify().findings == []
