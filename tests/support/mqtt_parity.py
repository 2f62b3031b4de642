"""Compare our MQTT records with tshark's messages: records back to packets, packets to facts, facts field by field.

``tests/golden/parity_mqtt.yaml`` says which of our columns stands for which field of tshark, for which packets.
"""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from parsers.dissection import Dissector
from parsers.mqtt_names import TYPES
from parsers.mqtt_properties import NAMES
from sensors.pcap import open_capture
from tests.support.parity import Difference
from tests.support.records import Record
from tests.support.requirements import ROOT
from tests.support.tshark import run_tshark

PARITY = ROOT / "tests" / "golden" / "parity_mqtt.yaml"
MESSAGE = "message"
SAMPLE_BYTES = 128


class Message(NamedTuple):
    """An MQTT packet as one of the two sides sees it."""

    packet: int
    kind: str
    facts: Mapping[str, tuple[Any, ...]]


@cache
def load_parity() -> dict[str, Any]:
    """Read the table of fields and the known differences."""
    return dict(yaml.safe_load(PARITY.read_text(encoding="utf-8")))


@cache
def read_shown(path: Path, *options: str) -> tuple[tuple[int, dict[str, list[str]]], ...]:
    """Every MQTT packet that tshark shows: (frame from 0, values of each field)."""
    printed = run_tshark("-r", str(path), *options, "-Y", "mqtt", "-T", "pdml", "-J", "mqtt")
    return tuple(_parse_packets(printed))


def _parse_packets(printed: bytes) -> Iterator[tuple[int, dict[str, list[str]]]]:
    for _, element in ET.iterparse(BytesIO(printed)):  # noqa: S314 - what our own tshark prints
        if element.tag != "packet":
            continue
        number = next(int(field.get("show", "0")) for field in element.iter("field") if field.get("name") == "num")
        for proto in element.findall("proto"):
            fields: dict[str, list[str]] = {}
            for field in proto.iter("field"):
                if field.get("name", "").startswith("mqtt."):
                    fields.setdefault(field.get("name", ""), []).append(field.get("show", ""))
            if proto.get("name") == "mqtt" and fields:
                yield number - 1, fields
        element.clear()


@cache
def read_mqtt(path: Path) -> tuple[Record, ...]:
    """Our records of a capture, without times: some captures have them in nanoseconds, which Python has no type for."""
    capture = open_capture(path)
    dissector = Dissector(capture.identity, path.name)
    found: list[Record] = []
    for tables in (*map(dissector.feed, capture.batches()), dissector.finish()):
        if "mqtt" in tables:
            found += tables["mqtt"].drop_columns(["@timestamp"]).to_pylist()
    return tuple(found)


def list_theirs(path: Path, *options: str) -> list[Message]:
    """Facts of tshark's packets, of the fields for which we have a column."""
    return [_state_theirs(packet, fields) for packet, fields in read_shown(path, *options)]


def _state_theirs(packet: int, fields: dict[str, list[str]]) -> Message:
    kind = TYPES[int(fields["mqtt.msgtype"][0])]
    facts = {}
    for name, shown in fields.items():
        rules = load_parity()["fields"].get(name, [])
        if any("reason" in rule and kind in rule.get("types", TYPES) for rule in rules) or not rules:
            continue
        values = tuple(HOW[rules[0].get("how", "number")][1](show) for show in shown if show)
        if values and not (rules[0].get("implicit") and values == (0,)):
            facts[name] = values
    return Message(packet, kind, facts)


def list_ours(records: Iterable[Record]) -> list[Message]:
    """Facts of the packets that our records hold."""
    return [_state_ours(record, *part) for record in records for part in split_record(record)]


def split_record(record: Record) -> list[tuple[int, str, str]]:
    """Its packets: (where, type, part); the part is first, last, or the one between of QoS 2."""
    first, kind, ending = record["wanglou.packet"], record["mqtt.type"], record["mqtt.acknowledged"]
    if record["mqtt.handshake_packets"] is not None and record["mqtt.qos"] == 2:
        names = zip(("publish", "pubrec", "pubrel", "pubcomp"), ("first", "received", "released", "last"), strict=True)
        parts = zip(record["mqtt.handshake_packets"], names, strict=True)
        return [(packet, name, part) for packet, (name, part) in parts if packet >= 0]
    if record["wanglou.pairing"] == "paired":
        return [(first, kind, "first"), (record["wanglou.packet_end"], ending, "last")]
    return [(record["wanglou.packet_end"], kind, "first")]


def _state_ours(record: Record, packet: int, kind: str, part: str) -> Message:
    facts: dict[str, tuple[Any, ...]] = {"mqtt.msgtype": (TYPES.index(kind),)}
    for name, rules in load_parity()["fields"].items():
        for rule in rules:
            values = _apply_rule(rule, record, kind, part)
            if values and name not in facts and not (rules[0].get("implicit") and tuple(values) == (0,)):
                facts[name] = tuple(values)
    return Message(packet, kind, facts)


def _apply_rule(rule: Mapping[str, Any], record: Record, kind: str, part: str) -> list[Any] | None:
    if "reason" in rule or kind not in rule.get("types", TYPES) or part not in rule.get("parts", [part]):
        return None
    if "versions" in rule and record["mqtt.version"] not in rule["versions"]:
        return None
    value = record[rule["column"]]
    return None if value is None else HOW[rule.get("how", "number")][0](value, record)


def compare(theirs: Iterable[Message], ours: Iterable[Message]) -> list[Difference]:
    """Every difference; within a frame each of tshark's packets is held against the most alike of ours."""
    left: dict[tuple[int, str], list[Message]] = defaultdict(list)
    for message in ours:
        left[message.packet, message.kind].append(message)
    found: list[Difference] = []
    for message in theirs:
        candidates = left[message.packet, message.kind]
        if not candidates:
            found.append(Difference(message.packet, MESSAGE, message.kind, None))
            continue
        chosen = min(candidates, key=lambda other: len(_compare_facts(message, other)))
        candidates.remove(chosen)
        found += _compare_facts(message, chosen)
    found += [Difference(message.packet, MESSAGE, None, message.kind) for rest in left.values() for message in rest]
    return sorted(found, key=lambda difference: (difference.packet, difference.field))


def _compare_facts(theirs: Message, ours: Message) -> list[Difference]:
    names = sorted({*theirs.facts, *ours.facts})
    pairs = ((name, theirs.facts.get(name), ours.facts.get(name)) for name in names)
    return [Difference(theirs.packet, name, _plain(a), _plain(b)) for name, a, b in pairs if a != b]


def _plain(values: Any) -> Any:
    """A value as YAML holds it: one alone without a list."""
    return (values[0] if len(values) == 1 else list(values)) if isinstance(values, tuple) else values


def _list(value: Any, _: Record) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _split_properties(record: Record, part: str) -> list[tuple[str, str]]:
    """Names and values of the properties of one half, the will's behind those of its CONNECT."""
    columns = ("mqtt.response.properties",) if part == "last" else ("mqtt.properties", "mqtt.will.properties")
    shown = [text for column in columns for text in record[column] or ()]
    return [(text.split("=", 1)[0], text.split("=", 1)[1]) for text in shown]


_TEXTS = ("response_topic", "assigned_client_identifier", "reason_string", "server_reference", "response_information")
_NAMED = {"content_type", "topic_alias", "user_property", "correlation_data", *_TEXTS}


def _half(value: Any, record: Record) -> str:
    return "last" if value is record["mqtt.response.properties"] else "first"


def _property_ids(value: Any, record: Record) -> list[int]:
    numbers = {name: number for number, name in NAMES.items()}
    return [numbers[name] for name, _ in _split_properties(record, _half(value, record))]


def _property_numbers(value: Any, record: Record) -> list[int]:
    return [int(v) for name, v in _split_properties(record, _half(value, record)) if name not in _NAMED]


def _property_texts(value: Any, record: Record) -> list[str]:
    found = _split_properties(record, _half(value, record))
    return [
        bytes.fromhex(v).decode() if name == "correlation_data" else v
        for name, v in found
        if name in _TEXTS or name == "correlation_data"
    ]


def _user_properties(at: int) -> Callable[[Any, Record], list[str]]:
    def pick(value: Any, record: Record) -> list[str]:
        found = _split_properties(record, _half(value, record))
        return [v.split("=", 1)[at] for name, v in found if name == "user_property"]

    return pick


def _named_property(wanted: str) -> Callable[[Any, Record], list[str]]:
    def pick(value: Any, record: Record) -> list[str]:
        return [v for name, v in _split_properties(record, _half(value, record)) if name == wanted]

    return pick


def _show_bytes(show: str) -> str:
    """What a sample should be of bytes shown in hexadecimal, with their number."""
    data = bytes.fromhex(show.replace(":", ""))
    part = data[:SAMPLE_BYTES]
    try:
        text = part.decode()
    except UnicodeDecodeError:
        text = "\0"
    if not all(character.isprintable() or character in "\t\n\v\f\r" for character in text):
        text = part.hex()
    text = "".join(c if c.isprintable() else repr(c)[1:-1].replace("x0b", "v").replace("x0c", "f") for c in text)
    return f"{len(data)}:{text}" + ("\u2026" if len(data) > SAMPLE_BYTES else "")


def _client(value: str, record: Record) -> list[str]:
    """The identifier a CONNECT held: an assigned one is not it."""
    return [] if value == record["mqtt.assigned_client_id"] else [value]


def _code(at: int) -> Callable[[Any, Record], list[int]]:
    """The code of one acknowledgement of QoS 2, which has a code for each that was seen."""

    def pick(value: list[int], record: Record) -> list[int]:
        seen = [packet >= 0 for packet in record["mqtt.handshake_packets"][1:]]
        place = sum(seen[:at])
        return [value[place]] if seen[at] and place < len(value) else []

    return pick


HOW: dict[str, tuple[Callable[[Any, Record], list[Any]], Callable[[str], Any]]] = {
    "number": (_list, lambda show: int(show, 0)),
    "flag": (lambda value, _: [int(value)], lambda show: int(show, 0)),
    "text": (_list, str),
    "limited": (_list, lambda show: show[:1024] + ("\u2026" if len(show) > 1024 else "")),
    "client": (_client, str),
    "sample": (lambda value, record: [f"{record['mqtt.payload.length']}:{value}"], _show_bytes),
    "will": (lambda value, record: [f"{record['mqtt.will.length']}:{value}"], _show_bytes),
    "property_ids": (_property_ids, lambda show: int(show, 0)),
    "property_numbers": (_property_numbers, lambda show: int(show, 0)),
    "property_texts": (_property_texts, str),
    "property_keys": (_user_properties(0), str),
    "property_values": (_user_properties(1), str),
    "content_type": (_named_property("content_type"), str),
    "topic_alias": (_named_property("topic_alias"), str),
    "code_received": (_code(0), lambda show: int(show, 0)),
    "code_released": (_code(1), lambda show: int(show, 0)),
    "code_completed": (_code(2), lambda show: int(show, 0)),
}
"""What a column's value becomes, and what a value shown by tshark becomes, so that the two can be equal."""
