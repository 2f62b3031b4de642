"""Compare our OPC UA records with tshark's messages, structure member by structure member.

A tree is what tshark prints; every member becomes a fact ``<structure>.<member>``, and
``tests/golden/parity_opcua.yaml`` says which of our columns holds it. A record has the facts of its request and its
reply, in the order of the wire.
"""

from __future__ import annotations

import base64
import hashlib
import re
import xml.etree.ElementTree as ET
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any

import yaml

from parsers.opcua_columns import hash_token
from parsers.opcua_names import name_number, name_status
from parsers.opcua_schema import OPCUA
from tests.support.requirements import ROOT
from tests.support.tshark import run_tshark

PARITY = ROOT / "tests" / "golden" / "parity_opcua.yaml"
LISTS = {item.name.removeprefix("opcua."): item.kind in ("longs", "doubles", "keywords") for item in OPCUA.fields}

Record = dict[str, Any]
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
Fact = tuple[str, str | None]
"""Name and value; None is null."""

_GROUP = re.compile(r"(?:\[(\d+)\]|([\w ]+?))\s?: (.*)$")
_COMPOSITES = ("NodeId", "ExpandedNodeId", "QualifiedName", "LocalizedText", "Variant")
_NUMBERS = ("SByte", "Byte", "Int16", "UInt16", "Int32", "UInt32", "Int64", "UInt64", "Float", "Double")


@dataclass(slots=True)
class Shown:
    """One message as tshark shows it."""

    packet: int
    """Ordinal from 0 of the packet it ends in."""
    facts: list[Fact] = field(default_factory=list)

    def first(self, name: str) -> str | None:
        """First value of a fact."""
        return next((value for own, value in self.facts if own == name), None)

    def number(self, name: str) -> int | None:
        """First value as a number."""
        value = self.first(name)
        return None if value is None else int(value, 0)


@cache
def load_parity() -> dict[str, Any]:
    """Read the table of members and the known differences."""
    return dict(yaml.safe_load(PARITY.read_text(encoding="utf-8")))


@cache
def read_shown(path: Path) -> tuple[Shown, ...]:
    """Every OPC UA message of a capture, in order."""
    printed = run_tshark("-r", str(path), "-Y", "opcua", "-T", "pdml", "-J", "opcua")
    return tuple(_parse_packets(printed))


def _parse_packets(printed: bytes) -> Iterator[Shown]:
    """Cut PDML into messages: a reassembled packet can hold several chunks in one tree."""
    for _, element in ET.iterparse(BytesIO(printed)):  # noqa: S314 - what our own tshark prints
        if element.tag != "packet":
            continue
        number = next(int(one.get("show", "0")) for one in element.iter("field") if one.get("name") == "num")
        for proto in element.findall("proto"):
            if proto.get("name") == "opcua":
                shown = Shown(number - 1)
                shown.facts += _list_facts(proto, "Header", "")
                yield shown
        element.clear()


def _list_facts(element: ET.Element, structure: str, member: str) -> Iterator[Fact]:
    """Facts of all members of an element, in order."""
    for child in element.findall("field"):
        name, show = child.get("name", ""), child.get("show", "")
        if name:
            yield from _list_leaf(child, name, structure)
            continue
        found = _GROUP.match(show)
        if not found:
            yield from _list_facts(child, show, "")
            continue
        label, kind = found.group(2) or member, found.group(3)
        if kind in _COMPOSITES and structure != "Message":
            yield f"{structure}.{label}", _render(child, kind)
        elif kind == "DataValue":
            yield from _list_data_value(child, "WrittenValue" if structure == "WriteValue" else "DataValue")
        elif kind.startswith("Array of ") or kind == "ExtensionObject":
            yield from _list_facts(child, structure, label)
        elif kind == "Encodeable Object":
            yield from _list_facts(child, "Message", label)
        else:
            own = label if kind == "SignatureData" or label == "ClientDescription" else kind
            yield from _list_facts(child, own, "")


def _list_leaf(child: ET.Element, name: str, structure: str) -> Iterator[Fact]:
    """A member that is no structure; masks and array sizes are told by what follows them."""
    parts = name.removeprefix("opcua.").split(".")
    if parts[0] in ("transport", "security", "servicenodeid"):
        yield f"{parts[0]}.{parts[1]}", _show(child)
    elif len(parts) == 1 or name in ("opcua.nodeclassmask.all", "opcua.resultmask.all"):
        yield f"{structure}.{parts[0]}", _show(child)
    elif parts[0] == "diag" and parts[1] in ("AdditionalInfo", "InnerStatusCode"):
        yield f"DiagnosticInfo.{parts[1]}", _show(child)


def _show(child: ET.Element) -> str | None:
    """What is shown of a leaf; null strings are null."""
    if "OpcUa Null" in child.get("showname", ""):
        return None
    return child.get("show", "")


def _list_data_value(element: ET.Element, structure: str) -> Iterator[Fact]:
    """Value, status and times of a DataValue: good where it has no status."""
    leaves = {child.get("name", ""): child.get("show", "") for child in element.findall("field")}
    variant = next((child for child in element.findall("field") if child.get("show") == "Value: Variant"), None)
    yield f"{structure}.Value", None if variant is None else _render(variant, "Variant")
    yield f"{structure}.StatusCode", leaves.get("opcua.StatusCode", "0")
    yield f"{structure}.SourceTimestamp", leaves.get("opcua.datavalue.SourceTimestamp")
    yield f"{structure}.ServerTimestamp", leaves.get("opcua.datavalue.ServerTimestamp")


def _render(element: ET.Element, kind: str) -> str | None:
    """Text of a composite, as we write it."""
    leaves = {child.get("name", ""): child for child in element.iter("field")}
    if kind in ("NodeId", "ExpandedNodeId"):
        return _render_node_id({name: child.get("show", "") for name, child in leaves.items()})
    if kind == "QualifiedName":
        space, name = leaves["opcua.qualname.Id"].get("show", "0"), _show(leaves["opcua.qualname.Name"])
        return name if space == "0" else f"{space}:{name or ''}"
    if kind == "LocalizedText":
        return _show(leaves["opcua.loctext.Text"]) if "opcua.loctext.Text" in leaves else None
    return _render_variant(element)


def _render_node_id(leaves: dict[str, str]) -> str:
    """Text of a NodeId (OPC 10000-6 §5.1.12)."""
    space = leaves.get("opcua.nodeid.nsindex", "0")
    prefix = "" if space == "0" else f"ns={space};"
    if "opcua.nodeid.numeric" in leaves:
        return f"{prefix}i={leaves['opcua.nodeid.numeric']}"
    if "opcua.nodeid.string" in leaves:
        return f"{prefix}s={leaves['opcua.nodeid.string']}"
    if "opcua.nodeid.guid" in leaves:
        return f"{prefix}g={leaves['opcua.nodeid.guid']}"
    content = bytes.fromhex(leaves.get("opcua.nodeid.bytestring", "").replace(":", ""))
    return f"{prefix}b={base64.b64encode(content).decode()}"


def _render_variant(element: ET.Element) -> str | None:
    """Text of a Variant; an array in brackets."""
    for child in element.findall("field"):
        name, show = child.get("name", ""), child.get("show", "")
        found = _GROUP.match(show)
        if name.startswith("opcua.") and name.count(".") == 1:
            return _render_plain(name.removeprefix("opcua."), child)
        if not name and found and found.group(3).startswith("Array of "):
            kind = found.group(3).removeprefix("Array of ")
            return f"[{', '.join(_render_items(child, kind))}]"
        if not name and found:
            return _render_one(child, found.group(3))
    return None


def _render_items(element: ET.Element, kind: str) -> Iterator[str]:
    """Text of each element of an array."""
    for child in element.findall("field"):
        name = child.get("name", "")
        if name == f"opcua.{kind}":
            yield _render_plain(kind, child) or ""
        elif not name:
            yield _render_one(child, kind) or ""


def _render_one(child: ET.Element, kind: str) -> str | None:
    """Text of a structure in a Variant."""
    if kind == "DataValue":
        return next(iter(_list_data_value(child, kind)))[1] or ""
    if kind == "DiagnosticInfo":
        text = next((one for one in child.iter("field") if one.get("name") == "opcua.diag.AdditionalInfo"), None)
        return "" if text is None else _show(text)
    if kind == "ExtensionObject":
        return "ExtensionObject"
    return _render(child, kind)


def _render_plain(kind: str, child: ET.Element) -> str | None:
    """Text of a built-in type that is no structure."""
    show = _show(child)
    if show is None:
        return None
    if kind == "Boolean":
        return "true" if show in ("1", "True") else "false"
    if kind == "StatusCode":
        return name_status(int(show, 0))
    if kind == "DateTime":
        return f"time {parse_time(show) // 1000}"
    if kind == "ByteString":
        return show.replace(":", "")
    return show


def parse_time(show: str) -> int:
    """Nanoseconds since 1970 of a time as tshark shows it."""
    text, _, fraction = show.removesuffix(" UTC").rpartition(".")
    moment = datetime.strptime(text, "%b %d, %Y %H:%M:%S").replace(tzinfo=UTC)
    return int(moment.timestamp()) * 1_000_000_000 + int(fraction.ljust(9, "0"))


def plain_value(text: str | None) -> Any:
    """A value's text so that both sides can be equal: numbers by worth, times in microseconds, objects by type only."""
    if text is None:
        return None
    if text.startswith("[") and text.endswith("]"):
        return [plain_value(part) for part in text[1:-1].split(", ")]
    text = re.sub(r"ExtensionObject\(.*?\)", "ExtensionObject", text)
    if re.fullmatch(r"\d{4}-\d\d-\d\dT[\d:.]+Z", text):
        moment = datetime.fromisoformat(text)
        return f"time {round((moment - EPOCH).total_seconds() * 1_000_000)}"
    try:
        return float(f"{float(text):.5g}")
    except ValueError:
        return text


def read_fact(how: str, column: str, value: str | None) -> Any:
    """Read a value of tshark in our terms."""
    if value is None:
        return None
    if how == "number":
        return int(value, 0)
    if how == "double":
        return float(value)
    if how == "boolean":
        return value in ("1", "True")
    if how == "bit":
        return int(value in ("1", "True"))
    if how == "token":
        return hash_token(value) or None
    if how == "status":
        return name_status(int(value, 0))
    if how == "name":
        return name_number(column, int(value, 0))
    if how == "time":
        moment = parse_time(value) // 1000
        return EPOCH + timedelta(microseconds=moment) if moment else None
    if how == "ticks":
        return parse_time(value)
    if how == "hex":
        return value.replace(":", "") or None
    if how == "value":
        return plain_value(value)
    if how == "presence":
        return bool(value)
    if how == "thumbprint":
        return hash_certificate(bytes.fromhex(value.replace(":", "")))
    if how == "channel":
        return int(value) or None
    return value or None


def hash_certificate(content: bytes) -> str | None:
    """SHA-1 of the first certificate of a chain."""
    if not content:
        return None
    length = 4 + int.from_bytes(content[2:4], "big") if content[:2] == b"\x30\x82" else len(content)
    return hashlib.sha1(content[:length], usedforsecurity=False).hexdigest()


def read_column(how: str, value: Any) -> Any:
    """Our value in the same terms."""
    return plain_value(value) if how == "value" and value is not None else value


Pair = tuple[Shown | None, Shown | None]
HALVES = ("request", "response")


def match_messages(shown: Iterable[Shown], records: Iterable[Record]) -> tuple[list[tuple[Record, Pair]], list[Shown]]:
    """Each record with tshark's messages of its request and reply; and tshark's messages that no record has."""
    found: list[tuple[Record, list[Shown | None]]] = [(record, [None, None]) for record in records]
    index: dict[Any, list[tuple[Record, list[Shown | None], int]]] = defaultdict(list)
    for record, slots in found:
        for at, half in enumerate(HALVES):
            key = (record[f"opcua.{half}.length"], record[f"opcua.{half}.sequence_number"])
            if key[0] is not None:
                index[key].append((record, slots, at))
    left = []
    for message in shown:
        opaque = message.number("servicenodeid.numeric") is None
        key = (message.number("transport.size"), None if opaque else message.number("security.seq"))
        for record, slots, at in index[key]:
            if slots[at] is None and record["wanglou.packet"] <= message.packet <= record["wanglou.packet_end"]:
                slots[at] = message
                break
        else:
            left.append(message)
    return [(record, (slots[0], slots[1])) for record, slots in found], left


def choose_column(name: str, half: str) -> tuple[str, str] | None:
    """Our column for a member, and how it is read; None where a reason stands instead."""
    rule = load_parity()["fields"].get(name, {})
    column = rule.get("column") or rule.get(half)
    return (column, rule.get("how", "text")) if column else None


def list_columns() -> dict[str, str]:
    """Every compared column and how it is read."""
    return {
        rule[key]: rule.get("how", "text")
        for rule in load_parity()["fields"].values()
        for key in ("column", *HALVES)
        if key in rule
    }


def state_theirs(pair: Pair) -> dict[str, Any]:
    """Columns of a record as tshark's messages have them."""
    columns: dict[str, list[Any]] = defaultdict(list)
    for half, message in zip(HALVES, pair, strict=True):
        for name, value in message.facts if message else ():
            chosen = choose_column(name, half)
            if chosen:
                columns[chosen[0]].append(read_fact(chosen[1], chosen[0], value))
    found = {name: settled for name, values in columns.items() if (settled := _settle(name, values)) is not None}
    offered = [one for one in found.get("endpoints.thumbprints", ()) if one]
    if offered:  # a server that shows no certificate of its own has that of its first endpoint
        found.setdefault("server.certificate.thumbprint", offered[0])
    return found


def _settle(name: str, values: list[Any]) -> Any:
    """A list, or the first value there is; None where all are null."""
    there = [value for value in values if value is not None]
    if not there:
        return None
    return values if LISTS[name] else there[0]


def state_ours(record: Record) -> dict[str, Any]:
    """The same columns of our record."""
    columns: dict[str, Any] = {}
    for name, how in list_columns().items():
        if name == "nodes" and record["event.action"] in ("publish", "republish"):
            continue  # told by the items' creation, not by the message
        value = record[f"opcua.{name}"]
        value = [read_column(how, item) for item in value] if isinstance(value, list) else read_column(how, value)
        if value is not None:
            columns[name] = value
    return columns


def compare(record: Record, pair: Pair) -> list[tuple[str, Any, Any]]:
    """Columns in which a record and tshark's messages of it differ: name, tshark's, ours."""
    theirs, ours = state_theirs(pair), state_ours(record)
    names = sorted({*theirs, *ours})
    return [(name, theirs.get(name), ours.get(name)) for name in names if theirs.get(name) != ours.get(name)]
