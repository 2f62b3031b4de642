"""Which DNS reply belongs to which query: by connection, identifier and first question (kernel)."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from parsers.dns_message import NO_ERROR, QUESTION_MISMATCH
from parsers.pairing import ALONE, ANSWERS, ASKS
from wanglou.kernel import int64, kernel

Numbers = NDArray[np.int64]

_QR = 0x8000


@kernel
def is_reply(m: Any, p: Any) -> bool:
    """True for a reply: by its header, and by its side where there is none."""
    return int64(p.word) & _QR != 0 if p.word >= 0 else int64(m.from_server) != 0


@kernel
def key_messages(
    messages: Any, pdus: Any, multicast: NDArray[np.bool_], slots: NDArray[np.int32], keys: Numbers, ts_ns: Numbers,
    roles: NDArray[np.uint8],
) -> None:  # fmt: skip
    """What pairing needs: connection, identifier and question as one key, time, and role.

    ``slots`` is an empty table (-1) of a power of two; it finds the last query of a connection and identifier, so that
    a reply without a question (many errors) is held against that one, and one with another question is told.
    Multicast replies answer nobody in particular (RFC 6762 §6): such messages stand alone.
    """
    mask = len(slots) - 1
    for i in range(len(messages)):
        m, p = messages[i], pdus[i]
        ts_ns[i] = m.ts_ns
        base = m.flow_uid * 65_537 + p.id
        keys[i] = _mix(base, int64(p.hash))
        if p.malformed or multicast[m.conversation]:
            roles[i] = ALONE
            continue
        place = _mix(base, 0) & mask
        if not is_reply(m, p):
            roles[i] = ASKS
            slots[place] = i
            continue
        roles[i] = ANSWERS
        asked = int64(slots[place])
        if asked < 0 or messages[asked].flow_uid != m.flow_uid or pdus[asked].id != p.id:
            continue
        if p.name_length < 0:
            keys[i] = keys[asked]
        elif pdus[asked].hash != p.hash and p.error == NO_ERROR:
            p.error = QUESTION_MISMATCH


@kernel
def _mix(base: int, more: int) -> int:
    """One number of 60 bits of two."""
    mixed = ((base ^ (base >> 31)) & 0x3FFFFFFF) * 0x2C1B3C6D ^ more ^ (base & 0xFFFFFFFFFFFFFFF)
    return (mixed ^ (mixed >> 23)) & 0xFFFFFFFFFFFFFFF
