"""Values of records, each with the query that asks for it."""

from __future__ import annotations

from console.views.field_value import MOST_TERM, tell_field
from parsers.schema import DATASETS, Field
from tests.support.consoles import Console
from tests.support.hunting import find_newest, visit_of


def test_each_value_finds_its_record(console: Console) -> None:
    """Whatever its kind: the query of a value's menu has the record among what it finds."""
    visit = visit_of(console)
    for name in ("modbus", "opcua", "mqtt", "dns", "handle", "flow"):
        record, dataset = find_newest(console, name)[0], DATASETS[name]
        asked = [item for field in dataset.fields for item in tell_field(visit, field, record[field.name]).items]
        assert len(asked) > 20
        for item in asked:
            assert visit.store.count(name, f'{item.filter} AND event.id:"{record["event.id"]}"') == 1, item


def test_long_values_are_cut() -> None:
    """They are shown in part and cannot be asked for."""
    item = tell_field(None, Field("a", "keyword", ""), "x" * 1000).items[0]  # type: ignore[arg-type] # not looked at
    assert len(item.text) < 600
    assert len(item.raw) > MOST_TERM
    assert item.filter == ""
