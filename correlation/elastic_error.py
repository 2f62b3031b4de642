"""What an Elasticsearch server or the way to it says, as an error with advice."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from elastic_transport import ConnectionTimeout, TlsError, TransportError
from elasticsearch import ApiError, UnsupportedProductError

from wanglou.errors import StoreError, UsageError

_ADVICE: dict[int, str] = {
    401: "give an API key that this cluster knows (the settings name its file)",
    403: "give the API key the rights to manage and write these indices; `wanglou store check` tells which",
    404: "run `wanglou store init` first",
    429: "the cluster has more to do than it can; try again, or give it more nodes",
}
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
    if isinstance(error, UnsupportedProductError):
        return StoreError("this is no Elasticsearch, or not one of Elastic's", where=where, do="give another address")
    if isinstance(error, TlsError):
        do = "name the file of the CA that signed the server's certificate"
        return StoreError(f"the server's certificate is not trusted: {_last(error)}", where=where, do=do)
    if isinstance(error, ConnectionTimeout):
        return StoreError("the cluster does not answer in time", where=where, do="look at its health and load")
    if isinstance(error, TransportError):
        return StoreError(f"no connection: {_last(error)}", where=where, do="check the address and that it runs")
    return _explain_answer(error, where)


def _last(error: TransportError) -> str:
    """Give the shortest telling of what the transport met."""
    return str(error.errors[-1] if error.errors else error.message).partition("\n")[0][:300]


def _explain_answer(error: Exception, where: str) -> StoreError | UsageError:
    status = getattr(getattr(error, "meta", None), "status", 0)
    return explain_reason(status, *read_reason(getattr(error, "body", None)), where)


def explain_reason(status: int, kind: str, reason: str, where: str) -> StoreError | UsageError:
    """Tell what the server said, of a whole request or of one of its items."""
    if "too_many" in kind or "too_complex" in kind or "too complex" in reason or "Determinizing" in reason:
        return UsageError(f"the question is too much for the cluster: {reason}", where=where, do="ask for less")
    if kind == BLOCKED:
        return StoreError(f"the cluster takes no writes: {reason}", where=where, do=_unblock(reason))
    if "strict_dynamic_mapping" in kind or "mapper" in kind:
        do = "run `wanglou store migrate`: the indices are of another version"
        return StoreError(f"the mapping does not fit: {reason}", where=where, do=do)
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
        return "", str(found or "")[:300]
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
