"""What servers say, told with advice."""

from __future__ import annotations

from typing import Any

import pytest
from elastic_transport import ApiResponseMeta, ConnectionTimeout, HttpHeaders, NodeConfig, TlsError
from elastic_transport import ConnectionError as NoConnection
from elasticsearch import ApiError, UnsupportedProductError

from correlation.elastic_error import explain, failing, is_passing, read_reason
from wanglou.errors import StoreError, UsageError

NODE = NodeConfig("http", "a", 9200)


def answer(status: int, body: Any = None) -> ApiError:
    """An error as the client raises it."""
    return ApiError("x", ApiResponseMeta(status, "1.1", HttpHeaders(), 0.0, NODE), body)


def told(kind: str, reason: str) -> dict[str, Any]:
    """A body as servers send it."""
    return {"error": {"type": kind, "reason": reason, "root_cause": [{"type": kind, "reason": reason}]}}


@pytest.mark.parametrize(
    ("error", "kind", "words"),
    [
        (TlsError("bad"), StoreError, ("not trusted", "file of the CA")),
        (NoConnection("refused"), StoreError, ("no connection", "refused")),
        (ConnectionTimeout("slow"), StoreError, ("does not answer in time",)),
        (answer(401), StoreError, ("API key",)),
        (answer(403, told("security_exception", "no")), StoreError, ("rights", "security_exception: no")),
        (answer(403, told("cluster_block_exception", "blocked by: flood-stage")), StoreError, ("store expire",)),
        (answer(403, told("cluster_block_exception", "blocked by: index write")), StoreError, ("takes no writes",)),
        (answer(400, told("strict_dynamic_mapping_exception", "x")), StoreError, ("store migrate",)),
        (
            answer(400, told("search_phase_execution_exception", "Determinizing is too complex")),
            UsageError,
            ("too much",),
        ),
        (answer(503, told("master_not_discovered_exception", "none")), StoreError, ("cannot answer", "health")),
        (answer(502, "<html>"), StoreError, ("cannot answer: <html>",)),
        (answer(418, None), StoreError, ("status 418",)),
    ],
)
def test_errors_say_what_to_do(error: Exception, kind: type[Exception], words: tuple[str, ...]) -> None:
    """What happened, where, and advice."""
    explained = explain(error, "https://a:9200")
    assert type(explained) is kind
    assert str(explained).startswith("https://a:9200: ")
    for word in words:
        assert word in str(explained)


def test_another_product() -> None:
    """A server that only looks like one."""
    meta = ApiResponseMeta(200, "1.1", HttpHeaders(), 0.0, NODE)
    assert "no Elasticsearch" in str(explain(UnsupportedProductError("x", meta, None), "a"))


def test_only_the_client_is_explained() -> None:
    """Faults of our own pass as they are."""
    with pytest.raises(KeyError), failing("a"):
        raise KeyError
    with pytest.raises(StoreError), failing("a"):
        raise answer(401)


def test_what_may_pass() -> None:
    """A busy server and a lost connection may; a wrong certificate or right may not."""
    assert all(is_passing(one) for one in (answer(429), answer(503), NoConnection("x"), ConnectionTimeout("x")))
    assert not any(is_passing(one) for one in (answer(400), answer(403), TlsError("x"), ValueError()))


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (None, ("", "")),
        ("text", ("", "text")),
        ({"error": "text"}, ("", "text")),
        (told("a", "b"), ("a", "b")),
        ({"_shards": {"failures": [{"reason": {"type": "a", "reason": "b"}}]}}, ("a", "b")),
        ({"status": 400, "error": {"type": "a", "reason": "b", "caused_by": {"reason": "c"}}}, ("a", "b: c")),
    ],
)
def test_reasons(body: Any, reason: tuple[str, str]) -> None:
    """Kind and reason, with the cause behind it."""
    assert read_reason(body) == reason
