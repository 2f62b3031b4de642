"""The fields rules may read: the columns of a dataset and those derived from the site file."""

from __future__ import annotations

from functools import cache

from parsers.schema import DATASETS, LISTS, Field

SITE_FIELDS = (
    Field("wanglou.site.master_allowed", "boolean", "The client is an allowed master of this unit of the server."),
    Field("wanglou.site.safety", "boolean", "The request touches a register or coil of a safety range."),
    Field("wanglou.site.source.zone", "keyword", "Zone of the client."),
    Field("wanglou.site.destination.zone", "keyword", "Zone of the server."),
    Field("wanglou.site.source.level", "double", "Purdue level of the client's zone."),
    Field("wanglou.site.destination.level", "double", "Purdue level of the server's zone."),
    Field("wanglou.site.source.known", "boolean", "The client's address is in a zone of the site file."),
    Field("wanglou.site.destination.known", "boolean", "The server's address is in a zone of the site file."),
)
"""Columns derived from the site file; null without one, and where it does not say."""

_INPUTS: dict[str, tuple[str, ...]] = {
    "wanglou.site.master_allowed": ("organization.id", "source.ip", "destination.ip", "modbus.unit_id"),
    "wanglou.site.safety": (
        "organization.id",
        "destination.ip",
        "modbus.unit_id",
        "modbus.function.code",
        "modbus.request.address",
        "modbus.request.end_address",
        "modbus.request.quantity",
        "modbus.request.write.address",
        "modbus.request.write.quantity",
    ),
    "wanglou.site.source.zone": ("organization.id", "source.ip"),
    "wanglou.site.destination.zone": ("organization.id", "destination.ip"),
    "wanglou.site.source.level": ("organization.id", "source.ip"),
    "wanglou.site.destination.level": ("organization.id", "destination.ip"),
    "wanglou.site.source.known": ("organization.id", "source.ip"),
    "wanglou.site.destination.known": ("organization.id", "destination.ip"),
}


@cache
def fields_of(dataset: str) -> dict[str, Field]:
    """Every field a rule on the dataset may read, by name; empty for an unknown dataset."""
    if dataset not in DATASETS:
        return {}
    fields = {field.name: field for field in DATASETS[dataset].fields if not field.derived}
    if "modbus.function.code" in fields:
        return fields | {field.name: field for field in SITE_FIELDS}
    return fields | {field.name: field for field in SITE_FIELDS if field.name != "wanglou.site.safety"}


def inputs_of(dataset: str, name: str) -> tuple[str, ...]:
    """Columns of the dataset a field is made of: itself, or what a derived one needs."""
    fields = fields_of(dataset)
    return tuple(column for column in _INPUTS.get(name, (name,)) if column in fields)


def is_site_field(name: str) -> bool:
    """True for a column derived from the site file."""
    return name in _INPUTS


def is_text(field: Field) -> bool:
    """True when the field's values, or those of its list, are text."""
    return field.kind in ("keyword", "ip", "text", "keywords")


def is_list(field: Field) -> bool:
    """True when a record may hold several values of the field."""
    return field.kind in LISTS


def is_number(field: Field) -> bool:
    """True when the field's values, or those of its list, are numbers that can be compared."""
    return field.kind in ("long", "double", "u8", "u16", "u32", "longs", "doubles", "duration")
