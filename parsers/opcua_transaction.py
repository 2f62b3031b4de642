"""Columns of what the messages of an OPC UA row say together: evidence, headers, service, security, status."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from parsers.columns import make_distinct, make_keywords, make_nulls, make_numbers, make_times
from parsers.opcua_frame import ACK, CLO, ERR, HEL, MSG, OPN, RHE, TYPES
from parsers.opcua_names import SERVICE_SETS, name_number, name_service, name_status
from parsers.opcua_number import code_numbers
from parsers.opcua_pdu import ERRORS
from parsers.opcua_program import TAGS
from parsers.opcua_record import (
    ACTION,
    ACTION_KINDS,
    CHANNEL,
    CHUNKS,
    CUT,
    DURATION,
    ERROR,
    FAILURE,
    KIND,
    LENGTH,
    MODE,
    OPAQUE,
    OUTCOME,
    OUTCOMES,
    PACKET,
    PACKET_END,
    PAIRING,
    PAIRINGS,
    PDU,
    POLICY,
    REPLY_CHUNKS,
    REPLY_LENGTH,
    REPLY_SEQUENCE,
    REPLY_TOKEN,
    REPLY_TYPE_ID,
    REQUEST_ID,
    SEQUENCE,
    SERVICE,
    TIME,
    TOKEN,
    TYPE_ID,
)
from parsers.opcua_rows import Sorted

_ACTIONS = {HEL: "hello", ACK: "acknowledge", ERR: "error", RHE: "reverse_hello", OPN: "open_secure_channel",
            CLO: "close_secure_channel", MSG: "encrypted"}  # fmt: skip
_BAD = 2  # severity, the upper two bits of a status code (OPC 10000-4 §7.39.1)
_NUMBERS = {
    "event.duration": DURATION,
    "wanglou.packet": PACKET,
    "wanglou.packet_end": PACKET_END,
    "wanglou.pdu": PDU,
    "opcua.request.length": LENGTH,
    "opcua.response.length": REPLY_LENGTH,
    "opcua.request.chunks": CHUNKS,
    "opcua.response.chunks": REPLY_CHUNKS,
    "opcua.channel.id": CHANNEL,
    "opcua.token.id": TOKEN,
    "opcua.response.token.id": REPLY_TOKEN,
    "opcua.request.id": REQUEST_ID,
    "opcua.request.sequence_number": SEQUENCE,
    "opcua.response.sequence_number": REPLY_SEQUENCE,
    "opcua.request.type_id": TYPE_ID,
    "opcua.response.type_id": REPLY_TYPE_ID,
}

Longs = NDArray[np.int64]


def make_headers(records: Longs) -> dict[str, pa.Array]:
    """When and where it was, and what stands before the bodies."""
    columns = {name: make_numbers(records[member], pa.int64()) for name, member in _NUMBERS.items()}
    services = code_numbers(records[SERVICE])
    return columns | {
        "@timestamp": make_times(records[TIME]),
        "event.action": name_each(records[ACTION], _name_action),
        "error.code": make_keywords(records[ERROR], ERRORS),
        "wanglou.pairing": make_keywords(records[PAIRING], PAIRINGS),
        "opcua.message.type": make_keywords(records[KIND], TYPES),
        "opcua.cut": _make_flag(records[CUT]),
        "opcua.opaque": _make_flag(records[OPAQUE]),
        "opcua.service.name": _name_codes(*services, name_service),
        "opcua.service.set": _name_codes(*services, lambda type_id: SERVICE_SETS.get(name_service(type_id), "")),
    }


def _make_flag(values: Longs) -> pa.Array:
    """True where a value is 1, else null."""
    if not values.any():
        return make_nulls(len(values), pa.bool_())
    return pa.array(values == 1, mask=values != 1)


def name_each(numbers: NDArray[Any], name: Callable[[int], str]) -> pa.Array:
    """Column of the numbers' names; negative numbers and empty names are null."""
    return _name_codes(*code_numbers(numbers), name)


def _name_codes(distinct: list[int], codes: NDArray[np.int32], name: Callable[[int], str]) -> pa.Array:
    """As ``name_each``, of the distinct numbers and the place of each."""
    own, texts = make_distinct([name(number) if number >= 0 else "" for number in distinct])
    return make_keywords(own[codes] if len(own) else codes, texts)


def _name_action(number: int) -> str:
    return name_service(number - ACTION_KINDS) if number >= ACTION_KINDS else _ACTIONS.get(number, "malformed")


def make_security(records: Longs, policies: list[str], told: Sorted) -> dict[str, pa.Array]:
    """Policy of the channel, and the mode: as OPN asks for, else as policy and bodies show."""
    asked = told.take(TAGS["security.mode"])
    mode = records[MODE]
    mode[asked.row] = asked.value
    return {
        "opcua.security.policy": make_keywords(records[POLICY], policies),
        "opcua.security.mode": name_each(mode, lambda number: name_number("security.mode", number)),
    }


def make_status(records: Longs, told: Sorted) -> dict[str, pa.Array]:
    """Service result or error of each row, and the outcome: by the reply's status; an error message is a failure."""
    codes, outcomes = np.full(records.shape[1], -1, dtype=np.int64), records[OUTCOME]
    events = told.take(TAGS["status.code"])
    codes[events.row] = events.value
    severity = codes >> 30  # of none -1
    outcomes[severity >= _BAD] = FAILURE
    return {
        "event.outcome": make_keywords(outcomes, OUTCOMES),
        "opcua.status.code": make_numbers(codes, pa.int64()),
        "opcua.status.name": name_each(codes, name_status),
        "opcua.status.severity": make_keywords(severity, ("good", "uncertain", "bad", "bad")),
    }
