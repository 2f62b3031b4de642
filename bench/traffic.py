"""Make the benchmark's captures: many Modbus/TCP polls with valid checksums, quickly and always the same.

``python -m bench.traffic OUT.pcap 1000000`` writes a million packets: 60 connections, each opened by a handshake, then
requests and replies in turn: 90 % function 3 of ten registers, 7 % function 6, 3 % function 1 of sixteen coils.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bench.packets import Bytes, Numbers, Sent, advance, lay_tcp, open_capture, put16, write_records

CONNECTIONS = 60
CLIENTS = 4
PORT = 502
_CHUNK = 200_000


def write_capture(path: Path, packets: int, seed: int = 1) -> None:
    """Write ``packets`` packets (even, at least 360) to ``path`` as a microsecond pcap."""
    random = np.random.default_rng(seed)
    sequence = np.full((CONNECTIONS, 2), 1000, dtype=np.int64)
    with open_capture(path) as out:
        out.write(write_records(*open_connections(sequence, PORT, 0), np.arange(3 * CONNECTIONS)))
        done = CONNECTIONS * 3
        while done < packets:
            count = min(_CHUNK, packets - done)
            polls = lay_polls(random, done // 2, count // 2, sequence)
            out.write(write_records(*polls, np.arange(count // 2 * 2) + done))
            done += count - count % 2 or count


def open_connections(sequence: Numbers, port: int, first_port: int) -> tuple[Bytes, Numbers]:
    """SYN, SYN-ACK and ACK of every connection."""
    connection = np.repeat(np.arange(len(sequence)), 3)
    step = np.tile(np.arange(3), len(sequence))
    server = step == 1
    flags = np.array([0x02, 0x12, 0x10])[step]
    seq = sequence[connection, server.astype(int)] - (step < 2)
    ack = np.where(step == 0, 0, sequence[connection, 1 - server.astype(int)])
    nothing = np.zeros((len(step), 0), dtype=np.uint8)
    return lay_tcp(
        join(connection, server, nothing, np.zeros(len(step), dtype=np.int64), first_port), port, seq, ack, flags
    )


def join(connection: Numbers, server: NDArray[np.bool_], payload: Bytes, length: Numbers, first_port: int) -> Sent:
    """Whose packets they are: four clients poll a quarter as many servers as there are connections."""
    return Sent(
        10 + connection % CLIENTS, 10 + connection // 4, 40_000 + first_port + connection, server, payload, length
    )


def lay_polls(random: np.random.Generator, first: int, count: int, sequence: Numbers) -> tuple[Bytes, Numbers]:
    """``count`` requests, each followed by its reply; moves ``sequence`` on."""
    ordinal = np.arange(count) + first
    connection = ordinal % CONNECTIONS
    kind = np.searchsorted([0.90, 0.97], random.random(count), side="right")  # 0: FC3, 1: FC6, 2: FC1
    payload = np.zeros((count * 2, 29), dtype=np.uint8)
    length = np.empty(count * 2, dtype=np.int64)
    payload[0::2], length[0::2] = _requests(random, ordinal, connection, kind)
    payload[1::2], length[1::2] = _replies(random, payload[0::2], kind)
    return lay_exchanges(connection, payload, length, sequence, PORT, 0)


def lay_exchanges(
    connection: Numbers, payload: Bytes, length: Numbers, sequence: Numbers, port: int, first_port: int
) -> tuple[Bytes, Numbers]:
    """Packets of TCP of exchanges: rows 2i from the client of ``connection[i]``, 2i + 1 from its server."""
    both = np.repeat(connection, 2)
    server = np.tile([False, True], len(connection))
    seq, ack = advance(sequence, both, server, length)
    return lay_tcp(join(both, server, payload, length, first_port), port, seq, ack, np.full(len(both), 0x18))


def _requests(
    random: np.random.Generator, ordinal: Numbers, connection: Numbers, kind: Numbers
) -> tuple[Bytes, Numbers]:
    """MBAP header and request of each poll."""
    out = np.zeros((len(ordinal), 29), dtype=np.uint8)
    put16(out, 0, ordinal // CONNECTIONS & 0xFFFF)
    put16(out, 4, np.full(len(ordinal), 6))
    out[:, 6] = 1 + connection % 4
    out[:, 7] = np.array([3, 6, 1])[kind]
    put16(out, 8, 100 * (1 + connection % 5) + (ordinal // CONNECTIONS % 3) * 10)
    put16(out, 10, np.select([kind == 0, kind == 1], [10, random.integers(0, 1000, len(ordinal))], 16))
    return out, np.full(len(ordinal), 12)


def _replies(random: np.random.Generator, request: Bytes, kind: Numbers) -> tuple[Bytes, Numbers]:
    """The reply of each request: ten register values, the echo, or two bytes of coils."""
    out = request.copy()
    length = np.array([29, 12, 11])[kind]
    put16(out, 4, length - 6)
    reads = kind != 1
    out[reads, 8] = np.where(kind[reads] == 0, 20, 2)
    values = random.normal(500, 20, (len(kind), 10)).astype(np.int64)
    for index in range(10):
        high, low = 9 + 2 * index, 10 + 2 * index
        out[kind == 0, high] = values[kind == 0, index] >> 8
        out[kind == 0, low] = values[kind == 0, index] & 0xFF
    out[kind == 2, 11] = 0
    out[kind == 2, 9] = 0x55
    out[kind == 2, 10] = values[kind == 2, 0] & 0xFF
    return out, length


if __name__ == "__main__":
    write_capture(Path(sys.argv[1]), int(sys.argv[2]))
