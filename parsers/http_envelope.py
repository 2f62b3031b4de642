"""Handle messages that are bodies of HTTP messages, found by their envelope (kernel).

Layout of the envelope (RFC 3652 §2.2.1): major version 1 (2, 3 or 5), minor 1, flags 2, session 4, request 4,
sequence 4, length 4: bytes after the envelope, at least those of a header, 24.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from parsers.packet import Bytes, get32
from parsers.protocol import HANDLE
from wanglou.kernel import int64, kernel

ENVELOPE, HEADER = 20, 24  # bytes, RFC 3652 §2.2.1 and §2.2.2


def copy_envelopes(data: Bytes, spill: Bytes, messages: Any, https: Any, carried: int) -> Any:
    """MESSAGE[n] of the bodies that are one whole Handle message; the first ``carried`` were told of before."""
    found: NDArray[np.bool_] = np.zeros(len(messages), dtype=np.bool_)
    _mark(data, spill, messages, https, carried, found)
    envelopes = messages[found].copy()
    envelopes["offset"] = https["plain_at"][found]
    envelopes["length"] = envelopes["wire"] = https["plain_bytes"][found]
    envelopes["app"], envelopes["duplicate"] = HANDLE, 0
    return envelopes


@kernel
def _mark(data: Bytes, spill: Bytes, messages: Any, https: Any, carried: int, found: NDArray[np.bool_]) -> None:
    """Mark each message whose body is an envelope with just the bytes that it counts."""
    for i in range(carried, len(messages)):
        at, size = int64(https[i].plain_at), int64(https[i].plain_bytes)
        if at < 0 or size < ENVELOPE + HEADER:
            continue
        buf = data if messages[i].spill == 0 else spill
        found[i] = int64(buf[at]) in (2, 3, 5) and get32(buf, at + 16) == size - ENVELOPE
