"""Templates are made of the declared fields."""

from __future__ import annotations

import pytest

from correlation.elastic_mapping import VERSION, is_current, is_newer, make_meta, make_properties, make_templates
from correlation.lake import default_datasets

ALLOWED = {"keyword", "ip", "long", "double", "boolean", "date", "date_nanos", "text"}


@pytest.mark.parametrize("dataset", default_datasets())
def test_every_field_has_a_type(dataset: str) -> None:
    """Each declared field, and nothing but the numbers beside times; what is not declared is refused."""
    declared = default_datasets()[dataset]
    for body in make_templates("wanglou", declared).values():
        mappings = body["template"]["mappings"]
        assert mappings["dynamic"] == "strict"
        names = {field.name for field in declared.fields}
        assert {name for name in mappings["properties"] if name not in names} == {
            f"{field.name}_ns" for field in declared.fields if field.kind == "time"
        }
        assert {one["type"] for one in mappings["properties"].values()} <= ALLOWED
        assert names <= set(mappings["properties"])
        assert len(mappings["properties"]) < body["template"]["settings"]["index"]["mapping.total_fields.limit"]


def test_no_field_is_the_parent_of_another() -> None:
    """A dotted name that is also a value could not be mapped."""
    for dataset in default_datasets().values():
        names = set(make_properties(dataset))
        parents = {".".join(name.split(".")[:count]) for name in names for count in range(1, name.count(".") + 1)}
        assert not names & parents, dataset.name


def test_words_are_looked_for_where_the_language_looks() -> None:
    """Free texts are split into words, and folded; names are folded; nothing else is."""
    properties = make_properties(default_datasets()["alert"])
    assert properties["rule.description"]["type"] == "text"
    assert set(properties["rule.description"]["fields"]) == {"folded", "raw"}
    assert set(properties["rule.name"]["fields"]) == {"folded"}
    assert "fields" not in properties["rule.id"]


def test_the_quarantine_takes_any_time() -> None:
    """Nanoseconds since 1970 cannot be before it; its template wins over that of the days."""
    days, apart = make_templates("p", default_datasets()["modbus"]).values()
    assert days["template"]["mappings"]["properties"]["@timestamp"]["type"] == "date_nanos"
    assert apart["template"]["mappings"]["properties"]["@timestamp"]["type"] == "date"
    assert apart["priority"] > days["priority"]
    assert days["template"]["aliases"] == apart["template"]["aliases"] == {"p-modbus": {}}


def test_another_field_is_another_digest() -> None:
    """So that a check finds indices of an earlier version."""
    one = make_properties(default_datasets()["modbus"])
    assert make_meta(one) == make_meta(dict(one))
    assert make_meta(one) != make_meta({**one, "new": {"type": "long"}})


def test_who_made_a_mapping() -> None:
    """The same fields are current whatever release made them; a later layout or release is newer, rubbish is not."""
    note = make_meta({"a": {"type": "long"}})
    other = {"wanglou": {**note["wanglou"], "release": "0.0.1"}}
    assert is_current(other, note)
    assert not is_newer(other)
    assert is_newer({"wanglou": {"version": VERSION + 1}})
    assert is_newer({"wanglou": {"version": VERSION, "release": "99.1"}})
    for found in (None, {}, {"wanglou": 5}, {"wanglou": {"version": "x", "release": None}}, "text"):
        assert not is_current(found, note)
        assert not is_newer(found)
