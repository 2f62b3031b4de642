"""A message of OPC UA as its kernels read it: numbers of its headers, where its body lies, what is wrong with it."""

from __future__ import annotations

from typing import Any

import numpy as np

from wanglou.kernel import kernel

# What can be wrong; the first that applies is reported. Order is the column's dictionary (ERRORS).
(
    NO_ERROR, TRUNCATED, TRAILING_BYTES, COUNT, TYPE, DEPTH, STEPS, TYPE_ID, HEADER_BYTES, GAP, SEQUENCE, INCOMPLETE,
    ABORTED, DUPLICATE, SERVICE_MISMATCH,
) = range(15)  # fmt: skip
ERRORS = (
    "", "truncated", "trailing_bytes", "count", "type", "depth", "steps", "type_id", "header", "gap", "sequence",
    "incomplete", "aborted", "duplicate_request_id", "service_mismatch",
)  # fmt: skip

FINAL, MORE, ABORT = 0x46, 0x43, 0x41
"""Letters that say whether more chunks follow (§6.7.2.2)."""

PDU = np.dtype(
    [
        ("body", "i8"),  # where the body begins
        ("start", "i8"),  # where what its pattern tells of begins, behind its type
        ("channel", "i8"),  # -1 in every number: the message has no such field
        ("token", "i8"),
        ("sequence", "i8"),
        ("request", "i8"),
        ("type_id", "i8"),  # of a body in clear; -1: none or none known
        ("first", "i8"),  # its events
        ("last", "i8"),
        ("policy", "i8"),  # where the URI of the security policy lies, the certificate and thumbprint behind it
        ("security_end", "i8"),
        ("wire", "i8"),  # bytes on the wire, all chunks
        ("pattern", "i4"),  # which it follows; its events are those of the pattern then; -1: none
        ("chunks", "i4"),
        ("kind", "u1"),  # HEL, ACK ...
        ("letter", "u1"),
        ("clear", "u1"),  # 1: the body begins as one in clear does
        ("opaque", "u1"),
        ("cut", "u1"),
        ("error", "u1"),
        ("malformed", "u1"),
        ("unprotected", "u1"),  # 1: the channel's policy is known to be None
    ],
    align=True,
)


@kernel
def clear(p: Any) -> None:
    """No field is there yet."""
    p.body = p.start = p.first = p.last = p.policy = p.security_end = 0
    p.channel = p.token = p.sequence = p.request = p.type_id = p.pattern = -1
    p.chunks = 1
    p.kind = p.letter = p.clear = p.opaque = p.cut = p.error = p.malformed = p.unprotected = 0


@kernel
def fail(p: Any, error: int) -> None:
    """Note the first thing wrong; a message whose bytes are wrong stands alone."""
    if p.error == NO_ERROR:
        p.error = error
    p.malformed = 1
