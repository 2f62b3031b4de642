"""Compare our DNS records with tshark's messages: each side's messages as facts in tshark's terms, then fact by fact.

``tests/golden/parity_dns.yaml`` says which of our columns stands for which field of tshark; how the values of both
sides become equal is told here, by the name under ``how``. Bytes of names that are no UTF-8 are not told apart, because
tshark prints them all alike.
"""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any

import yaml

from parsers.dns_names import CLASSES, OPCODES, RESPONSE_CODES, TYPES
from parsers.spans import TEXT_BYTES
from tests.support.records import Record
from tests.support.requirements import ROOT
from tests.support.tshark import run_tshark

PARITY = ROOT / "tests" / "golden" / "parity_dns.yaml"
MESSAGE, HALF = "message", "half"
REQUEST, RESPONSE = "request", "response"
_PROTOCOLS = ("dns", "mdns", "llmnr")
_OPT = "41"
_KEPT = 2 * (TEXT_BYTES - 2)  # hexadecimal digits of data that is kept, beside the type
_TYPE_OF, _CLASS_OF = ({name: number for number, name in names.items()} for names in (TYPES, CLASSES))
_CODE_OF, _OPERATION_OF = ({name: number for number, name in names.items()} for names in (RESPONSE_CODES, OPCODES))
_SECTIONS = ("answers", "authorities", "additionals")

Facts = Mapping[str, tuple[Any, ...]]


@dataclass(frozen=True, slots=True, order=True)
class Difference:
    """What one side says otherwise than the other."""

    packet: int
    field: str
    tshark: Any
    ours: Any


@dataclass(frozen=True, slots=True)
class Message:
    """A DNS message as one of the two sides sees it."""

    packet: int
    facts: Facts


@cache
def load_parity() -> dict[str, Any]:
    """Read the table of fields and the known differences."""
    return dict(yaml.safe_load(PARITY.read_text(encoding="utf-8")))


@cache
def read_shown(path: Path) -> tuple[tuple[int, dict[str, list[str]]], ...]:
    """Every DNS message tshark shows, but for those that ICMP quotes: ordinal of its packet, and its fields' values."""
    wanted = "(dns || mdns || llmnr) && !icmp && !icmpv6"
    printed = run_tshark("-r", str(path), "-Y", wanted, "-T", "pdml", "-J", " ".join((*_PROTOCOLS, "_ws.malformed")))
    return tuple(_parse(printed))


def _parse(printed: bytes) -> Iterator[tuple[int, dict[str, list[str]]]]:
    """Cut PDML into messages."""
    for _, element in ET.iterparse(BytesIO(printed)):  # noqa: S314 - what our own tshark prints
        if element.tag != "packet":
            continue
        number = next(int(field.get("show", "0")) for field in element.iter("field") if field.get("name") == "num")
        for proto in element.findall("proto"):
            if proto.get("name") in _PROTOCOLS:
                fields: dict[str, list[str]] = {}
                for field in proto.iter("field"):
                    if field.get("name", "").startswith("dns."):
                        fields.setdefault(field.get("name", ""), []).append(field.get("show", ""))
                yield number - 1, fields
        element.clear()


def list_theirs(path: Path) -> list[Message]:
    """Facts of tshark's messages, of the fields for which we have a column."""
    return [Message(packet, _state_theirs(_drop_options(fields))) for packet, fields in read_shown(path)]


def _drop_options(fields: dict[str, list[str]]) -> dict[str, list[str]]:
    """Leave out name and type of OPT pseudo-records, which are no records of ours."""
    kinds = fields.get("dns.resp.type", [])
    kept = [at for at, kind in enumerate(kinds) if kind != _OPT]
    listed = [name for name in ("dns.resp.name", "dns.resp.type") if name in fields]
    return fields | {name: [fields[name][at] for at in kept] for name in listed}


def _state_theirs(fields: Mapping[str, Sequence[str]]) -> Facts:
    """Each field's values."""
    half = RESPONSE if fields["dns.flags.response"] == ["1"] else REQUEST
    facts: dict[str, tuple[Any, ...]] = {HALF: (half,)}
    for name, shown in fields.items():
        rule = load_parity()["fields"].get(name, {})
        if "how" in rule and rule.get("half", half) == half and shown:
            facts[name] = tuple(_READERS[rule["how"]](show) for show in (shown[:1] if "first" in rule else shown))
    return facts


def list_ours(records: Iterable[Record]) -> list[Message]:
    """Facts of the messages that our records hold."""
    return [Message(packet, _state_ours(record, half)) for record in records for packet, half in _split(record)]


def _split(record: Record) -> list[tuple[int, str]]:
    """Where its messages are and what they are."""
    found = []
    if record["dns.request.length"] is not None:
        found.append((record["wanglou.packet"], REQUEST))
    if record["dns.response.length"] is not None:
        found.append((record["wanglou.packet_end"], RESPONSE))
    return found


def _state_ours(record: Record, half: str) -> Facts:
    """Each field's values."""
    facts: dict[str, tuple[Any, ...]] = {HALF: (half,)}
    for name, rule in load_parity()["fields"].items():
        if "how" in rule and rule.get("half", half) == half and _is_about(rule, record):
            values = tuple(_WRITERS[rule["how"]](record, half, rule))
            if values:
                facts[name] = values
    return facts


def _is_about(rule: Mapping[str, Any], record: Record) -> bool:
    """True where a rule is about the record's operation: tshark names the counts of an update otherwise."""
    updates = record["dns.op_code"] == "UPDATE"
    return bool(rule.get("update", updates) == updates)


def compare(theirs: Iterable[Message], ours: Iterable[Message]) -> list[Difference]:
    """Every difference, message by message."""
    left: dict[tuple[int, str], list[Message]] = defaultdict(list)
    for message in ours:
        left[message.packet, message.facts[HALF][0]].append(message)
    found: list[Difference] = []
    for message in theirs:
        candidates = left[message.packet, message.facts[HALF][0]]
        if candidates:
            found += _compare_facts(message, candidates.pop(0))
        else:
            found.append(Difference(message.packet, MESSAGE, message.facts[HALF][0], None))
    rest = [message for messages in left.values() for message in messages]
    return sorted([*found, *(Difference(message.packet, MESSAGE, None, message.facts[HALF][0]) for message in rest)])


def _compare_facts(theirs: Message, ours: Message) -> list[Difference]:
    """Differences of two messages, field by field."""
    names = sorted({*theirs.facts, *ours.facts})
    pairs = ((name, theirs.facts.get(name), ours.facts.get(name)) for name in names)
    return [Difference(theirs.packet, name, _plain(a), _plain(b)) for name, a, b in pairs if a != b]


def _plain(values: tuple[Any, ...] | None) -> Any:
    """A value as YAML holds it: one alone without a list."""
    return values if values is None else values[0] if len(values) == 1 else list(values)


def _number(name: str, numbers: Mapping[str, int]) -> int:
    """Number of a name, also of TYPE<n> and its kind."""
    return numbers[name] if name in numbers else int(re.sub(r"\D+", "", name))


def _columns(record: Record, column: str) -> list[Any]:
    """Values of one column, or of the three sections' columns in order."""
    if "*" not in column:
        value = record[column]
        return [] if value is None else value if isinstance(value, list) else [value]
    return [value for section in _SECTIONS for value in record[column.replace("*", section)] or []]


def _questions(record: Record, part: str) -> list[str]:
    """A part of all questions."""
    return [*_columns(record, f"dns.question.{part}"), *_columns(record, f"dns.question.more.{part}")]


def _of_half(record: Record, half: str, rule: Mapping[str, Any]) -> list[Any]:
    """Values of a rule's column; ``<half>`` in its name is the half."""
    return _columns(record, rule["column"].replace("<half>", half))


def _write_data(record: Record, half: str, rule: Mapping[str, Any]) -> Iterator[Any]:
    """Parts of the data of the records of one type; ``part`` is a word's number, or ``strings``."""
    if half != RESPONSE:
        return
    kinds, texts = _columns(record, "dns.*.type"), _columns(record, "dns.*.data")
    for kind, text in zip(kinds, texts, strict=True):
        if kind == rule["type"]:
            part = rule.get("part", "all")
            if part == "strings":
                yield from (_unescape(word) for word in re.findall(r'"((?:[^"\\]|\\.)*)"', text))
            elif part == "bytes":
                yield text.split(" ")[2].rstrip("\u2026")
            else:
                yield _show_name(text if part == "all" else text.split(" ")[part])


def _unescape(text: str) -> str:
    """Text of a character string without quoting."""
    plain = re.sub(r"\\(\d{3}|.)", lambda found: chr(int(found[1])) if len(found[1]) == 3 else found[1], text)
    return plain.encode("latin-1").decode("utf-8", "replace")


def _write_sum(record: Record, half: str, _: Mapping[str, Any]) -> list[int]:
    """Pairing as tshark tells it: the number of the query's frame."""
    return [record["wanglou.packet"] + 1] if record["wanglou.pairing"] == "paired" and half == RESPONSE else []


def _write_bit(record: Record, half: str, rule: Mapping[str, Any]) -> list[int]:
    """Bits of the header's second word."""
    mask = int(rule["mask"])
    return [(word & mask) // (mask & -mask) for word in _columns(record, f"dns.{half}.flags")]


def _write_edns(record: Record, half: str, rule: Mapping[str, Any]) -> list[Any]:
    """What the OPT record says, where there is one in this half."""
    if record[f"dns.edns.{half}.udp_size"] is None:
        return []
    if rule["part"] == "code":
        return [_number(record["dns.response_code"], _CODE_OF) >> 4 if half == RESPONSE else 0]
    return [record["dns.edns.version"]]


Writer = Callable[[Record, str, Mapping[str, Any]], Iterable[Any]]

_WRITERS: dict[str, Writer] = {
    "number": lambda record, half, rule: [int(value) for value in _of_half(record, half, rule)],
    "name": lambda record, half, rule: [_show_name(value) for value in _of_half(record, half, rule)],
    "question": lambda record, _half, _rule: [_show_name(value) for value in _questions(record, "name")],
    "question_type": lambda record, _half, _rule: [_number(value, _TYPE_OF) for value in _questions(record, "type")],
    "question_class": lambda record, _half, _rule: [_number(value, _CLASS_OF) for value in _questions(record, "class")],
    "type": lambda record, half, rule: [_number(value, _TYPE_OF) for value in _of_half(record, half, rule)],
    "class": lambda record, half, rule: [_number(value, _CLASS_OF) for value in _of_half(record, half, rule)],
    "size": lambda record, half, rule: [max(value - 2, 0) for value in _of_half(record, half, rule)],
    "bit": _write_bit,
    "data": _write_data,
    "data_number": lambda record, half, rule: [int(value) for value in _write_data(record, half, rule)],
    "data_bytes": _write_data,
    "frame": _write_sum,
    "seconds": lambda record, half, rule: _of_half(record, half, rule) if half == RESPONSE else [],
    "edns": _write_edns,
    "stream": lambda record, half, rule: _of_half(record, half, rule) if record["network.transport"] == "tcp" else [],
}


def _show_name(name: str) -> str:
    """A name as tshark writes it."""
    return "<Root>" if name == "." else _merge_unknown(_unescape(name))


def _merge_unknown(text: str) -> str:
    """A row of letters that stand for bytes that are none as one."""
    return re.sub("\ufffd+", "\ufffd", text)


def _as_number(show: str) -> int:
    return int(show, 0)


_READERS: dict[str, Callable[[str], Any]] = {
    **dict.fromkeys(("number", "question_type", "question_class", "type", "class", "size", "bit"), _as_number),
    **dict.fromkeys(("data_number", "frame", "edns", "stream"), _as_number),
    **dict.fromkeys(("name", "question", "data"), _merge_unknown),
    "data_bytes": lambda show: show.replace(":", "")[:_KEPT],
    "seconds": lambda show: int(Decimal(show) * 1_000_000_000),
}
