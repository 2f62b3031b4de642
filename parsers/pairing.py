"""Join each request with its reply: one pairing for every protocol that numbers its transactions (kernel).

The table of waiting requests is rebuilt for each batch from the rows carried over: they are its only state.
Two requests waiting under one key are answered in their order; a detail (unit and function, say) decides first.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from wanglou.kernel import int64, kernel

ASKS, ANSWERS, ALONE = 0, 1, 2

_PENDING, _DONE = 1, 2
_MOST_WALKED = 64
_BUCKETS = 1 << 14

Numbers = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Pairs:
    """Records in the order in which they became complete, and the requests that still wait."""

    request: NDArray[np.int32]
    """int32[n]: row of the request, -1: none was seen."""
    reply: NDArray[np.int32]
    """int32[n]: row of the reply, -1: none came in time."""
    duplicate: NDArray[np.bool_]
    """bool[n]: its key was already waiting when the request came."""
    waiting: NDArray[np.int32]
    """int32[m]: rows of requests whose time is not up."""
    waiting_duplicate: NDArray[np.uint8]
    """uint8[m]: 1 where such a request's key was already waiting; give it back with the row."""
    dropped: int
    """Requests given up early because too many waited."""


def pair_rows(
    keys: Numbers,
    details: Numbers,
    roles: NDArray[np.uint8],
    ts_ns: Numbers,
    marked: NDArray[np.uint8],
    *,
    timeout_ns: int,
    most: int,
    flush: bool,
) -> Pairs:
    """Pair rows given in packet order; with ``flush`` nothing goes on waiting.

    ``keys`` int64[n] is equal for request and reply of a transaction; ``roles`` holds ASKS, ANSWERS or ALONE;
    ``marked`` is 1 for carried requests that were duplicates when they came.
    """
    n = len(keys)
    request, reply = np.empty(n, dtype=np.int32), np.empty(n, dtype=np.int32)
    duplicate, state = marked == 1, np.zeros(n, dtype=np.uint8)
    counts = np.zeros(2, dtype=np.int64)
    heads, tails = np.full(_BUCKETS, -1, dtype=np.int32), np.full(_BUCKETS, -1, dtype=np.int32)
    following = np.full(n, -1, dtype=np.int32)
    _pair(
        keys,
        details,
        roles,
        ts_ns,
        timeout_ns,
        most,
        flush,
        heads,
        tails,
        following,
        state,
        request,
        reply,
        duplicate,
        counts,
    )
    found = int(counts[0])
    waiting = np.flatnonzero(state == _PENDING).astype(np.int32)
    marks = duplicate[np.maximum(request[:found], 0)] & (request[:found] >= 0)
    return Pairs(request[:found], reply[:found], marks, waiting, duplicate[waiting].astype(np.uint8), int(counts[1]))


@kernel
def _pair(
    keys: Numbers, details: Numbers, roles: NDArray[np.uint8], ts_ns: Numbers, timeout_ns: int, most: int, flush: bool,
    heads: NDArray[np.int32], tails: NDArray[np.int32], following: NDArray[np.int32], state: NDArray[np.uint8],
    request: NDArray[np.int32], reply: NDArray[np.int32], duplicate: NDArray[np.bool_], counts: Numbers,
) -> None:  # fmt: skip
    """Walk the rows once; ``oldest`` follows as requests are answered or their time runs out."""
    n, mask = len(keys), len(heads) - 1
    oldest, pending, out = 0, 0, 0
    for i in range(n):
        while oldest < i and (state[oldest] != _PENDING or ts_ns[i] - ts_ns[oldest] > timeout_ns):
            if state[oldest] == _PENDING:
                out = _put(request, reply, out, oldest, -1)
                state[oldest] = _DONE
                pending -= 1
            oldest += 1
        bucket = (((keys[i] ^ (keys[i] >> 17)) & 0x7FFFFFFF) * 0x9E3779B1 >> 7) & mask  # stays below 2**63
        if roles[i] == ALONE:
            out = _put(request, reply, out, i, -1)
        elif roles[i] == ASKS:
            if pending >= most:
                out = _put(request, reply, out, oldest, -1)
                state[oldest] = _DONE
                pending -= 1
                counts[1] += 1
            while heads[bucket] >= 0 and state[heads[bucket]] != _PENDING:
                heads[bucket] = following[heads[bucket]]
            duplicate[i] |= _is_waiting(keys, state, following, heads, tails, bucket, keys[i])
            if heads[bucket] < 0:
                heads[bucket] = i
            else:
                following[tails[bucket]] = i
            tails[bucket] = i
            state[i] = _PENDING
            pending += 1
        else:
            found = _find(keys, details, state, following, heads, tails, bucket, i)
            out = _put(request, reply, out, found, i)
            if found >= 0:
                state[found] = _DONE
                pending -= 1
    if flush:
        for i in range(n):
            if state[i] == _PENDING:
                out = _put(request, reply, out, i, -1)
                state[i] = _DONE
    counts[0] = out


@kernel
def _put(request: NDArray[np.int32], reply: NDArray[np.int32], out: int, asked: int, answered: int) -> int:
    """Append a record."""
    request[out] = asked
    reply[out] = answered
    return out + 1


@kernel
def _next_waiting(
    state: NDArray[np.uint8], following: NDArray[np.int32], tails: NDArray[np.int32], bucket: int, at: int
) -> int:
    """The next waiting request after ``at`` in the chain, -1: none; what is answered is taken out on the way."""
    after = int64(following[at])
    while after >= 0 and state[after] != _PENDING:
        after = int64(following[after])
    following[at] = after
    if after < 0:
        tails[bucket] = at
    return after


@kernel
def _is_waiting(
    keys: Numbers, state: NDArray[np.uint8], following: NDArray[np.int32], heads: NDArray[np.int32],
    tails: NDArray[np.int32], bucket: int, key: int,
) -> bool:  # fmt: skip
    """True when a request of the same key waits in the chain, whose head waits."""
    at = int64(heads[bucket])
    for _ in range(_MOST_WALKED):
        if at < 0:
            break
        if keys[at] == key:
            return True
        at = _next_waiting(state, following, tails, bucket, at)
    return False


@kernel
def _find(
    keys: Numbers, details: Numbers, state: NDArray[np.uint8], following: NDArray[np.int32],
    heads: NDArray[np.int32], tails: NDArray[np.int32], bucket: int, i: int,
) -> int:  # fmt: skip
    """The oldest waiting request of the reply's key, one of the same detail before all others; -1: none."""
    while heads[bucket] >= 0 and state[heads[bucket]] != _PENDING:
        heads[bucket] = following[heads[bucket]]
    at, best = int64(heads[bucket]), int64(-1)
    for _ in range(_MOST_WALKED):
        if at < 0:
            break
        if keys[at] == keys[i]:
            if details[at] == details[i]:
                return at
            if best < 0:
                best = at
        at = _next_waiting(state, following, tails, bucket, at)
    return best
