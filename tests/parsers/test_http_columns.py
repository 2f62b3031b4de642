"""Columns of the HTTP table."""

from __future__ import annotations

import pytest

from tests.support.http_messages import OK, exchange, read, reply, request, tell


def test_facts_of_a_request() -> None:
    """Every field of the request that has a column is in it."""
    record = exchange(
        request(
            "/p/a?x=1&token=t", "POST", b"k=v", Referer="http://u:pw@b/?pwd=1", User_Agent="agent/1",
            Authorization="Basic dTpwdw==", Content_Type="Text/Plain; charset=x", Cookie="a=b",
            X_Forwarded_For="1.2.3.4",
        )
    )  # fmt: skip
    expected = {
        "event.action": "post", "http.version": "1.1", "http.request.method": "POST", "url.path": "/p/a",
        "url.query": "x=1&token=***", "url.original": "/p/a?x=1&token=***", "url.domain": "node.example",
        "url.port": 8000, "http.request.referrer": "http://u:***@b/?pwd=***", "user_agent.original": "agent/1",
        "user.name": "u", "http.request.authorization.scheme": "basic", "http.request.authorization.has_secret": True,
        "http.request.mime_type": "text/plain", "http.request.body.bytes": 3, "http.request.body.content": "k=v",
        "http.request.has_cookie": True, "http.request.header_count": 8, "http.request.forwarded_for": "1.2.3.4",
    }  # fmt: skip
    assert {name: record[name] for name in expected} == expected
    assert "pw" not in str([value for name, value in record.items() if name != "http.request.referrer"])


def test_facts_of_a_reply() -> None:
    """Every field of the reply that has a column is in it."""
    answer = reply(
        b"<html>", "302 Found", Server="nginx", Location="http://b/?token=1", Set_Cookie="a=b",
        WWW_Authenticate='Basic realm="x"', Content_Type="text/html",
    )  # fmt: skip
    record = exchange(request(), answer)
    expected = {
        "http.response.status_code": 302, "http.response.reason": "Found", "http.response.server": "nginx",
        "http.response.location": "http://b/?token=***", "http.response.has_cookie": True,
        "http.response.authenticate": 'Basic realm="x"', "http.response.mime_type": "text/html",
        "http.response.body.bytes": 6, "http.response.body.content": "<html>", "http.response.version": None,
        "http.response.header_count": 6,
    }  # fmt: skip
    assert {name: record[name] for name in expected} == expected


def test_an_absolute_target_goes_before_the_host() -> None:
    """RFC 9112 §3.2.2: a proxy is asked for the host of the target."""
    record = exchange(request("http://other.example:81/x"))
    assert tell(record, ["url.domain", "url.port", "url.path"]) == ["other.example", 81, "/x"]
    record = exchange(request("a.example:443", "CONNECT"))
    assert tell(record, ["url.domain", "url.port", "url.path"]) == ["a.example", 443, None]


@pytest.mark.parametrize(
    ("head", "anomalies"),
    [
        (b"Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", ["both_lengths"]),
        (b"Content-Length: 3\r\nContent-Length: 3\r\n\r\nabc", ["several_lengths"]),
        (b"Content-Length: 3, 3\r\n\r\n", ["several_lengths"]),
        (b"Content-Length: -3\r\n\r\n", ["bad_length"]),
        (b"Transfer-Encoding: chunked\r\n\r\nzz\r\n", ["bad_chunk"]),
        (b"Transfer-Encoding: chunked, identity\r\n\r\n", ["unknown_coding"]),
        (b"X: a\r\n b\r\n\r\n", ["obs_fold"]),
        (b"Content-Length : 3\r\n\r\nabc", ["space_before_colon"]),
        (b"X: y\n\n", ["bare_lf"]),
        (b"Host: b\r\n\r\n", ["several_hosts"]),
        (b"junk\r\n\r\n", ["bad_header"]),
        (b"Content-Encoding: gzip\r\nContent-Length: 3\r\n\r\nabc", ["bad_coding"]),
        (b"Content-Length: 3\r\n\r\nabc", None),
    ],
)
def test_anomalies(head: bytes, anomalies: list[str] | None) -> None:
    """What request smuggling is made of is marked, and the first of it is the record's error."""
    records, _ = read(b"POST / HTTP/1.1\r\nHost: a\r\n" + head)
    record = next(record for record in records if record["wanglou.pairing"] != "malformed")
    assert record["http.anomalies"] == anomalies
    assert record["error.code"] == (anomalies[0] if anomalies else None)


def test_upgrades() -> None:
    """The protocol that was switched to, or asked for."""
    switched = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n"
    assert exchange(request(Upgrade="WebSocket, x"), switched)["http.upgrade"] == "websocket"
    assert exchange(request(Upgrade="h2c"), OK)["http.upgrade"] == "h2c"
