"""What servers say, told with advice."""

from __future__ import annotations

from typing import Any

import pytest
from elastic_transport import ApiResponseMeta, ConnectionTimeout, HttpHeaders, NodeConfig, SerializationError, TlsError
from elastic_transport import ConnectionError as NoConnection
from elasticsearch import ApiError, UnsupportedProductError

from correlation.elastic_error import explain, failing, find_failures, is_passing, read_reason
from wanglou.errors import StoreError, UsageError

NODE = NodeConfig("http", "a", 9200)


PRODUCT = {"X-Elastic-Product": "Elasticsearch"}


def answer(status: int, body: Any = None, headers: dict[str, str] = PRODUCT) -> ApiError:
    """An error as the client raises it."""
    return ApiError("x", ApiResponseMeta(status, "1.1", HttpHeaders(headers), 0.0, NODE), body)


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
        (answer(502, "<html>"), StoreError, ("cannot answer: 502",)),
        (answer(406, told("x", "no")), StoreError, ("requests of version 8: no", "use version 8.19 or 9")),
        (answer(400, told("media_type_header_exception", "no")), StoreError, ("use version 8.19 or 9",)),
        (TlsError("[SSL: WRONG_VERSION_NUMBER] wrong version"), StoreError, ("does not speak TLS", "write http://")),
        (TlsError("[SSL] record layer failure (_ssl.c:1006)"), StoreError, ("does not speak TLS", "write http://")),
        (TlsError("[X509: NO_CERTIFICATE_OR_CRL_FOUND] x"), StoreError, ("ca= holds no certificate", "PEM")),
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


SHARD = {
    "shard": 0,
    "index": "wanglou-dns-2026",
    "reason": {"type": "query_shard_exception", "reason": "no such field"},
}
OF_SHARDS = {"type": "search_phase_execution_exception", "reason": "all shards failed", "failed_shards": [SHARD]}


def test_what_fails_on_shards_names_the_index() -> None:
    """And what to do; without a shard that tells, it is the cluster's health."""
    told = str(explain(answer(400, {"error": OF_SHARDS}), "a"))
    assert told.startswith("a: the index wanglou-dns-2026 does not have the fields that it should: no such field (")
    assert "store check" in told
    missing = explain(answer(503, {"error": {**OF_SHARDS, "failed_shards": []}}), "a")
    assert str(missing) == "a: the cluster cannot answer: shards are missing (look at its health)"
    busy = {"type": "circuit_breaking_exception", "reason": "too large"}
    told = str(explain(answer(429, {"error": {**OF_SHARDS, "failed_shards": [{**SHARD, "reason": busy}]}}), "a"))
    assert "circuit_breaking_exception: too large" in told
    assert "more nodes" in told


@pytest.mark.parametrize(
    "kind", ["too_many_buckets_exception", "too_many_nested_clauses", "too_complex_to_determinize"]
)
def test_questions_that_are_too_much(kind: str) -> None:
    """Wherever on a shard it is told."""
    inner = {"type": "query_shard_exception", "reason": "failed", "caused_by": {"type": kind, "reason": "too complex"}}
    for reason in ({"type": kind, "reason": "x"}, inner):
        explained = explain(answer(400, {"error": {**OF_SHARDS, "failed_shards": [{**SHARD, "reason": reason}]}}), "a")
        assert type(explained) is UsageError
    reduced = {**OF_SHARDS, "failed_shards": [], "caused_by": {"type": kind, "reason": "x"}}
    assert type(explain(answer(503, {"error": reduced}), "a")) is UsageError


def test_counts_of_some_shards() -> None:
    """An answer that lacks shards is told from a whole one."""
    assert find_failures({"count": 3, "_shards": {"failed": 0}}) == []
    assert find_failures({"count": 3, "_shards": {"failed": 1, "failures": [SHARD]}}) == [SHARD]
    for body in (None, "text", {}, {"error": "text"}, {"error": {"type": "x"}}):
        assert find_failures(body) == []


def test_another_product() -> None:
    """A server that only looks like one."""
    meta = ApiResponseMeta(200, "1.1", HttpHeaders(), 0.0, NODE)
    assert "no Elasticsearch" in str(explain(UnsupportedProductError("x", meta, None), "a"))


PAGE = "<!doctype html>\n<html><body>hello</body></html>"


@pytest.mark.parametrize("error", [answer(404, PAGE, {}), answer(500, PAGE, {}), answer(400, told("a", "b"), {}),
                                   SerializationError(f"Unable to deserialize as JSON: {PAGE!r}")])  # fmt: skip
def test_a_web_server(error: Exception) -> None:
    """One line says what it is not, whatever its status."""
    assert str(explain(error, "a")) == "a: this is no Elasticsearch, or not one of Elastic's (give another address)"


@pytest.mark.parametrize("status", [401, 403, 429, 502, 503, 504])
def test_a_gateway_before_a_cluster(status: int) -> None:
    """What it holds off may be one all the same; its page is never shown."""
    for body in (PAGE, "  \n<html>", "busy\nlines"):
        explained = str(explain(answer(status, body, {}), "a"))
        assert "no Elasticsearch" not in explained
        assert not {"<", "\n"} & set(explained)


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
