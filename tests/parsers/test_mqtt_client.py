"""Who the client of a connection is."""

from __future__ import annotations

import numpy as np
import pytest

from parsers import mqtt_client
from parsers.mqtt_client import Clients
from tests.support.mqtt_packets import begin, block, connack, connect, publish, records, text


def test_every_record_names_the_client() -> None:
    """Identifier and user name are those of the CONNECT, in whichever batch it was."""
    connection = begin(connect("press-7", user="op")).ask(publish()).answer(publish("x"))
    for cuts in ([], [5], [1] * 8):
        found = records(connection, cuts)
        assert [(r["mqtt.client_id"], r["user.name"]) for r in found] == [("press-7", "op")] * 3


def test_an_assigned_identifier() -> None:
    """What the broker gives stands on everything that follows, and on the CONNECT itself (5.0 §3.2.2.3.7)."""
    answer = connack(properties=block(b"\x12" + text("auto-1")))
    connection = begin(connect("", level=5, user="op"), answer=answer).ask(publish(properties=b"\0"))
    for cuts in ([], [4], [5], [1] * 8):
        found = records(connection, cuts)
        assert [(r["mqtt.client_id"], r["user.name"]) for r in found] == [("auto-1", "op")] * 2


def test_sessions_that_are_not_known() -> None:
    """They have no client."""
    columns = Clients().make_columns(np.array([0, 5, 0], dtype=np.int64))
    assert {name: column.to_pylist() for name, column in columns.items()} == {
        "mqtt.client_id": [None] * 3, "user.name": [None] * 3,
    }  # fmt: skip


@pytest.mark.parametrize(("name", "most"), [("SESSIONS", 1), ("MOST_CHARACTERS", 1)])
def test_clients_are_bounded(monkeypatch: pytest.MonkeyPatch, name: str, most: int) -> None:
    """The oldest is forgotten."""
    monkeypatch.setattr(mqtt_client, name, most)
    found = records(begin(connect("a")).ask(connect("b")).ask(publish()), [1] * 9)
    assert found[-1]["mqtt.client_id"] in ("b", None)
    assert "b" in {record["mqtt.client_id"] for record in found}
