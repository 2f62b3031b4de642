"""What an Elasticsearch server or the way to it says, as an error with advice."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from elastic_transport import ConnectionTimeout, SerializationError, TlsError, TransportError
from elasticsearch import ApiError, UnsupportedProductError

from wanglou.errors import StoreError, UsageError

_ADVICE: dict[int, str] = {
    401: "give an API key that this cluster knows (the settings name its file)",
    403: "give the API key the rights to manage and write these indices; `wanglou store check` tells which",
    404: "run `wanglou store init` first",
    429: "the cluster has more to do than it can; try again, or give it more nodes",
}
USE_VERSION = "use version 8.19 or 9"
_NOT_ACCEPTABLE = 406
_OF_SHARDS = "search_phase_execution_exception"
BLOCKED = "cluster_block_exception"
"""Kind of the error of an index or cluster that takes no writes."""
_BUSY = frozenset({429, 502, 503, 504})
"""Statuses that a later attempt may not meet."""


@contextmanager
def failing(where: str) -> Iterator[None]:
    """Turn the client's errors into a StoreError with advice, or a UsageError where the question was too much."""
    try:
        yield
    except (ApiError, TransportError, UnsupportedProductError) as error:
        raise explain(error, where) from error


def explain(error: Exception, where: str) -> StoreError | UsageError:
    """Tell an error of the client with its place and what to do."""
    if isinstance(error, UnsupportedProductError | SerializationError) or _is_another_product(error):
        return StoreError("this is no Elasticsearch, or not one of Elastic's", where=where, do="give another address")
    if isinstance(error, TlsError):
        return _explain_tls(_last(error), where)
    if isinstance(error, ConnectionTimeout):
        return StoreError("the cluster does not answer in time", where=where, do="look at its health and load")
    if isinstance(error, TransportError):
        return StoreError(f"no connection: {_last(error)}", where=where, do="check the address and that it runs")
    return _explain_answer(error, where)


def _is_another_product(error: Exception) -> bool:
    """True for an answer that Elasticsearch did not give, nor what may stand before it to let in or hold off."""
    meta = getattr(error, "meta", None)
    if meta is None or meta.status in _BUSY or meta.status in (401, 403):
        return False
    return bool(meta.headers.get("x-elastic-product", "") != "Elasticsearch")


def _explain_tls(reason: str, where: str) -> StoreError:
    """Tell why there is no TLS; libraries call a server that speaks none by several names."""
    if any(word in reason for word in ("WRONG_VERSION_NUMBER", "RECORD_LAYER_FAILURE", "record layer failure")):
        return StoreError("the server does not speak TLS at this address", where=where, do="write http:// for it")
    if any(word in reason for word in ("NO_CERTIFICATE_OR_CRL_FOUND", "PEM lib", "NOT_ENOUGH_DATA", "NO_START_LINE")):
        do = "give the CA's certificate as PEM: -----BEGIN CERTIFICATE-----"
        return StoreError("the file of ca= holds no certificate", where=where, do=do)
    do = "name the file of the CA that signed the server's certificate, with ca=FILE"
    return StoreError(f"the server's certificate is not trusted: {reason}", where=where, do=do)


def _last(error: TransportError) -> str:
    """Give the shortest telling of what the transport met."""
    return _write_line(error.errors[-1] if error.errors else error.message)


def _write_line(text: object) -> str:
    """Write the first line of what a server or a library says; nothing of a page of HTML."""
    line = str(text or "").strip().partition("\n")[0][:300]
    return "" if line.startswith("<") else line


def _explain_answer(error: Exception, where: str) -> StoreError | UsageError:
    status, body = getattr(getattr(error, "meta", None), "status", 0), getattr(error, "body", None)
    if failed := find_failures(body):
        return explain_failures(status, failed, where)
    kind, reason = read_reason(body)
    if kind != _OF_SHARDS or body is None:
        return explain_reason(status, kind, reason, where)
    cause = body["error"].get("caused_by")  # what went wrong where the shards' answers were put together
    explained = explain_reason(status, str(cause.get("type")) if isinstance(cause, Mapping) else "", reason, where)
    if cause or isinstance(explained, UsageError):
        return explained
    return StoreError("the cluster cannot answer: shards are missing", where=where, do="look at its health")


def find_failures(body: Any) -> list[Mapping[str, Any]]:
    """Give what went wrong on single shards of a question, of an error or of an answer; none where nothing did."""
    error = body.get("error") if isinstance(body, Mapping) else None
    told = error if isinstance(error, Mapping) else body.get("_shards") if isinstance(body, Mapping) else None
    found = [told.get(name) for name in ("failed_shards", "failures")] if isinstance(told, Mapping) else []
    return [failure for failures in found if isinstance(failures, list) for failure in failures]


def explain_failures(status: int, failed: Sequence[Mapping[str, Any]], where: str) -> StoreError | UsageError:
    """Tell why a question failed on shards, and name the index that cannot answer it."""
    first = failed[0]
    kind, reason = read_reason({"error": first.get("reason")})
    explained = explain_reason(status, kind, reason, where)
    index = str(first.get("index") or "")
    if isinstance(explained, UsageError) or status not in (0, 200, 400) or not index:
        return explained
    do = "`wanglou store check` names the fields that differ, `wanglou store migrate` mends them"
    return StoreError(f"the index {index} does not have the fields that it should: {reason}", where=where, do=do)


def explain_reason(status: int, kind: str, reason: str, where: str) -> StoreError | UsageError:
    """Tell what the server said, of a whole request or of one of its items."""
    if "too_many" in kind or "too_complex" in kind or "too complex" in reason or "Determinizing" in reason:
        return UsageError(f"the question is too much for the cluster: {reason}", where=where, do="ask for less")
    if kind == BLOCKED:
        return StoreError(f"the cluster takes no writes: {reason}", where=where, do=_unblock(reason))
    if "strict_dynamic_mapping" in kind or "mapper" in kind:
        do = "run `wanglou store migrate`: the indices are of another version"
        return StoreError(f"the mapping does not fit: {reason}", where=where, do=do)
    if kind == "media_type_header_exception" or status == _NOT_ACCEPTABLE:
        return StoreError(f"this server does not take requests of version 8: {reason}", where=where, do=USE_VERSION)
    if status in (502, 503, 504):
        return StoreError(f"the cluster cannot answer: {reason or status}", where=where, do="look at its health")
    return StoreError(
        f"{kind or status}: {reason}" if reason else f"status {status}", where=where, do=advice_of(status)
    )


def advice_of(status: int) -> str:
    """Tell what to do about a status."""
    return _ADVICE.get(status, "look at the cluster's log")


def _unblock(reason: str) -> str:
    if "flood-stage" in reason or "read-only-allow-delete" in reason:
        return "a disk passed the watermark: free space or run `wanglou store expire`"
    return "look at the cluster's blocks (GET _all/_settings) and its health"


def read_reason(body: Any) -> tuple[str, str]:
    """Read kind and reason of an error, of a whole answer or of one item; empty where there are none."""
    found = body.get("error", body) if isinstance(body, dict) else body
    if not isinstance(found, dict):
        return "", _write_line(found)
    if failures := found.get("_shards", {}).get("failures"):
        found = failures[0].get("reason", {})
    causes = found.get("root_cause") or [found]
    cause = found.get("caused_by", {})
    kind, reason = str(found.get("type", "")), str(causes[0].get("reason", found.get("reason", "")))
    inner = str(cause.get("reason", "")) if isinstance(cause, dict) else ""
    return (kind, f"{reason}: {inner}" if inner and inner not in reason else reason)


def is_passing(error: Exception) -> bool:
    """True where a later attempt may succeed: the server is busy, restarting, or out of reach."""
    if isinstance(error, TlsError | UnsupportedProductError):
        return False
    if isinstance(error, TransportError):
        return True
    return getattr(getattr(error, "meta", None), "status", 0) in _BUSY
