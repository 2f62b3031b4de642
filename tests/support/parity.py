"""Compare our Modbus records with tshark's messages: records back to messages, messages to facts, facts field by field.

``tests/golden/parity.yaml`` says which of our columns stands for which field of tshark; what a value becomes on either
side is a function here, named by ``how``.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from itertools import zip_longest
from typing import Any

import yaml

from tests.support.records import Record
from tests.support.requirements import ROOT
from tests.support.tshark import Pdu

PARITY = ROOT / "tests" / "golden" / "parity.yaml"
MESSAGE, HALF = "message", "half"
"""Fields of a difference that are none of tshark's: a message one side lacks; request or response."""

Facts = Mapping[str, Any]
"""Values of tshark's fields, each a tuple, in tshark's terms; ``half`` is a text."""


@dataclass(frozen=True, slots=True)
class Message:
    """A Modbus message as one of the two sides sees it."""

    packet: int
    facts: Facts


@dataclass(frozen=True, slots=True, order=True)
class Difference:
    """What one side says otherwise than the other."""

    packet: int
    field: str
    tshark: Any
    ours: Any


@cache
def load_parity() -> dict[str, Any]:
    """Read the table of fields and the known differences."""
    return dict(yaml.safe_load(PARITY.read_text(encoding="utf-8")))


def list_theirs(pdus: Iterable[Pdu]) -> list[Message]:
    """Facts of tshark's messages, of the fields for which we have a column."""
    return [Message(pdu.packet, dict(_state_theirs(pdu))) for pdu in pdus]


def _state_theirs(pdu: Pdu) -> Iterable[tuple[str, Any]]:
    """Each field's values, empty ones left out."""
    yield HALF, pdu.half
    for name, shown in pdu.fields.items():
        rules = load_parity()["fields"].get(name)
        values = tuple(HOW[rules[0].get("how", "number")][1](show) for show in shown if show) if rules else ()
        if values and "reason" not in rules[0]:
            yield name, values


def list_ours(records: Iterable[Record]) -> list[Message]:
    """Facts of the messages that our records hold."""
    return [Message(packet, _state_ours(record, half)) for record in records for packet, half in split_record(record)]


def split_record(record: Record) -> list[tuple[int, str]]:
    """Where its messages end and what they are; one alone is a reply when its length or bytes are the reply's."""
    first, last = record["wanglou.packet"], record["wanglou.packet_end"]
    if record["wanglou.pairing"] == "paired":
        return [(first, "request"), (last, "response")]
    replied = record["modbus.response.length"] is not None or record["modbus.response.data"] is not None
    return [(last, "response" if replied else "request")]


def _state_ours(record: Record, half: str) -> Facts:
    """Each field's values by the first of its rules that gives any."""
    facts: dict[str, Any] = {HALF: half}
    for name, rules in load_parity()["fields"].items():
        for rule in rules:
            values = _apply_rule(rule, record, half)
            if values and name not in facts:
                facts[name] = tuple(values)
    return facts


def _apply_rule(rule: Mapping[str, Any], record: Record, half: str) -> Iterable[Any] | None:
    """Values of a rule's column in the terms of tshark's field; None where the rule is about something else."""
    if "reason" in rule or rule.get("half", half) != half:
        return None
    if record["modbus.function.code"] not in rule.get("functions", (record["modbus.function.code"],)):
        return None
    if record["modbus.diagnostic.code"] not in rule.get("diagnostics", (record["modbus.diagnostic.code"],)):
        return None
    if half == "response" and record["modbus.exception.code"] is not None and not rule.get("exceptions", True):
        return None
    value = record[rule["column"]]
    if "own" in rule and record[rule["own"]] is not None:
        value = record[rule["own"]]
    return None if value is None else HOW[rule.get("how", "number")][0](value, record)


def compare(theirs: Iterable[Message], ours: Iterable[Message]) -> list[Difference]:
    """Every difference; within a packet each of tshark's messages is held against the most alike of ours."""
    left: dict[int, list[Message]] = defaultdict(list)
    for message in ours:
        left[message.packet].append(message)
    found: list[Difference] = []
    for message in theirs:
        candidates = left[message.packet]
        if not candidates:
            found.append(Difference(message.packet, MESSAGE, describe(message), None))
            continue
        chosen = min(candidates, key=lambda other: len(_compare_facts(message, other)))
        candidates.remove(chosen)
        found += _compare_facts(message, chosen)
    found += [
        Difference(message.packet, MESSAGE, None, describe(message)) for rest in left.values() for message in rest
    ]
    return sorted(found, key=lambda difference: (difference.packet, difference.field))


def _compare_facts(theirs: Message, ours: Message) -> list[Difference]:
    """Differences of two messages, field by field."""
    names = sorted({*theirs.facts, *ours.facts})
    pairs = ((name, theirs.facts.get(name), ours.facts.get(name)) for name in names)
    return [Difference(theirs.packet, name, _plain(a), _plain(b)) for name, a, b in pairs if a != b]


def describe(message: Message) -> str:
    """A message in one line: half, transaction id, unit, function."""
    names = ("mbtcp.trans_id", "mbtcp.unit_id", "modbus.func_code")
    return " ".join((message.facts[HALF], *(str(message.facts.get(name, ("-",))[0]) for name in names)))


def _plain(values: Any) -> Any:
    """A value as YAML holds it: one alone without a list."""
    if not isinstance(values, tuple):
        return values
    return values[0] if len(values) == 1 else list(values)


def _list(value: Any, _: Record) -> list[Any]:
    """One value or a list of values as they are."""
    return value if isinstance(value, list) else [value]


def _number_values(values: list[int], record: Record) -> Iterable[int]:
    """Addresses of values: tshark counts from the address asked for, from 0 where it knows no request."""
    first = record["modbus.request.address"] or 0
    return range(first, first + len(values))


def _pack_coil(values: list[int], _: Record) -> list[str]:
    """A coil's word: FF00 for on; what is neither on nor off is kept as a number."""
    return [f"{0xFF00 if values[0] == 1 else values[0]:04x}"]


def _pack_words(values: list[int], _: Record) -> list[str]:
    """Registers as the bytes they were."""
    return ["".join(f"{value:04x}" for value in values)]


def _pack_bits(values: list[int], _: Record) -> list[str]:
    """Coils as the bytes they were, the first in the lowest bit."""
    groups = zip_longest(*[iter(values)] * 8, fillvalue=0)
    return ["".join(f"{sum(bit << at for at, bit in enumerate(group)):02x}" for group in groups)]


def _join(data: str, *numbers: str) -> Callable[[Any, Record], list[str]]:
    """Numbers of one byte each and the bytes that follow them, if there are any."""

    def join(_: Any, record: Record) -> list[str]:
        return ["".join(f"{record[column]:02x}" for column in numbers) + (record[data] or "")]

    return join


def _rest(data: str, record: Record) -> list[str]:
    """Bytes without a field; tshark does not show those that should not be there."""
    return [] if record["error.code"] == "trailing_bytes" else [data]


def _parse_number(show: str) -> int:
    """Decimal or hexadecimal, as tshark likes."""
    return int(show, 0)


def _parse_seconds(show: str) -> int:
    """Nanoseconds."""
    return int(Decimal(show) * 1_000_000_000)


def _parse_hex(show: str) -> str:
    """Bytes without colons."""
    return show.replace(":", "")


HOW: dict[str, tuple[Callable[[Any, Record], Iterable[Any]], Callable[[str], Any]]] = {
    "number": (_list, _parse_number),
    "frame": (lambda packet, record: [packet + 1] if record["wanglou.pairing"] == "paired" else [], _parse_number),
    "seconds": (_list, _parse_seconds),
    "numbering": (_number_values, _parse_number),
    "padding": (lambda values, _: [values[0] & 0xFF if values[0] > 1 else 0], _parse_number),
    "length": (lambda texts, _: [len(text) for text in texts], _parse_number),
    "text": (_list, str),
    "coil": (_pack_coil, _parse_hex),
    "words": (_pack_words, _parse_hex),
    "bits": (_pack_bits, _parse_hex),
    "byte": (lambda value, _: [f"{value:02x}"], _parse_hex),
    "counted": (_join("modbus.response.server_id", "modbus.response.byte_count"), _parse_hex),
    "umas_request": (_join("modbus.request.data", "modbus.umas.session", "modbus.umas.function.code"), _parse_hex),
    "umas_response": (_join("modbus.response.data", "modbus.umas.session", "modbus.umas.response.code"), _parse_hex),
    "rest": (_rest, _parse_hex),
}
"""What a column's value becomes, and what a value shown by tshark becomes, so that the two can be equal."""
