"""MQTT messages of a batch to the table: decode, pair with what waited, lay out as Arrow columns."""

from __future__ import annotations

import secrets
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from parsers.columns import Conversations, Origin, make_constant, make_keywords, make_numbers, make_table, make_times
from parsers.message import MESSAGE
from parsers.mqtt import decode_packets
from parsers.mqtt_client import Clients
from parsers.mqtt_detail import (
    Source,
    make_connects,
    make_data,
    make_flags,
    make_handshakes,
    make_lists,
    make_properties,
)
from parsers.mqtt_frame import PUBLISH
from parsers.mqtt_names import REASON_TEXTS, TYPES, VERSIONS
from parsers.mqtt_packet import CONNECTS, DONE, ERRORS, FOUND, FOUND_ACKS, FOUND_ALIASES, FOUND_CONNECTS, KEPT, PACKET
from parsers.mqtt_pairing import Handshakes, pair_packets
from parsers.mqtt_payload import Payloads
from parsers.mqtt_rows import ACTIONS, DIRECTIONS, OUTCOMES, PAIRINGS, Rows, fill_rows
from parsers.mqtt_schema import MQTT
from parsers.mqtt_session import (
    ALIASES,
    ALIASES_EVICTED,
    ALIASES_TOO_LONG,
    SCALARS,
    SEED,
    SESSIONS_EVICTED,
    TOPIC_BYTES,
    keep_aliases,
    make_aliases,
    make_sessions,
)
from parsers.mqtt_topic import Buffers
from parsers.mqtt_websocket import WebSockets
from parsers.payload import KEPT_BYTES
from parsers.protocol import WEBSOCKET
from parsers.tracker import Limits

WAITING_BYTES = 64 << 20
"""Bytes of packets that wait for an answer."""
TRIMMED_BYTES = 1_024
"""Bytes that are kept of each where there are more."""

_SCHEMA = MQTT.arrow
_CONNECTS = 64  # room to begin with
_U8, _U16 = pa.uint8(), pa.uint16()
_VERSION_TEXTS = tuple(VERSIONS.get(number, "") for number in range(6))


class MqttTable:
    """Turns MQTT messages, and WebSocket frames that carry them, into rows; what is unanswered waits."""

    def __init__(self, origin: Origin, limits: Limits) -> None:
        """Start with nothing waiting."""
        self._origin = origin
        self._state = _State(limits)
        self._plain, self._framed = _Packets(self._state), _Packets(self._state)
        self._websockets = WebSockets()
        self.waiting: Any = np.recarray(0, dtype=MESSAGE)
        """MESSAGE[n]: packets whose exchange goes on, as they lay in the batch last added.

        A packet that came in WebSocket frames is kept here; a message without bytes holds its conversation.
        """
        self.malformed = 0

    def add(
        self,
        data: NDArray[np.uint8],
        spill: NDArray[np.uint8],
        messages: Any,
        conversations: Conversations,
        *,
        flush: bool,
    ) -> pa.Table:
        """Rows that became complete; ``messages`` begins with what was ``waiting``."""
        framed = messages["app"] == WEBSOCKET
        if not framed.any():
            found = self._add(self._plain, data, spill, messages, conversations, "tcp", flush=flush)
            self.waiting = self._plain.waiting
            return found
        plain = self._add(self._plain, data, spill, messages[~framed], conversations, "tcp", flush=flush)
        scratch, cut = self._websockets.cut(data, spill, messages[framed], flush=flush)
        other = self._add(self._framed, scratch, scratch, cut, conversations, "websocket", flush=flush)
        held = self._websockets.hold(scratch, self._framed.waiting)
        self.waiting = np.concatenate([self._plain.waiting, held]).view(np.recarray)
        return pa.concat_tables([plain, other]).unify_dictionaries().combine_chunks()

    @property
    def counters(self) -> dict[str, int]:
        """Malformed packets, and how often each bound was hit."""
        scalars = self._state.scalars
        return {
            "mqtt_malformed": int(self.malformed),
            "mqtt_requests_dropped": self._plain.dropped + self._framed.dropped,
            "mqtt_requests_trimmed": self._plain.trimmed + self._framed.trimmed,
            "mqtt_sessions_evicted": int(scalars[SESSIONS_EVICTED]) + self._state.clients.dropped,
            "mqtt_aliases_evicted": int(scalars[ALIASES_EVICTED]),
            "mqtt_aliases_too_long": int(scalars[ALIASES_TOO_LONG]),
            **self._websockets.counters,
        }

    def _add(
        self, packets: _Packets, data: NDArray[np.uint8], spill: NDArray[np.uint8], messages: Any,
        conversations: Conversations, transport: str, *, flush: bool,
    ) -> pa.Table:  # fmt: skip
        """Rows of one kind of transport."""
        source, buffers, handshakes = packets.decode(data, spill, messages, flush=flush)
        rows, malformed = fill_rows(source.messages, source.packets, source.connects, handshakes)
        count = len(rows.ts_ns)
        columns = self._make_columns(rows) | conversations.make_columns(rows.conversation)
        columns |= self._state.clients.make_columns(rows.session)
        columns |= self._state.payloads.make_columns(source, rows, buffers)
        columns |= make_connects(source, rows)
        subscriptions = make_lists(source, rows)
        qos2 = make_handshakes(source, rows, handshakes.received, handshakes.released)
        if "mqtt.reason.codes" in qos2 and "mqtt.reason.codes" in subscriptions:
            qos2["mqtt.reason.codes"] = pa.array(
                [a or b for a, b in zip(
                    qos2["mqtt.reason.codes"].to_pylist(), subscriptions["mqtt.reason.codes"].to_pylist(), strict=True
                )],
                pa.list_(pa.int64()),
            )  # fmt: skip
        columns |= subscriptions | qos2
        columns |= make_properties(source, rows)
        if malformed:
            columns |= make_data(source, rows)
        columns["mqtt.transport"] = make_constant(count, transport)
        columns["network.protocol"] = make_constant(count, "mqtt")
        self.malformed += malformed
        packets.close(source)
        return make_table(_SCHEMA, columns, count)

    def _make_columns(self, rows: Rows) -> dict[str, pa.Array]:
        """Columns that most records have."""
        count = len(rows.ts_ns)
        return {
            "@timestamp": make_times(rows.ts_ns),
            "event.dataset": make_constant(count, MQTT.name),
            "event.action": make_keywords(rows.action, ACTIONS),
            "event.outcome": make_keywords(rows.outcome, OUTCOMES),
            "event.duration": make_numbers(rows.duration, pa.int64()),
            "error.code": make_keywords(rows.error, ERRORS),
            "observer.name": make_constant(count, self._origin.observer),
            "wanglou.capture": make_constant(count, self._origin.capture),
            "wanglou.packet": pa.array(rows.packet),
            "wanglou.packet_end": pa.array(rows.packet_end),
            "wanglou.pdu": pa.array(rows.pdu),
            "wanglou.pairing": make_keywords(rows.pairing, PAIRINGS),
            "mqtt.version": make_keywords(rows.version, _VERSION_TEXTS),
            "mqtt.type": make_keywords(rows.kind, TYPES),
            "mqtt.direction": make_keywords(rows.direction, DIRECTIONS),
            "mqtt.acknowledged": make_keywords(rows.acknowledged, TYPES),
            "mqtt.length": make_numbers(rows.length, pa.int64()),
            "mqtt.response.length": make_numbers(rows.response_length, pa.int64()),
            "mqtt.session_present": make_flags(rows.session_present),
            "mqtt.topic_alias": make_numbers(rows.alias, _U16),
            "mqtt.qos": make_numbers(rows.qos, _U8),
            "mqtt.retain": make_flags(rows.retain),
            "mqtt.dup": make_flags(rows.dup),
            "mqtt.packet_id": make_numbers(rows.packet_id, _U16),
            "mqtt.reason.code": make_numbers(rows.reason, _U8),
            "mqtt.reason.name": make_keywords(rows.reason_number, REASON_TEXTS),
        }


class _State:
    """What connections have in common, whatever carries them."""

    def __init__(self, limits: Limits) -> None:
        """Start without a connection."""
        self.limits = limits
        self.sessions, self.aliases = make_sessions(), make_aliases()
        self.arena: NDArray[np.uint8] = np.zeros(ALIASES * TOPIC_BYTES, dtype=np.uint8)
        self.scalars = np.zeros(SCALARS, dtype=np.int64)
        self.scalars[SEED] = secrets.randbits(31) | 1
        self.clients, self.payloads = Clients(), Payloads()


class _Packets:
    """Decodes and pairs the packets of one kind of transport; remembers what the waiting ones were."""

    def __init__(self, state: _State) -> None:
        """Start with nothing waiting."""
        self._state = state
        self._pool: Any = np.recarray(0, dtype=PACKET)
        self._kept: Any = np.recarray(0, dtype=PACKET)
        self._connects: Any = np.recarray(_CONNECTS, dtype=CONNECTS)
        self._topics: NDArray[np.uint8] = np.empty(0, dtype=np.uint8)
        self._aliased = False
        self.waiting: Any = np.recarray(0, dtype=MESSAGE)
        self.dropped = self.trimmed = 0

    def decode(
        self, data: NDArray[np.uint8], spill: NDArray[np.uint8], messages: Any, *, flush: bool
    ) -> tuple[Source, Buffers, Handshakes]:
        """Decode and pair; ``messages`` begins with what was ``waiting``."""
        state, limits = self._state, self._state.limits
        if len(self._pool) < len(messages):
            self._pool = np.recarray(len(messages) * 5 // 4, dtype=PACKET)
        packets, kept = self._pool[: len(messages)], self._kept
        buffers = Buffers.view(data, spill, state.arena, self._topics)
        found = np.zeros(FOUND, dtype=np.int64)
        while found[DONE] < len(messages):
            if found[FOUND_CONNECTS] == len(self._connects):
                self._connects = np.concatenate([self._connects, self._connects]).view(np.recarray)
            decode_packets(
                data, spill, buffers.data_words, buffers.spill_words, messages, packets, self._connects,
                state.sessions, state.aliases, kept, state.scalars, found,
            )  # fmt: skip
        self._aliased = bool(found[FOUND_ALIASES])
        carried = np.flatnonzero(kept["alias"] >= 0)
        packets["topic_at"][carried] = kept["topic_at"][carried]
        packets["topic_length"][carried] = kept["topic_length"][carried]
        packets["topic_spill"][carried] = KEPT
        source = Source(data, spill, messages, packets, self._connects[: found[FOUND_CONNECTS]], found)
        state.clients.register(source, len(kept))
        handshakes = pair_packets(
            messages, packets, timeout_ns=limits.reply_s * 1_000_000_000, most=limits.pending, flush=flush,
            has_handshakes=bool(found[FOUND_ACKS]),
        )  # fmt: skip
        self.dropped += handshakes.pairs.dropped
        self._keep(source, handshakes, buffers)
        return source, buffers, handshakes

    def close(self, source: Source) -> None:
        """The batch's bytes are about to go: keep the topics of its aliases."""
        if self._aliased:
            keep_aliases(source.data, source.spill, self._state.aliases, self._state.arena, self._state.scalars)

    def _trim(self, waiting: Any, packets: Any) -> Any:
        """Give up payloads beyond what is looked at; and all but the beginnings where too many bytes wait (counted)."""
        publish = (packets["kind"] == PUBLISH) & (packets["payload_length"] > 0)
        needed = np.where(publish, packets["payload_at"] - waiting["offset"] + KEPT_BYTES, waiting["length"])
        waiting["length"] = np.minimum(waiting["length"], needed)
        if int(waiting["length"].sum()) > WAITING_BYTES:
            self.trimmed += int((waiting["length"] > TRIMMED_BYTES).sum())
            waiting["length"] = np.minimum(waiting["length"], TRIMMED_BYTES)
        return waiting

    def _keep(self, source: Source, handshakes: Handshakes, buffers: Buffers) -> None:
        """Remember what the waiting packets were, topics of aliases with them."""
        pairs = handshakes.pairs
        self.waiting = self._trim(source.messages[pairs.waiting].copy(), source.packets[pairs.waiting])
        self.waiting["duplicate"] = pairs.waiting_duplicate
        self._kept = source.packets[pairs.waiting].copy()
        parts, at = [], 0
        for row in np.flatnonzero(self._kept["alias"] >= 0).tolist():
            text = buffers.read_topic(source.packets[pairs.waiting[row]])
            self._kept["topic_at"][row], self._kept["topic_length"][row] = at, len(text) or -1
            parts.append(text)
            at += len(text)
        self._topics = np.frombuffer(bytearray(b"".join(parts)), dtype=np.uint8)
