"""Bringing indices of an earlier version to this one, on a real server."""

from __future__ import annotations

from dataclasses import replace

import pytest

from correlation.elastic import Elastic
from correlation.elastic_mapping import alias_of
from correlation.store import CaptureRecord
from parsers.schema import Dataset, Field
from tests.support.lakes import MODBUS, NO_ALERTS, Record, make_identity, make_records, make_table
from tests.support.stores import list_records
from wanglou.errors import StoreError

RECORDS = make_records(range(40))


def fill(store: Elastic) -> list[Record]:
    """Write some records; gives what a search finds."""
    with store.ingest(CaptureRecord(make_identity("a"), "a")) as ingest:
        ingest.append("modbus", make_table(MODBUS, RECORDS))
        ingest.commit(NO_ALERTS, {}, "")
    return list_records(store, "modbus")


def change(store: Elastic, fields: tuple[Field, ...]) -> None:
    """Let the program of another version open the store."""
    changed = Dataset("modbus", "", fields)
    datasets = {**store.datasets, "modbus": changed}
    store._cluster.datasets = datasets
    store._setup._ready = False


def test_new_fields_are_added_in_place(elastic: Elastic) -> None:
    """The same index, the same records, and a field more."""
    fill(elastic)
    change(elastic, (*MODBUS.fields, Field("modbus.new", "keyword", "")))
    assert [how for _, how in elastic.migrate()] == ["extended"]
    assert list(elastic.migrate()) == []
    assert elastic.count("modbus", "NOT _exists_:modbus.new") == 40


def test_a_field_of_another_type_is_written_anew(elastic: Elastic) -> None:
    """Numbers that became words: every record is there, once, and found by its new type, behind the same alias."""
    fill(elastic)
    field = MODBUS.field("modbus.unit_id")
    assert field is not None
    fields = tuple(replace(one, kind="keyword") if one == field else one for one in MODBUS.fields)
    change(elastic, fields)
    assert [how for _, how in elastic.migrate()] == ["rewritten"]
    assert list(elastic.migrate()) == []
    assert elastic.count("modbus") == 40
    assert elastic.count("modbus", "modbus.unit_id:3*") == 8
    alias = alias_of(elastic.address.prefix, "modbus")
    assert elastic._client.count(index=alias)["count"] == 40
    assert not list(elastic._client.indices.get(index="moving.*", features="aliases"))
    fill_again = CaptureRecord(make_identity("b"), "b")
    with elastic.ingest(fill_again) as ingest:
        ingest.commit(NO_ALERTS, {}, "")


def test_an_interrupted_move_goes_on(elastic: Elastic, monkeypatch: pytest.MonkeyPatch) -> None:
    """Killed after the old index went, the next run puts the new one in its place."""
    before = fill(elastic)
    field = MODBUS.field("event.duration")
    assert field is not None
    change(elastic, tuple(replace(one, kind="keyword") if one == field else one for one in MODBUS.fields))
    with monkeypatch.context() as context:
        context.setattr("correlation.elastic_migrate._take_place", _die)
        with pytest.raises(KeyboardInterrupt):
            list(elastic.migrate())
    assert elastic.count("modbus") == 0
    assert [how for _, how in elastic.migrate()] == ["rewritten"]
    assert len(list_records(elastic, "modbus")) == len(before)


def _die(*_: object) -> None:
    raise KeyboardInterrupt


def test_records_that_do_not_fit_stop_the_move(elastic: Elastic) -> None:
    """The old index stays as it was, the reasons are in the dead letters."""
    before = fill(elastic)
    field = MODBUS.field("event.action")
    assert field is not None
    fields = tuple(replace(one, kind="long") if one == field else one for one in MODBUS.fields)
    change(elastic, fields)
    with pytest.raises(StoreError, match="40 records do not fit"):
        list(elastic.migrate())
    change(elastic, MODBUS.fields)
    elastic.init()
    assert list_records(elastic, "modbus") == before
    assert "event.action" in next(elastic._cluster.letters.read()).reason
    for name in elastic._client.indices.get(index="moving.*", features="aliases"):
        elastic._client.indices.delete(index=name)
