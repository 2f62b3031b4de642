"""What a connection's packets have in common."""

from __future__ import annotations

import numpy as np

from parsers.mqtt_packet import ARENA, PACKET, clear_packet
from parsers.mqtt_session import (
    ALIASES_EVICTED,
    ALIASES_TOO_LONG,
    SCALARS,
    SESSIONS_EVICTED,
    TOPIC_BYTES,
    WAYS,
    define_alias,
    find_session,
    keep_aliases,
    make_aliases,
    make_sessions,
    resolve_alias,
)
from tests.support.mqtt_packets import array, block, modern, publish, records


def alias(number: int) -> bytes:
    """Properties with a topic alias."""
    return block(b"\x23" + number.to_bytes(2))


def test_an_alias_stands_for_its_topic() -> None:
    """Per connection and direction, until it is defined anew (5.0 §3.3.2.3.4), within a batch and beyond."""
    connection = modern().ask(publish("a", properties=alias(1))).ask(publish("", properties=alias(1)))
    connection.answer(publish("", properties=alias(1))).ask(publish("b", properties=alias(1)))
    connection.ask(publish("", properties=alias(1))).ask(publish("", properties=alias(2)))
    connection.ask(publish("", properties=alias(0)))
    for cuts in ([], [6], [1] * 20):
        found = [r for r in records(connection, cuts) if r["event.action"] == "publish"]
        assert [r["mqtt.topic"] for r in found] == ["a", "a", None, "b", "b", None, None]
        assert [r["error.code"] for r in found] == [
            None, None, "topic_alias", None, None, "topic_alias", "topic_alias",
        ]  # fmt: skip


def test_the_topic_of_a_packet_that_waits() -> None:
    """It is what the alias stood for when the packet came."""
    connection = modern().ask(publish("a", properties=alias(1))).ask(publish("", qos=1, properties=alias(1)))
    connection.ask(publish("b", properties=alias(1))).ask(publish("", properties=alias(1)))
    for cuts in ([], [7], [1] * 12):
        topics = {
            r["mqtt.packet_id"]: r["mqtt.topic"] for r in records(connection, cuts) if r["mqtt.type"] == "publish"
        }
        assert (topics[7], topics[None]) == ("a", "b")


def test_long_topics_are_remembered_within_a_batch() -> None:
    """Beyond TOPIC_BYTES an alias is forgotten with the batch (counted)."""
    aliases, scalars = make_aliases(), np.zeros(SCALARS, dtype=np.int64)
    arena, p = np.zeros(len(aliases) * TOPIC_BYTES, dtype=np.uint8), np.recarray(1, dtype=PACKET)[0]
    clear_packet(p)
    data = array(b"t" * 2 * TOPIC_BYTES)
    define_alias(aliases, 1, 2, 0, TOPIC_BYTES + 1, 0, scalars)
    define_alias(aliases, 1, 4, 3, TOPIC_BYTES, 0, scalars)
    assert resolve_alias(aliases, 1, 2, p, scalars)
    keep_aliases(data, data, aliases, arena, scalars)
    assert not resolve_alias(aliases, 1, 2, p, scalars)
    assert resolve_alias(aliases, 1, 4, p, scalars)
    assert (p.topic_length, p.topic_spill, scalars[ALIASES_TOO_LONG]) == (TOPIC_BYTES, ARENA, 1)
    assert arena[p.topic_at : p.topic_at + TOPIC_BYTES].tobytes() == b"t" * TOPIC_BYTES


def test_tables_are_bounded() -> None:
    """A full set gives up what was silent longest, and counts it."""
    sessions, aliases, scalars = make_sessions()[:WAYS], make_aliases()[:WAYS], np.zeros(SCALARS, dtype=np.int64)
    for uid in range(WAYS):
        sessions[find_session(sessions, uid, scalars)].version = 5
        define_alias(aliases, uid, 0, uid, 1, 0, scalars)
    find_session(sessions, 0, scalars)
    assert scalars[SESSIONS_EVICTED] == 0
    assert sessions[find_session(sessions, 99, scalars)].version == 0
    define_alias(aliases, 99, 0, 0, 1, 0, scalars)
    assert (scalars[SESSIONS_EVICTED], scalars[ALIASES_EVICTED]) == (1, 1)
    assert set(sessions["flow_uid"]) == {0, *range(2, WAYS), 99}
