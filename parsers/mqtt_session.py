"""What a connection's packets have in common: its CONNECT, its version, its topic aliases; bounded (kernels).

Both tables are sets of ``WAYS`` places; a connection that finds its set full takes the place of the one that was silent
longest. Topics of aliases outlive the batch in an arena with one place for each alias.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from parsers.flow import hash_words
from parsers.mqtt_packet import ARENA
from parsers.packet import Bytes
from wanglou.kernel import int64, kernel

WAYS = 8
SESSIONS = 65_536
"""Connections remembered."""
ALIASES = 16_384
"""Topic aliases remembered, of all connections together."""
TOPIC_BYTES = 256
"""Longest topic an alias is remembered for."""

# Rows of the scalar state.
NEXT_SESSION, TICK, SESSIONS_EVICTED, ALIASES_EVICTED, ALIASES_TOO_LONG, SEED = range(6)
SCALARS = 6

SESSION = np.dtype(
    [
        ("flow_uid", "i8"),
        ("number", "i8"),  # of its CONNECT; 0: none was seen
        ("used", "i8"),  # tick of its last packet
        ("version", "i8"),  # 3, 4, 5; 0: not known
    ],
    align=True,
)
ALIAS = np.dtype(
    [
        ("flow_uid", "i8"),
        ("used", "i8"),
        ("at", "i8"),  # where its topic lies
        ("key", "i4"),  # direction and alias
        ("length", "i4"),
        ("spill", "i4"),  # in which buffer, ARENA: in its own place
    ],
    align=True,
)

Scalars = NDArray[np.int64]


def make_sessions() -> Any:
    """Empty table of connections."""
    table = np.zeros(SESSIONS, dtype=SESSION).view(np.recarray)
    table["flow_uid"] = -1
    return table


def make_aliases() -> Any:
    """Empty table of aliases."""
    table = np.zeros(ALIASES, dtype=ALIAS).view(np.recarray)
    table["flow_uid"] = -1
    return table


@kernel
def _mix(first: int, second: int, seed: int, size: int) -> int:
    """First place of a set."""
    mixed = hash_words(seed, first & 0xFFFFFFFF, first >> 32, second, 0)
    return mixed & (size // WAYS - 1)


@kernel
def find_session(sessions: Any, flow_uid: int, scalars: Scalars) -> int:
    """Place of a connection, taking one for it at first sight."""
    scalars[TICK] += 1
    base = _mix(flow_uid, 0, scalars[SEED], len(sessions)) * WAYS
    oldest = base
    for at in range(base, base + WAYS):
        if sessions[at].flow_uid == flow_uid:
            sessions[at].used = scalars[TICK]
            return at
        if sessions[at].used < sessions[oldest].used:
            oldest = at
    s = sessions[oldest]
    if s.flow_uid >= 0:
        scalars[SESSIONS_EVICTED] += 1
    s.flow_uid = flow_uid
    s.number = s.version = 0
    s.used = scalars[TICK]
    return oldest


@kernel
def _find_alias(aliases: Any, flow_uid: int, key: int, scalars: Scalars, make: bool) -> int:
    """Place of an alias; -1: none, unless ``make`` says to take one."""
    base = _mix(flow_uid, key, scalars[SEED], len(aliases)) * WAYS
    oldest = base
    for at in range(base, base + WAYS):
        if aliases[at].flow_uid == flow_uid and aliases[at].key == key:
            return at
        if aliases[at].used < aliases[oldest].used:
            oldest = at
    if not make:
        return -1
    if aliases[oldest].flow_uid >= 0:
        scalars[ALIASES_EVICTED] += 1
    return oldest


@kernel
def define_alias(aliases: Any, flow_uid: int, key: int, at: int, length: int, spill: int, scalars: Scalars) -> None:
    """Remember where the topic of an alias lies in this batch."""
    a = aliases[_find_alias(aliases, flow_uid, key, scalars, True)]
    a.flow_uid, a.key, a.used = flow_uid, key, scalars[TICK]
    a.at, a.length, a.spill = at, length, spill


@kernel
def resolve_alias(aliases: Any, flow_uid: int, key: int, p: Any, scalars: Scalars) -> bool:
    """Give the packet the topic that its alias stands for; False: it stands for none that is known."""
    place = _find_alias(aliases, flow_uid, key, scalars, False)
    if place < 0 or aliases[place].length < 0:
        return False
    a = aliases[place]
    a.used = scalars[TICK]
    p.topic_at, p.topic_length, p.topic_spill = a.at, a.length, a.spill
    return True


@kernel
def keep_aliases(data: Bytes, spill: Bytes, aliases: Any, arena: Bytes, scalars: Scalars) -> None:
    """Copy the topics defined in this batch into the arena: the batch's bytes are about to go."""
    for i in range(len(aliases)):
        a = aliases[i]
        if a.flow_uid < 0 or a.spill == ARENA or a.length < 0:
            continue
        if a.length > TOPIC_BYTES:
            scalars[ALIASES_TOO_LONG] += 1
            a.length = -1
            continue
        buf = data if a.spill == 0 else spill
        for k in range(int64(a.length)):
            arena[i * TOPIC_BYTES + k] = buf[a.at + k]
        a.at = i * TOPIC_BYTES
        a.spill = ARENA
