"""Records that a hunt finds."""

from __future__ import annotations

from console.views.hunt import draw_bars, find_records, list_columns, read_hunt, tell_record
from parsers.schema import DATASETS
from tests.support.consoles import EVER, Console
from tests.support.hunting import find_newest, visit_of


def test_bars_count_what_is_found(console: Console) -> None:
    """Over all datasets with records, with a query too."""
    for query in ("dataset=modbus", "dataset=dns", "dataset=dns&q=event.outcome:failure"):
        visit = visit_of(console, f"{EVER}&{query}")
        hunt = read_hunt(visit, 100_000)
        assert draw_bars(visit, hunt).total == len(find_records(visit, hunt).records) > 0


def test_every_field_is_a_column_once() -> None:
    """The time first, then the usual ones."""
    for dataset in DATASETS.values():
        names = [one.name for one in list_columns(dataset)]
        assert names[0] == "@timestamp"
        assert sorted(names) == sorted(field.name for field in dataset.fields)


def test_a_record_is_told_with_all_its_fields(console: Console) -> None:
    """In groups, those of its protocol first."""
    record = find_newest(console)[0]
    story = tell_record(visit_of(console), str(record["event.id"]))
    assert {field.name for _, fields in story.groups for field in fields} == set(record)
    assert story.groups[0][0] == "modbus"
