"""Paired MQTT packets to the columns of the table, as plain arrays (kernel).

In the number arrays -1 stands for null.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from parsers.mqtt_frame import AUTH, CONNACK, DISCONNECT, PUBLISH, PUBREC, SUBACK, SUBSCRIBE, UNSUBSCRIBE
from parsers.mqtt_names import REASON_NUMBERS, TYPES
from parsers.mqtt_packet import CODE_COUNT, DUPLICATE_PACKET_ID, NO_ERROR
from parsers.mqtt_pairing import REFUSED, Handshakes
from wanglou.kernel import int64, kernel

PAIRED, NO_RESPONSE, NO_REQUEST, ONE_WAY, MALFORMED = range(5)
PAIRINGS = ("paired", "no_response", "no_request", "one_way", "malformed")
UNKNOWN, SUCCESS, FAILURE = range(3)
OUTCOMES = ("unknown", "success", "failure")
ACTIONS = (*TYPES, "malformed")
DIRECTIONS = ("client_to_broker", "broker_to_client")


class Rows(NamedTuple):
    """Columns of ``n`` records."""

    ts_ns: NDArray[np.int64]
    duration: NDArray[np.int64]
    packet: NDArray[np.int64]
    packet_end: NDArray[np.int64]
    pdu: NDArray[np.int64]
    session: NDArray[np.int64]
    length: NDArray[np.int64]
    response_length: NDArray[np.int64]
    payload_length: NDArray[np.int64]
    first: NDArray[np.int32]
    """Row of the packet that began it."""
    last: NDArray[np.int32]
    """Row of the packet that answered it, -1: none."""
    conversation: NDArray[np.int32]
    pairing: NDArray[np.int32]
    outcome: NDArray[np.int32]
    error: NDArray[np.int32]
    kind: NDArray[np.int32]
    action: NDArray[np.int32]
    """The same, of what is malformed that it is."""
    direction: NDArray[np.int32]
    acknowledged: NDArray[np.int32]
    version: NDArray[np.int32]
    packet_id: NDArray[np.int32]
    qos: NDArray[np.int32]
    retain: NDArray[np.int32]
    dup: NDArray[np.int32]
    alias: NDArray[np.int32]
    reason: NDArray[np.int32]
    reason_number: NDArray[np.int32]
    """Number of the reason's name in ``parsers.mqtt_names.REASON_TEXTS``, -1: none."""
    session_present: NDArray[np.int32]


def fill_rows(messages: Any, packets: Any, connects: Any, handshakes: Handshakes) -> tuple[Rows, int]:
    """Lay the pairs out as columns, and note at each CONNECT which row it began; tells how many rows are malformed."""
    pairs = handshakes.pairs
    n = len(pairs.request)
    columns: list[Any] = [*(np.empty(n, dtype=np.int64) for _ in range(9)), *(np.empty(n, np.int32) for _ in range(19))]
    rows = Rows(*columns)
    malformed = _fill(
        messages, packets, connects, pairs.request, pairs.reply, pairs.duplicate, handshakes.received,
        handshakes.released, rows,
    )  # fmt: skip
    return rows, malformed


@kernel
def _fill(
    messages: Any, packets: Any, connects: Any, request: NDArray[np.int32], reply: NDArray[np.int32],
    duplicate: NDArray[np.bool_], received: NDArray[np.int32], released: NDArray[np.int32], rows: Rows,
) -> int:  # fmt: skip
    """One record a turn; returns how many are malformed."""
    malformed = int64(0)
    for k in range(len(request)):
        asked, answered = int64(request[k]), int64(reply[k])
        first = asked if asked >= 0 else answered
        both = asked >= 0 and answered >= 0
        m, p = messages[first], packets[first]
        rows.first[k] = first
        rows.last[k] = answered if both else -1
        rows.ts_ns[k] = m.ts_ns
        rows.packet[k] = m.packet
        rows.packet_end[k] = m.packet_end
        rows.pdu[k] = m.pdu
        rows.conversation[k] = m.conversation
        rows.duration[k] = messages[answered].end_ns - m.ts_ns if both else -1
        rows.session[k] = p.session
        version = int64(p.version)
        if p.connect >= 0:
            connects[p.connect].record = k
        rows.kind[k] = p.kind
        rows.direction[k] = m.from_server
        rows.length[k] = p.remaining
        rows.response_length[k] = packets[answered].remaining if both else -1
        rows.packet_id[k] = p.packet_id
        publish = p.kind == PUBLISH and p.remaining >= 0
        rows.qos[k] = int64(p.bits) >> 1 & 3 if publish else -1
        rows.retain[k] = int64(p.bits) & 1 if publish else -1
        rows.dup[k] = int64(p.bits) >> 3 if publish else -1
        rows.alias[k] = p.alias
        rows.payload_length[k] = p.payload_length if publish and not p.malformed else -1
        rows.session_present[k] = p.session_present
        rows.acknowledged[k] = -1
        rows.reason[k] = p.reason
        rows.error[k] = p.error
        source = int64(p.kind)
        if p.kind == PUBLISH and first < len(received):
            source = _add_part(messages, packets, int64(received[first]), rows, k, source)
            source = _add_part(messages, packets, int64(released[first]), rows, k, source)
        if both:
            source = _add_part(messages, packets, answered, rows, k, source)
            q = packets[answered]
            rows.session_present[k] = q.session_present
            if q.kind == CONNACK and q.topic_length > 0:
                rows.session[k] = q.session
            version = max(version, int64(q.version))
            if rows.error[k] == NO_ERROR and p.kind in (SUBSCRIBE, UNSUBSCRIBE) and not _is_count_right(p, q):
                rows.error[k] = CODE_COUNT
        if rows.error[k] == NO_ERROR and duplicate[k] and p.packet_id >= 0 and p.bits & 0x08 == 0:
            rows.error[k] = DUPLICATE_PACKET_ID
        if rows.error[k] == NO_ERROR:
            rows.error[k] = -1
        rows.version[k] = version if version > 0 else -1
        rows.pairing[k] = _tell_pairing(p, both, asked >= 0)
        rows.action[k] = p.kind
        if rows.pairing[k] == MALFORMED:
            rows.action[k] = len(TYPES)
            malformed += 1
        rows.outcome[k] = UNKNOWN
        if rows.reason[k] >= REFUSED or (source == CONNACK and rows.reason[k] > 0):
            rows.outcome[k] = FAILURE
        elif both:
            rows.outcome[k] = SUCCESS
        reason = int64(rows.reason[k])
        place = (4096 if version == 5 else 0) + source * 256 + reason
        rows.reason_number[k] = REASON_NUMBERS[place] if reason >= 0 else -1
    return malformed


@kernel
def _add_part(messages: Any, packets: Any, row: int, rows: Rows, k: int, source: int) -> int:
    """Add a packet that acknowledges; returns the kind of the packet whose reason stands."""
    if row < 0:
        return source
    q = packets[row]
    rows.packet_end[k] = max(rows.packet_end[k], messages[row].packet_end)
    rows.acknowledged[k] = q.kind
    if rows.error[k] == NO_ERROR:
        rows.error[k] = q.error
    if q.reason > rows.reason[k]:
        rows.reason[k] = q.reason
        return int64(q.kind)
    return source


@kernel
def _is_count_right(p: Any, q: Any) -> bool:
    """True when the answer has a code for each filter; an UNSUBACK before 5 has none (3.1.1 §3.11)."""
    return bool(p.items == q.items or (q.kind != SUBACK and q.version != 5))


@kernel
def _tell_pairing(p: Any, both: bool, asked: bool) -> int:
    """How much of the exchange was seen."""
    if both:
        return PAIRED
    if p.malformed:
        return MALFORMED
    if not asked or p.kind == PUBREC:
        return NO_REQUEST
    if p.kind in (DISCONNECT, AUTH) or (p.kind == PUBLISH and p.bits & 0x06 == 0):
        return ONE_WAY
    return NO_RESPONSE
