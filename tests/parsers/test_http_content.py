"""Bodies of a batch, each distinct one read once."""

from __future__ import annotations

import gzip
import json

import pytest

from parsers import http_content
from parsers.http_api import Call
from parsers.http_body import Body
from parsers.http_content import read_call
from parsers.http_result import Result
from tests.support.http_messages import chunked, exchange, read, reply, request


def body(document: object) -> Body:
    """Make a body of JSON."""
    return Body(json.dumps(document).encode(), -1, "", 0)


def test_what_bodies_add_to_a_call() -> None:
    """Identifier and result from the bodies where the target does not tell."""
    said = read_call(Call("snms", "create"), body({"handle": "88.1/x"}), body({"status": 1, "message": "ok"}))
    assert (said.identifier, said.result) == ("88.1/x", Result(1, "ok", ()))
    said = read_call(Call("doip", "create"), body({"type": "t"}), body({"code": 1, "data": {"id": "88.1/new"}}))
    assert said.identifier == "88.1/new"
    assert read_call(Call("handle", "message", identifier="a"), None, None).identifier == "a"


def test_a_login_leaves_no_text() -> None:
    """Of a login the user is kept, of its bodies and message nothing."""
    asked = b'{"username":"op","password":"pw1"}'
    answered = b'{"status":1,"message":"4711-tok","data":"4711-tok"}'
    record = exchange(request("/identity/token", "POST", asked), reply(answered, Content_Type="application/json"))
    assert (record["http.api.action"], record["user.name"], record["http.api.code"]) == ("login", "op", 1)
    assert not {"pw1", "4711-tok"} & {
        word for value in record.values() for word in str(value).replace('"', " ").split()
    }
    assert record["http.request.body.content"] is record["http.response.body.content"] is None


def test_equal_bodies_of_other_types_are_apart() -> None:
    """A body is read by its coding and type, not by its bytes alone."""
    packed = gzip.compress(b"same text")
    records, _ = read(
        request(), reply(packed, Content_Encoding="gzip"), request(), reply(packed), request(),
        reply(packed, Content_Encoding="gzip"),
    )  # fmt: skip
    assert [record["http.response.body.content"] for record in records] == ["same text", None, "same text"]


def test_long_bodies_that_begin_alike_are_apart() -> None:
    """Two bodies that differ behind their first KiB each have their own digest."""
    records, _ = read(request(), reply(b"a" * 3000 + b"1"), request(), reply(b"a" * 3000 + b"2"))
    assert len({record["http.response.body.sha256"] for record in records}) == 2


def test_decoding_of_a_batch_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Beyond the bound bodies stay compressed, and that is counted."""
    monkeypatch.setattr(http_content, "DECODED_BATCH", 10)
    replies = [reply(gzip.compress(b"text number %d" % number), Content_Encoding="gzip") for number in range(3)]
    records, table = read(request() * 3, b"".join(replies))
    assert sum(record["http.response.body.content"] is not None for record in records) == 1
    assert table.counters["http_decoding_skipped"] == 2


def test_a_chunked_and_packed_body() -> None:
    """Chunks and coding are undone one after the other."""
    packed = gzip.compress(b'{"responseCode":1,"handle":"88.1/x"}')
    answer = chunked(packed[:7], packed[7:], start=b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n")
    record = exchange(request("/api/handles/88.1/x"), answer)
    assert record["http.response.body.content"] == '{"responseCode":1,"handle":"88.1/x"}'
    assert record["http.response.body.bytes"] == len(packed)
    assert record["http.response.body.decoded_bytes"] == 36
    assert record["http.api.code"] == 1
