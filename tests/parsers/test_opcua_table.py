"""OPC UA messages of a batch as an Arrow table."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from parsers.message import BROKEN_BY_GAP, MALFORMED_BYTES, STRAY, WHOLE
from parsers.schema import OPCUA
from parsers.tracker import Limits
from tests.support.opcua_bytes import (
    acknowledge,
    chunk,
    encode,
    failure,
    fill,
    hello,
    list_services,
    opening,
    pack,
    ua,
)
from tests.support.opcua_turns import START_NS, STEP_NS, Feed, Record, Turn, order, tabulate, talk

quick = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
BODIES = [encode(fill(kind)) for kind in list_services()]
READ = encode(fill(ua.ReadRequest))
ANSWER = encode(fill(ua.ReadResponse))


def only(records: list[Record]) -> Record:
    """The one record."""
    (record,) = records
    return record


@st.composite
def draw_chunk(draw: st.DrawFn) -> bytes:
    """A chunk: of a real body, changed or not, or of any bytes."""
    body = draw(st.one_of(st.sampled_from(BODIES), st.binary(max_size=80)))
    for _ in range(draw(st.integers(0, 2))):
        at = draw(st.integers(0, max(len(body) - 1, 0)))
        body = body[:at] + draw(st.binary(max_size=3)) + body[at + draw(st.integers(0, 3)) :]
    made = draw(st.integers(0, 9))
    request = draw(st.integers(1, 3))
    if made < 7:
        return chunk(body, request, letter=draw(st.sampled_from("FFFCA")), kind=draw(st.sampled_from(["MSG", "CLO"])))
    if made == 7:
        return opening(body, request, policy=draw(st.sampled_from(["", "http://x/#None", "http://x/#Basic256"])))
    return draw(st.sampled_from([hello(), acknowledge(), failure(), pack(b"RHEF", body), pack(b"HELF", body), body]))


@st.composite
def draw_turns(draw: st.DrawFn) -> list[Turn]:
    """Chunks of two connections."""
    return [
        Turn(
            draw(draw_chunk()), draw(st.booleans()), draw(st.integers(1, 2)), number, number, 0,
            START_NS + number * STEP_NS,
            draw(st.sampled_from([WHOLE, WHOLE, WHOLE, WHOLE, MALFORMED_BYTES, BROKEN_BY_GAP, STRAY])),
        )
        for number in range(draw(st.integers(0, 6)))
    ]  # fmt: skip


@quick
@given(draw_turns(), st.lists(st.integers(0, 3), max_size=4))
def test_any_bytes_give_the_same_rows_in_any_batches(turns: list[Turn], sizes: list[int]) -> None:
    """Nothing raises, and batches and buffers make no difference."""
    whole = order(tabulate(turns))
    assert order(tabulate(turns, sizes)) == whole
    assert order(tabulate(turns, sizes, spilled=True)) == whole


@quick
@given(st.sampled_from(BODIES), st.data())
def test_a_body_cut_anywhere_is_malformed_or_cut(body: bytes, data: st.DataObject) -> None:
    """A body that ends early is malformed; where only its beginning was kept it is cut, and what is there is told."""
    size = data.draw(st.integers(4, len(body) - 1))
    short = chunk(body[:size])
    record = only(tabulate([Turn(short)]))
    assert (record["event.action"], record["wanglou.pairing"]) == ("malformed", "malformed")
    kept = only(tabulate([Turn(chunk(body)[: 24 + size], wire=len(chunk(body)))]))
    assert (kept["opcua.cut"], kept["error.code"]) == (True, None)


def test_every_service_has_a_row() -> None:
    """A request with its reply is one row of all 39 services that another implementation knows."""
    kinds = {kind.__name__: kind for kind in list_services()}
    for name, kind in kinds.items():
        if not name.endswith("Request") or name.startswith(("OpenSecure", "CloseSecure")):
            continue
        reply = fill(kinds[name.replace("Request", "Response")])
        reply.ResponseHeader.ServiceResult = ua.StatusCode(0)
        record = only(tabulate(talk(chunk(encode(fill(kind))), (chunk(encode(reply)), True))))
        assert (record["wanglou.pairing"], record["event.outcome"], record["error.code"]) == ("paired", "success", None)
        assert record["event.action"].replace("_", "") == name.removesuffix("Request").lower()
        assert record["opcua.service.name"] == record["event.action"]
        assert record["opcua.service.set"]


def test_schema_with_and_without_rows() -> None:
    """The columns are those declared, whatever there is."""
    feed = Feed()
    assert feed.add([]) == []
    assert list(feed.add(talk(chunk(READ)), flush=True)[0]) == OPCUA.arrow.names


def test_a_read_in_full() -> None:
    """Nodes and values of a request and its reply, element by element."""
    record = only(tabulate(talk(chunk(READ, 9), (chunk(ANSWER, 9), True))))
    assert record["opcua.request.id"] == 9
    assert (record["opcua.channel.id"], record["opcua.token.id"]) == (7, 3)
    assert record["opcua.nodes"] == ["ns=2;s=Tank", "ns=2;s=Tank"]
    assert record["opcua.values"] == ["[1.5, 2.5]", "[1.5, 2.5]"]
    assert record["opcua.types"] == ["Double[]", "Double[]"]
    assert record["opcua.item.statuses"] == ["UncertainInitialValue", "UncertainInitialValue"]
    assert record["opcua.source_times"] == [1_709_209_815_000_000_000] * 2
    assert (record["opcua.status.name"], record["opcua.status.severity"]) == ("BadNodeIdUnknown", "bad")
    assert record["event.outcome"] == "failure"


def test_a_fault_answers_any_request() -> None:
    """A service fault is the reply of its request, Publish too."""
    fault = b"\x01\x00\x8d\x01" + encode(ua.CancelResponse())[4:-4]
    for kind in (ua.ReadRequest, ua.PublishRequest):
        record = only(tabulate(talk(chunk(encode(kind()), 4), (chunk(fault, 4), True))))
        assert (record["wanglou.pairing"], record["opcua.response.type_id"]) == ("paired", 397)
        assert record["event.action"] in ("read", "publish")


def test_a_reply_of_another_service_is_told() -> None:
    """The exchange is wrong, not the bytes."""
    record = only(tabulate(talk(chunk(READ), (chunk(encode(ua.BrowseResponse())), True))))
    assert (record["wanglou.pairing"], record["error.code"]) == ("paired", "service_mismatch")


def test_publish_requests_are_patient() -> None:
    """Other requests are given up after the limit; a Publish request waits ten times as long."""
    limits = Limits(reply_s=1)
    later = START_NS + 5_000_000_000
    answers = [Turn(chunk(encode(ua.PublishResponse()), 1), True, packet=8, packet_end=8, ts_ns=later)]
    answers += [Turn(chunk(encode(ua.ReadResponse()), 2), True, packet=9, packet_end=9, ts_ns=later)]
    asked = talk(chunk(encode(ua.PublishRequest()), 1), chunk(encode(ua.ReadRequest()), 2))
    feed = Feed(limits)
    records = feed.add(asked) + feed.add(answers) + feed.add([], flush=True)
    assert sorted((record["event.action"], record["wanglou.pairing"]) for record in records) == [
        ("publish", "paired"), ("read", "no_request"), ("read", "no_response"),
    ]  # fmt: skip


def test_connection_messages() -> None:
    """Hello and acknowledge are one row; an error is the answer of a hello, or stands alone."""
    record = only(tabulate(talk(hello("opc.tcp://x"), (acknowledge(), True))))
    assert (record["event.action"], record["wanglou.pairing"]) == ("hello", "paired")
    assert (record["opcua.endpoint.url"], record["opcua.acknowledge.send_buffer_size"]) == ("opc.tcp://x", 65_536)
    refused = only(tabulate(talk(hello(), (failure(0x80830000, "who?"), True))))
    assert (refused["opcua.status.name"], refused["event.outcome"]) == ("BadTcpEndpointUrlInvalid", "failure")
    assert refused["opcua.error.reason"] == "who?"
    alone = only(tabulate(talk((failure(), True))))
    assert (alone["event.action"], alone["wanglou.pairing"]) == ("error", "alone")
    reverse = pack(b"RHEF", b"\x05\x00\x00\x00urn:s\x0b\x00\x00\x00opc.tcp://s")
    called = only(tabulate(talk((reverse, True))))
    assert (called["event.action"], called["opcua.server.uri"]) == ("reverse_hello", "urn:s")


def test_encrypted_bodies_are_opaque_only_where_they_can_be() -> None:
    """Bytes that are no service are encrypted, unless the channel is known to have no protection."""
    record = only(tabulate(talk(chunk(bytes(range(60))))))
    assert (record["event.action"], record["opcua.opaque"]) == ("encrypted", True)
    assert (record["opcua.request.id"], record["opcua.security.mode"]) == (None, "sign_and_encrypt")
    opened = talk(opening(encode(fill(ua.OpenSecureChannelRequest))), chunk(bytes(range(60)), 2))
    second = order(tabulate(opened))[1]
    assert (second["event.action"], second["error.code"]) == ("malformed", "type_id")


def test_the_policy_holds_from_its_opening_on() -> None:
    """It is remembered from batch to batch, for its connection only."""
    opened = opening(bytes(80), policy="http://opcfoundation.org/UA/SecurityPolicy#Basic256Sha256")
    turns = [*talk(opened, chunk(bytes(60))), dataclasses.replace(talk(chunk(bytes(60)))[0], uid=2, packet=3)]
    for sizes in ((), (1,), (1, 1)):
        records = order(tabulate(turns, sizes))
        assert [record["opcua.security.policy"] for record in records] == ["Basic256Sha256", "Basic256Sha256", None]


def test_events_have_more_room_when_they_need_it() -> None:
    """Many messages full of values are all told."""
    many = ua.WriteRequest()
    many.Parameters.NodesToWrite = [fill(ua.WriteValue) for _ in range(200)]
    turns = talk(*(chunk(encode(many), number) for number in range(1, 25)))
    records = tabulate(turns)
    assert [len(record["opcua.values"]) for record in records] == [200] * 24


def test_too_many_values_are_cut_and_told() -> None:
    """A message of more values than are kept is marked, and is not malformed."""
    many = ua.WriteRequest()
    many.Parameters.NodesToWrite = [ua.WriteValue() for _ in range(1600)]
    record = only(tabulate(talk(chunk(encode(many)))))
    assert (record["opcua.cut"], record["error.code"], record["opcua.item.count"]) == (True, None, 1600)


def test_counters() -> None:
    """Malformed and encrypted messages are counted as their rows."""
    feed = Feed()
    feed.add(talk(chunk(bytes(range(60))), chunk(READ[:40])), flush=True)
    assert feed.table.counters["opcua_malformed"] == 1
    assert feed.table.counters["opcua_encrypted"] == 1


def test_a_duplicate_request_id_is_told() -> None:
    """The second of two requests with one id is marked, also across batches."""
    turns = talk(chunk(READ, 5), chunk(READ, 5))
    for sizes in ((), (1,)):
        records = order(tabulate(turns, sizes))
        assert [record["error.code"] for record in records] == [None, "duplicate_request_id"]


def test_numbers_of_every_type() -> None:
    """Values as text and number, by type."""
    kinds: list[tuple[Any, Any, str, float | None]] = [
        (True, ua.VariantType.Boolean, "true", 1.0), (-5, ua.VariantType.SByte, "-5", -5.0),
        (2**64 - 1, ua.VariantType.UInt64, str(2**64 - 1), float(2**64 - 1)),
        (-(2**63), ua.VariantType.Int64, str(-(2**63)), float(-(2**63))), (0.5, ua.VariantType.Float, "0.5", 0.5),
        ("text", ua.VariantType.String, "text", None), (b"\x01\xff", ua.VariantType.ByteString, "01ff", None),
        (ua.NodeId(5), ua.VariantType.NodeId, "i=5", None),
        ([True, False], ua.VariantType.Boolean, "[true, false]", None),
        (ua.LocalizedText("Tür", "de"), ua.VariantType.LocalizedText, "Tür", None),
    ]  # fmt: skip
    message = ua.ReadResponse()
    message.Results = [ua.DataValue(ua.Variant(value, kind)) for value, kind, _, _ in kinds]
    record = only(tabulate(talk((chunk(encode(message)), True))))
    assert record["opcua.values"] == [text for _, _, text, _ in kinds]
    assert record["opcua.numbers"] == [number for *_, number in kinds]
    assert np.isclose(record["opcua.numbers"][4], 0.5)
