"""A sighting: one fact about one device, as a row of a table tells it; and which addresses are devices."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import ip_address
from typing import Any, Literal, NamedTuple

from parsers.asset_novelty import Aspect
from parsers.asset_view import Codes, View

Basis = Literal["stated", "reported", "seen"]
End = Literal["source", "destination"]

ENDS: dict[str, End] = {"client": "source", "server": "destination"}
"""End of the conversation of each side."""

MOST_ROWS = 20_000
"""Distinct rows of a table in a batch that are looked at for a kind of fact."""


class Sighting(NamedTuple):
    """What a row says of a device."""

    row: int
    field: str
    value: str
    ip: str = ""
    mac: str = ""
    part: str = ""
    basis: Basis = "stated"
    port: int = -1
    protocol: str = ""


@dataclass(frozen=True, slots=True)
class Fact:
    """A column whose values are facts about an end of the conversation."""

    field: str
    column: str
    end: End
    basis: Basis = "stated"
    local: bool = False
    """True where addresses of the Internet are passed over: whom one visits there is no asset."""


def observe_columns(view: View, facts: Sequence[Fact]) -> Iterator[Sighting]:
    """Sightings of the facts that are plain columns: each distinct combination with both ends once an hour."""
    facts = [fact for fact in facts if view.has(fact.column)]
    if not facts:
        return
    rows = _choose_rows(view, facts)
    ends = {end: read_end(view, end, rows) for end in ("source", "destination")}
    for fact in facts:
        for row, ip, value in zip(rows.tolist(), ends[fact.end], view.read(fact.column, rows), strict=True):
            if ip and value and (not fact.local or is_local(ip)):
                yield Sighting(row, fact.field, format_value(value), ip, basis=fact.basis)


def _choose_rows(view: View, facts: Sequence[Fact]) -> Codes:
    """First rows of each distinct combination of the facts and both ends."""
    columns = [column for column in dict.fromkeys(fact.column for fact in facts) if view.has(column)]
    return view.distinct(["source.ip", "destination.ip", *columns], view.rows_with(*columns))


def describe_columns(facts: Sequence[Fact]) -> Aspect:
    """What ``observe_columns`` reads."""
    columns = tuple(dict.fromkeys(fact.column for fact in facts))
    ends = (*list_end("source"), *list_end("destination")[1:])
    return Aspect((*ends, *columns), lambda view: _choose_rows(view, facts), columns)


def observe_lists(view: View, facts: Sequence[Fact]) -> Iterator[Sighting]:
    """Sightings of the facts that are columns of lists, one for each element."""
    columns = [fact.column for fact in facts if view.has(fact.column)]
    rows = view.distinct(["source.ip", "destination.ip", *columns], view.rows_with(*columns))[:MOST_ROWS]
    for fact in facts if len(rows) else ():
        ips = read_end(view, fact.end, rows)
        for row, ip, values in zip(rows.tolist(), ips, view.read(fact.column, rows), strict=True):
            if ip and values and (not fact.local or is_local(ip)):
                yield from (Sighting(row, fact.field, str(value), ip, basis=fact.basis) for value in values if value)


def read_end(view: View, end: End, rows: Codes) -> list[str]:
    """Address of an end of each row, empty where that is no device."""
    ips, macs = view.read(f"{end}.ip", rows), view.read(f"{end}.mac", rows)
    others = {ip for ip in {*ips} if ip and not is_device(ip)}
    groups = {mac for mac in {*macs} if mac and _is_group(mac)}
    return [ip if ip and ip not in others and mac not in groups else "" for ip, mac in zip(ips, macs, strict=True)]


def list_end(end: End) -> tuple[str, str, str]:
    """Columns that tell an end of the conversation from others."""
    return "organization.id", f"{end}.ip", f"{end}.mac"


def format_value(value: Any) -> str:
    """Text of a value; times without fractions."""
    return value if isinstance(value, str) else f"{value:%Y-%m-%dT%H:%M:%SZ}" if hasattr(value, "year") else str(value)


@lru_cache(maxsize=16_384)
def is_device(ip: str, mac: str = "") -> bool:
    """True for an address of one device: neither a group's, nor everybody's, nor nobody's."""
    address = ip_address(ip)
    if address.is_multicast or address.is_unspecified or ip == "255.255.255.255":
        return False
    return not mac or not _is_group(mac)


@lru_cache(maxsize=16_384)
def is_local(ip: str) -> bool:
    """True for an address that is not of the public Internet."""
    return not ip_address(ip).is_global


def is_unicast(mac: str) -> bool:
    """True for a link address of one device (IEEE 802-2014 clause 8.2: the lowest bit of the first octet is 0)."""
    return bool(mac) and not _is_group(mac) and mac != "00-00-00-00-00-00"


def _is_group(mac: str) -> bool:
    return bool(int(mac[:2], 16) & 1)
