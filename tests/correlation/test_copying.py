"""Copying a lake to a real cluster and back."""

from __future__ import annotations

from pathlib import Path

import pytest

from correlation.copying import copy_captures, copy_documents
from correlation.elastic import Elastic
from correlation.store import CaptureRecord, Store
from tests.support.lakes import MODBUS, make_identity, make_lake, make_records, make_table
from tests.support.stores import list_records, take_captures, write


def everything(store: Store) -> dict[str, object]:
    """All that a store tells."""
    return {name: list_records(store, name) for name in store.datasets if name != "rollup"}


@pytest.mark.needs_elasticsearch
def test_there_and_back(elastic: Elastic, tmp_path: Path) -> None:
    """Records, alerts, captures and documents are the same in all three; a second copy finds them there."""
    with make_lake(tmp_path / "one") as lake, make_lake(tmp_path / "two") as back:
        for taken in take_captures()[:3]:
            write(lake, taken)
        with lake.ingest(CaptureRecord(make_identity("e"), "interrupted")) as ingest:
            ingest.append("modbus", make_table(MODBUS, make_records(range(3), make_identity("e"))))
        lake.put_document("asset", "a", {"x": 1})
        counts: list[int] = []
        copied = list(copy_captures(lake, elastic, counts.append))
        assert [one.state for one in copied].count("copied") == 3
        assert [one.state for one in copied].count("incomplete") == 1
        assert sum(counts) == sum(one.rows for one in copied)
        assert {one.state for one in copy_captures(lake, elastic, counts.append)} == {"known", "incomplete"}
        assert (copy_documents(lake, elastic), copy_documents(lake, elastic)) == (1, 0)
        back.init()
        list(copy_captures(elastic, back, counts.append))
        assert copy_documents(elastic, back) == 1
        expected = everything(back)
        assert everything(elastic) == expected
        assert {name: rows for name, rows in everything(lake).items() if name != "modbus"} == {
            name: rows for name, rows in expected.items() if name != "modbus"
        }
        found = back.get_document("asset", "a")
        assert found is not None
        assert found.body == {"x": 1}
        facts = [(one.record, one.rows, one.counters, one.detection_digest) for one in back.captures()]
        kept = [(one.record, one.rows, one.counters, one.detection_digest) for one in elastic.captures()]
        assert facts == kept
