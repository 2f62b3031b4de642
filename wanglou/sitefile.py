"""Reads a site file into ``Site`` and finds everything wrong with it in one pass."""

from __future__ import annotations

import hashlib
import ipaddress
import json
import math
from collections.abc import Mapping
from pathlib import Path

from wanglou.addresses import Network, Ranges
from wanglou.document import Document, Key, Reader, Value, read_documents
from wanglou.errors import Fault, FaultsError, UsageError
from wanglou.ground_plan import load_plan
from wanglou.site import (
    Enterprise,
    ListValue,
    MasterRule,
    Name,
    SafetyRange,
    Site,
    Span,
    Table,
    Zone,
)

_TOP = ("id", "name", "enterprises", "zones", "masters", "safety", "lists", "plan")
_MAP = ("x", "y", "plan")
"""Keys of the map, which no rule reads: they change no digest."""


def read_site(path: Path) -> Site:
    """Read a site file.

    Raises ``FaultsError`` with every fault of the file, each with its line.
    """
    documents, faults = read_documents(path)
    if not faults and (len(documents) != 1 or not isinstance(documents[0].value, dict)):
        faults.append(Fault(path, 0, "a site file is one YAML mapping with the keys " + ", ".join(_TOP)))
    if faults:
        raise FaultsError("site file", faults)
    file = _SiteFile(documents[0], path.parent)
    site = file.site()
    if file.reader.faults:
        raise FaultsError("site file", file.reader.faults)
    return site


class _SiteFile:
    """One site file being read."""

    def __init__(self, document: Document, folder: Path) -> None:
        self.reader = Reader(document)
        self.top: dict[str, Value] = document.value
        self.folder = folder
        self.known: set[str] = set()

    def site(self) -> Site:
        reader, top = self.reader, self.top
        reader.check_keys(top, _TOP)
        enterprises = tuple(self.enterprise(entry, key) for entry, key in self.entries("enterprises"))
        self.known = {enterprise.id for enterprise in enterprises}
        canonical = json.dumps(_without_map(top), sort_keys=True, ensure_ascii=False, separators=(",", ":"))
        site = Site(
            id=reader.text(top, "id", required=True),
            name=self.name(top),
            enterprises=enterprises,
            zones=tuple(self.zone(entry, key) for entry, key in self.entries("zones")),
            masters=tuple(self.master(entry, key) for entry, key in self.entries("masters")),
            safety=tuple(self.safety(entry, key) for entry, key in self.entries("safety")),
            lists=self.lists(),
            digest=hashlib.sha256(canonical.encode()).hexdigest(),
            plan=self.plan(),
        )
        self.check_unique("enterprises", [item.id for item in site.enterprises])
        self.check_unique("zones", [item.id for item in site.zones])
        return site

    def entries(self, key: str) -> list[tuple[dict[str, Value], tuple[Key, ...]]]:
        kept: list[tuple[dict[str, Value], tuple[Key, ...]]] = []
        for index, entry in enumerate(self.reader.items(self.top, key)):
            if isinstance(entry, dict):
                kept.append((entry, (key, index)))
            else:
                self.reader.fault(f"{key!r} holds mappings, not {entry!r:.80}", key, index)
        return kept

    def check_unique(self, key: str, ids: list[str]) -> None:
        for index, value in enumerate(ids):
            if value and value in ids[:index]:
                self.reader.fault(f"id {value!r} is used twice", key, index, "id")

    def enterprise(self, entry: dict[str, Value], at: tuple[Key, ...]) -> Enterprise:
        self.reader.check_keys(entry, ("id", "name", "ranges", "x", "y"), *at)
        identity = self.reader.text(entry, "id", *at, required=True)
        ranges = self.ranges(entry, "ranges", at, required=False)
        return Enterprise(identity, self.name(entry, *at), ranges, *self.place(entry, at))

    def place(self, entry: dict[str, Value], at: tuple[Key, ...]) -> tuple[float | None, float | None]:
        """Take the place on the map: both of ``x`` and ``y``, or neither."""
        given = {key: entry[key] for key in ("x", "y") if entry.get(key) is not None}
        wrong = [key for key, value in given.items() if not _is_number(value, 100)]
        for key in wrong:
            self.reader.fault(f"{key!r} must be a number from 0 to 100, not {given[key]!r:.40}", *at, key)
        if len(given) == 1:
            self.reader.fault("a place on the map needs both 'x' and 'y'", *at, next(iter(given)))
        if wrong or len(given) < 2:
            return None, None
        return float(given["x"]), float(given["y"])

    def plan(self) -> str:
        """Take the ground plan; its path begins at the folder of the site file."""
        name = self.reader.text(self.top, "plan")
        if not name:
            return ""
        try:
            return load_plan(self.folder / name)
        except UsageError as error:
            self.reader.fault(str(error), "plan")
            return ""

    def zone(self, entry: dict[str, Value], at: tuple[Key, ...]) -> Zone:
        self.reader.check_keys(entry, ("id", "name", "ranges", "level", "enterprise"), *at)
        level = entry.get("level")
        if level is not None and not _is_level(level):
            self.reader.fault(f"'level' must be a number from 0 to 5 (Purdue), not {level!r}", *at, "level")
            level = None
        identity = self.reader.text(entry, "id", *at, required=True)
        ranges = self.ranges(entry, "ranges", at)
        purdue = None if level is None else float(level)
        return Zone(identity, self.name(entry, *at), ranges, purdue, self.owner(entry, at))

    def master(self, entry: dict[str, Value], at: tuple[Key, ...]) -> MasterRule:
        self.reader.check_keys(entry, ("enterprise", "clients", "servers", "units"), *at)
        clients, servers = self.ranges(entry, "clients", at), self.ranges(entry, "servers", at)
        return MasterRule(self.owner(entry, at), clients, servers, self.spans(entry, "units", 255, at))

    def safety(self, entry: dict[str, Value], at: tuple[Key, ...]) -> SafetyRange:
        self.reader.check_keys(entry, ("enterprise", "servers", "units", "table", "addresses"), *at)
        table: Table = "holding"
        if entry.get("table", table) not in ("holding", "coil"):
            self.reader.fault(f"'table' must be holding or coil, not {entry['table']!r}", *at, "table")
        elif entry.get("table") == "coil":
            table = "coil"
        if "addresses" not in entry:
            self.reader.fault("'addresses' is missing", *at, "addresses")
        return SafetyRange(
            enterprise=self.owner(entry, at),
            servers=self.ranges(entry, "servers", at),
            units=self.spans(entry, "units", 255, at),
            table=table,
            addresses=self.spans(entry, "addresses", 65_535, at),
        )

    def lists(self) -> Mapping[str, tuple[ListValue, ...]]:
        lists: dict[str, tuple[ListValue, ...]] = {}
        given = self.reader.mapping(self.top, "lists")
        for name in given:
            values = self.reader.items(given, name, "lists")
            for index, value in enumerate(values):
                if not isinstance(value, str | int | float | bool):
                    self.reader.fault(f"list {name!r} holds texts and numbers, not {value!r:.80}", "lists", name, index)
            lists[name] = tuple(values)
        return lists

    def name(self, entry: dict[str, Value], *at: Key) -> Name:
        """Take ``name``: one text for both languages, or a mapping of zh and en; the id where it is absent."""
        given = entry.get("name", entry.get("id"))
        if isinstance(given, dict):
            self.reader.check_keys(given, ("zh", "en"), *at, "name")
            zh, en = (self.reader.text(given, language, *at, "name", required=True) for language in ("zh", "en"))
            return Name(zh, en)
        if "name" in entry and not (isinstance(given, str) and given.strip()):
            self.reader.fault("'name' must be text or {zh: ..., en: ...}", *at, "name")
        return Name(str(given), str(given))

    def owner(self, entry: dict[str, Value], at: tuple[Key, ...]) -> str:
        owner = self.reader.text(entry, "enterprise", *at)
        if owner and owner not in self.known:
            self.reader.fault(f"enterprise {owner!r} is not declared under 'enterprises'", *at, "enterprise")
        return owner

    def ranges(self, entry: dict[str, Value], key: str, at: tuple[Key, ...], *, required: bool = True) -> Ranges:
        networks = []
        for index, text in enumerate(self.reader.items(entry, key, *at, required=required)):
            try:
                networks.append(_parse_network(text))
            except ValueError as error:
                self.reader.fault(str(error), *at, key, index)
        return Ranges(networks)

    def spans(self, entry: dict[str, Value], key: str, top: int, at: tuple[Key, ...]) -> tuple[Span, ...]:
        """Take spans of whole numbers: ``7``, ``"400-449"``, ``[400, 449]`` for addresses, lists of these for units."""
        given = entry.get(key)
        if given is None:
            return ()
        if key == "addresses" and isinstance(given, list) and len(given) == 2 and all(type(n) is int for n in given):
            given = [f"{given[0]}-{given[1]}"]
        parts = given if isinstance(given, list) else str(given).split(",")
        spans = []
        for part in parts:
            span = _parse_span(part, top)
            if span is None:
                self.reader.fault(f"{key!r}: {part!r:.40} is no number or span of 0-{top} such as 400-449", *at, key)
            else:
                spans.append(span)
        return tuple(spans)


def _parse_span(part: Value, top: int) -> Span | None:
    low, dash, high = str(part).strip().partition("-")
    low, high = low.strip(), high.strip() if dash else low.strip()
    if isinstance(part, bool) or not (low.isdecimal() and high.isdecimal() and len(low) < 9 and len(high) < 9):
        return None
    span = int(low), int(high)
    return span if span[0] <= span[1] <= top else None


def _parse_network(text: Value) -> Network:
    if not isinstance(text, str):
        raise ValueError(f"{text!r} is no address range; quote it")  # noqa: TRY004 - a value of the file, not of the code
    return ipaddress.ip_network(text)


def _is_level(value: Value) -> bool:
    return _is_number(value, 5)


def _is_number(value: Value, top: float) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value) and 0 <= value <= top


def _without_map(top: dict[str, Value]) -> dict[str, Value]:
    """Give the facts that rules read."""
    kept = {key: value for key, value in top.items() if key not in _MAP}
    entries = kept.get("enterprises")
    if isinstance(entries, list):
        kept["enterprises"] = [
            {key: value for key, value in one.items() if key not in _MAP} if isinstance(one, dict) else one
            for one in entries
        ]
    return kept
