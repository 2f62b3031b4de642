"""Documents in a lake's ledger; the contract asks whole stores for them."""

from __future__ import annotations

from pathlib import Path

from correlation.documents import DOCUMENTS
from correlation.lake import Lake
from tests.support.lakes import make_lake


def test_a_lake_of_an_earlier_version_has_none(tmp_path: Path) -> None:
    """Its ledger lacks the table: reading finds nothing, the first writing makes it."""
    with make_lake(tmp_path) as lake:
        lake.init()
        with lake._ledger().transaction() as connection:
            DOCUMENTS.drop(connection)
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
