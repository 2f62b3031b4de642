"""Facts about ``detection.columns``."""

from __future__ import annotations

from detection.columns import SITE_FIELDS, fields_of, inputs_of, is_list, is_number, is_site_field, is_text
from parsers.schema import DATASETS


def test_rules_read_kept_and_derived_columns() -> None:
    """A dataset's fields are its kept columns and what the site file adds; ``event.id`` is neither."""
    fields = fields_of("modbus")

    assert set(DATASETS["modbus"].arrow.names) <= set(fields)
    assert {field.name for field in SITE_FIELDS} <= set(fields)
    assert "event.id" not in fields


def test_safety_is_for_modbus_only() -> None:
    """A flow has no registers, so it has no safety column; an unknown dataset has no fields."""
    assert "wanglou.site.safety" not in fields_of("flow")
    assert "wanglou.site.master_allowed" in fields_of("flow")
    assert fields_of("nonsense") == {}


def test_inputs_of_derived_columns_exist() -> None:
    """A derived column is made of columns the dataset has; a plain one of itself."""
    for dataset in DATASETS:
        kept = set(DATASETS[dataset].arrow.names)
        assert all(set(inputs_of(dataset, field.name)) <= kept for field in SITE_FIELDS)
    assert inputs_of("modbus", "source.ip") == ("source.ip",)
    assert "modbus.unit_id" not in inputs_of("flow", "wanglou.site.master_allowed")


def test_kinds() -> None:
    """Text, numbers and lists are told apart."""
    fields = fields_of("modbus")
    names = ("source.ip", "modbus.unit_id", "modbus.request.values", "modbus.device_id.object_values", "@timestamp")

    kinds = [(is_text(fields[name]), is_number(fields[name]), is_list(fields[name])) for name in names]

    assert kinds == [
        (True, False, False), (False, True, False), (False, True, True), (True, False, True), (False, False, False),
    ]  # fmt: skip
    assert (is_site_field("wanglou.site.safety"), is_site_field("source.ip")) == (True, False)
