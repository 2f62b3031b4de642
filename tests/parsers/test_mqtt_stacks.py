"""What paho and mosquitto say to each other is what we record of it."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal

import pytest
from paho.mqtt import client as paho
from paho.mqtt import packettypes, properties
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion

from parsers.websocket_frame import measure_websocket
from tests.support.conversations import Record, dissect
from tests.support.mosquitto import run_broker
from tests.support.mqtt_packets import array, records
from tests.support.pieces import Piece
from tests.support.recording import Recording, record
from tests.support.tls_peers import make_identity
from tests.support.tls_records import read as read_tls
from tests.support.websocket_messages import Said, read_frames

pytestmark = pytest.mark.needs_mosquitto

WAIT_S = 10

Transport = Literal["tcp", "websockets"]


class Device:
    """A paho client that waits for the broker's answer to everything it does."""

    def __init__(self, port: int, name: str, version: int, transport: Transport, **credentials: str) -> None:
        """Connect; ``credentials`` are user and password."""
        self.came: list[Any] = []
        self.code: Any = None
        self._events: dict[str, threading.Event] = {}
        protocol = MQTTProtocolVersion(version)
        self.client = paho.Client(CallbackAPIVersion.VERSION2, name, protocol=protocol, transport=transport)
        if credentials:
            self.client.username_pw_set(credentials["user"], credentials["password"])
        self.client.will_set("line/1/lost", b"gone", qos=1, retain=True)
        self.client.on_connect = self._note("connect")
        self.client.on_subscribe = self._note("subscribe")
        self.client.on_unsubscribe = self._note("unsubscribe")
        self.client.on_publish = self._note("publish")
        self.client.on_disconnect = self._note("disconnect")
        self.client.on_message = self._take
        self.client.connect("127.0.0.1", port, keepalive=30)
        self.client.loop_start()
        self.wait("connect")

    def _note(self, name: str) -> Callable[..., None]:
        self._events[name] = threading.Event()

        def note(*arguments: Any) -> None:
            if name == "connect":
                self.code = arguments[3]
            self._events[name].set()

        return note

    def _take(self, _client: Any, _data: Any, message: Any) -> None:
        self.came.append((message.topic, message.payload, message.qos))
        self._events.setdefault("message", threading.Event()).set()

    def wait(self, name: str) -> None:
        """Wait for the answer to what was done last."""
        assert self._events.setdefault(name, threading.Event()).wait(WAIT_S), name
        self._events[name].clear()

    def close(self) -> None:
        """Say goodbye."""
        self.client.disconnect()
        self.wait("disconnect")
        self.client.loop_stop()


def play(device: Device) -> None:
    """Subscribe, publish at every QoS, receive what was published, unsubscribe, leave."""
    device.client.subscribe([("line/1/#", 1), ("line/2/+", 2)])
    device.wait("subscribe")
    payloads = (b"21.5", b'{"t": 21.5, "q": {"ok": true}}', b"\x00\xff\x10")
    for qos, payload in enumerate(payloads):
        device.client.publish(f"line/2/q{qos}", payload, qos=qos, retain=qos == 1)
        device.wait("publish")
        device.wait("message")
    device.client.unsubscribe("line/1/#")
    device.wait("unsubscribe")
    device.close()


def unwrap(said: list[tuple[bool, bytes]]) -> list[Said]:
    """What follows the HTTP upgrade of each side, in the order in which it passed, whole frames only."""
    found: list[Said] = []
    held, upgraded = {False: b"", True: b""}, {False: False, True: False}
    for server, chunk in said:
        held[server] += chunk
        if not upgraded[server]:
            head, end, held[server] = held[server].partition(b"\r\n\r\n")
            upgraded[server] = bool(end)
            held[server] = held[server] if end else head
        size = measure_whole(held[server], from_client=not server) if upgraded[server] else 0
        if size:
            found.append((server, held[server][:size]))
            held[server] = held[server][size:]
    return found


def measure_whole(data: bytes, *, from_client: bool) -> int:
    """Bytes of the whole frames at the beginning."""
    at, buf = 0, array(data)
    while 0 < (size := int(measure_websocket(buf, at, len(data), from_client))) <= len(data) - at:
        at += size
    return at


def read(recording: Recording, transport: str) -> list[Record]:
    """Our records of a recorded connection."""
    if transport == "websockets":
        return read_frames(unwrap(recording.connections[0]))[0]
    return records(recording.list_packets(1883)[0])


@pytest.mark.parametrize("transport", ["tcp", "websockets"])
@pytest.mark.parametrize("version", [4, 5])
def test_a_client_and_a_broker(tmp_path: Path, version: int, transport: Transport) -> None:
    """Every operation of the client is a row that says what the client did and what the broker answered."""
    with run_broker(tmp_path) as broker:
        port = broker.websockets if transport == "websockets" else broker.plain
        with record(port) as (near, recording):
            device = Device(near, "press-7", version, transport)
            play(device)
    found = read(recording, transport)
    own = [r for r in found if r["mqtt.direction"] == "client_to_broker"]
    theirs = sorted((r for r in found if r["mqtt.direction"] == "broker_to_client"), key=lambda r: str(r["mqtt.topic"]))
    assert {r["mqtt.transport"] for r in found} == {"websocket" if transport == "websockets" else "tcp"}
    assert sorted(r["event.action"] for r in own) == [
        "connect", "disconnect", "publish", "publish", "publish", "subscribe", "unsubscribe",
    ]  # fmt: skip
    assert {r["wanglou.pairing"] for r in found} == {"paired", "one_way"}
    assert {r["error.code"] for r in found} == {None}
    assert {r["mqtt.client_id"] for r in found} == {"press-7"}
    assert {r["mqtt.version"] for r in found} == {"5" if version == 5 else "3.1.1"}
    connect = next(r for r in own if r["event.action"] == "connect")
    assert (connect["mqtt.keep_alive"], connect["mqtt.password_present"], connect["event.outcome"]) == (
        30,
        False,
        "success",
    )
    will = [connect[f"mqtt.will.{name}"] for name in ("topic", "qos", "retain", "payload", "length")]
    assert will == ["line/1/lost", 1, True, "gone", 4]
    asked = next(r for r in own if r["event.action"] == "subscribe")
    assert (asked["mqtt.filters"], asked["mqtt.granted_qos"]) == (["line/1/#", "line/2/+"], [1, 2])
    sent = sorted((r for r in own if r["event.action"] == "publish"), key=lambda r: str(r["mqtt.topic"]))
    for rows in (sent, theirs):
        assert [(r["mqtt.topic"], r["mqtt.qos"], r["mqtt.acknowledged"]) for r in rows] == [
            ("line/2/q0", 0, None), ("line/2/q1", 1, "puback"), ("line/2/q2", 2, "pubcomp"),
        ]  # fmt: skip
        assert [r["mqtt.payload.kind"] for r in rows] == ["text", "json", "binary"]
        assert rows[1]["mqtt.payload.json_keys"] == ["t", "q", "q.ok"]
    assert [(topic, qos) for topic, _, qos in sorted(device.came)] == [(r["mqtt.topic"], r["mqtt.qos"]) for r in theirs]


@pytest.mark.parametrize(("version", "reason"), [(4, "not_authorized"), (5, "not_authorized")])
def test_a_refused_client(tmp_path: Path, version: int, reason: str) -> None:
    """A wrong password is a refused CONNECT, with the user's name and without the password."""
    with run_broker(tmp_path, {"operator": "right"}) as broker, record(broker.plain) as (near, recording):
        device = Device(near, "panel", version, "tcp", user="operator", password="hunter2")  # noqa: S106 - a wrong one
        device.client.loop_stop()
    found = records(recording.list_packets(1883)[0])
    connect = found[-1] if found[-1]["event.action"] == "connect" else found[0]
    assert (connect["event.outcome"], connect["mqtt.reason.name"]) == ("failure", reason)
    assert device.code.is_failure
    assert (connect["user.name"], connect["mqtt.password_present"]) == ("operator", True)
    assert not [value for r in found for value in r.values() if "hunter2" in str(value)]


def test_properties_of_version_5(tmp_path: Path) -> None:
    """User properties, expiry, content type, reply topic, correlation data and topic aliases as they were sent."""
    with run_broker(tmp_path) as broker, record(broker.plain) as (near, recording):
        device = Device(near, "", 5, "tcp")
        sent = properties.Properties(packettypes.PacketTypes.PUBLISH)  # type: ignore[no-untyped-call] # paho's
        sent.UserProperty = [("site", "north"), ("batch", "7")]
        sent.MessageExpiryInterval, sent.ContentType = 60, "text/plain"
        sent.ResponseTopic, sent.CorrelationData, sent.TopicAlias = "line/9/reply", b"\x01\xfe", 3
        device.client.publish("line/9/ask", b"go", qos=1, properties=sent)
        device.wait("publish")
        again = properties.Properties(packettypes.PacketTypes.PUBLISH)  # type: ignore[no-untyped-call] # paho's
        again.TopicAlias = 3
        device.client.publish("", b"go on", qos=1, properties=again)
        device.wait("publish")
        device.close()
    found = records(recording.list_packets(1883)[0], [9])
    first, second = (r for r in found if r["event.action"] == "publish")
    assert first["mqtt.user_properties"] == ["site=north", "batch=7"]
    assert (first["mqtt.message_expiry"], first["mqtt.content_type"]) == (60, "text/plain")
    assert (first["mqtt.response_topic"], first["mqtt.correlation_data"]) == ("line/9/reply", "01fe")
    assert [(r["mqtt.topic"], r["mqtt.topic_alias"]) for r in (first, second)] == [("line/9/ask", 3)] * 2
    assert {r["mqtt.reason.name"] for r in (first, second)} == {"no_matching_subscribers"}
    connect = next(r for r in found if r["event.action"] == "connect")
    assert connect["mqtt.client_id"] == connect["mqtt.assigned_client_id"] == second["mqtt.client_id"]


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_a_client_over_tls(tmp_path: Path, version: ssl.TLSVersion) -> None:
    """Only the handshake is told: version, fingerprint and, where it is sent in clear, the broker's certificate."""
    identity = make_identity(tmp_path, "broker.park.example")
    context = ssl.create_default_context(cafile=identity.path)
    context.minimum_version = context.maximum_version = version
    client = paho.Client(CallbackAPIVersion.VERSION2, "press-7", protocol=MQTTProtocolVersion.MQTTv5)
    client.tls_set_context(context)
    with run_broker(tmp_path, identity=identity.path) as broker, record(broker.tls) as (near, recording):
        client.connect("127.0.0.1", near)
        client.loop_start()
        client.publish("line/1", b"over TLS", qos=1).wait_for_publish(WAIT_S)
        client.disconnect()
        client.loop_stop()
    (handshake,), _ = read_tls(*(Piece(chunk, from_server) for from_server, chunk in recording.connections[0]))
    shown = version == ssl.TLSVersion.TLSv1_2
    assert (handshake["tls.established"], handshake["tls.version"]) == (True, "1.2" if shown else "1.3")
    assert handshake["tls.client.ja4"].startswith("t12" if shown else "t13")
    assert handshake["tls.server.subject"] == ("CN=broker.park.example,O=园区 Park,C=CN" if shown else None)
    found = dissect(recording.list_packets(8883)[0].packets)
    assert {flow["network.protocol"] for flow in found.flow} == {"tls"}
