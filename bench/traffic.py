"""Make the benchmark's captures: many Modbus/TCP polls with valid checksums, quickly and always the same.

``python -m bench.traffic OUT.pcap 1000000`` writes a million packets: 60 connections, each opened by a handshake, then
requests and replies in turn: 90 % function 3 of ten registers, 7 % function 6, 3 % function 1 of sixteen coils.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

CONNECTIONS = 60
CLIENTS = 4
_CHUNK = 200_000
_HEADERS = 54  # Ethernet 14, IPv4 20, TCP 20
_START_S = 1_767_225_600  # 2026-01-01T00:00:00Z
_GAP_US = 50

Bytes = NDArray[np.uint8]
Numbers = NDArray[np.int64]


def write_capture(path: Path, packets: int, seed: int = 1) -> None:
    """Write ``packets`` packets (even, at least 360) to ``path`` as a microsecond pcap."""
    random = np.random.default_rng(seed)
    sequence = np.full((CONNECTIONS, 2), 1000, dtype=np.int64)
    with path.open("wb") as out:
        out.write(np.array([0xA1B2C3D4, 0x00040002, 0, 0, 65535, 1], dtype="<u4").tobytes())
        out.write(_handshakes(sequence))
        done = CONNECTIONS * 3
        while done < packets:
            count = min(_CHUNK, packets - done)
            out.write(_polls(random, done, count // 2, sequence))
            done += count - count % 2 or count


def _handshakes(sequence: Numbers) -> bytes:
    """SYN, SYN-ACK and ACK of every connection."""
    connection = np.repeat(np.arange(CONNECTIONS), 3)
    step = np.tile(np.arange(3), CONNECTIONS)
    server = step == 1
    flags = np.array([0x02, 0x12, 0x10])[step]
    seq = sequence[connection, server.astype(int)] - (step < 2)
    ack = np.where(step == 0, 0, sequence[connection, 1 - server.astype(int)])
    payload = np.zeros((len(step), 0), dtype=np.uint8)
    packets = _frame(connection, server, seq, ack, flags, payload, np.zeros(len(step), dtype=np.int64))
    return _records(packets, np.full(len(step), _HEADERS), np.arange(len(step)))


def _polls(random: np.random.Generator, first: int, count: int, sequence: Numbers) -> bytes:
    """``count`` requests, each followed by its reply; moves ``sequence`` on."""
    ordinal = np.arange(count) + first // 2
    connection = ordinal % CONNECTIONS
    kind = np.searchsorted([0.90, 0.97], random.random(count), side="right")  # 0: FC3, 1: FC6, 2: FC1
    payload = np.zeros((count * 2, 29), dtype=np.uint8)
    length = np.empty(count * 2, dtype=np.int64)
    payload[0::2], length[0::2] = _requests(random, ordinal, connection, kind)
    payload[1::2], length[1::2] = _replies(random, payload[0::2], kind)
    both = np.repeat(connection, 2)
    server = np.tile([False, True], count)
    seq, ack = _advance(sequence, both, server, length)
    packets = _frame(both, server, seq, ack, np.full(count * 2, 0x18), payload, length)
    return _records(packets, _HEADERS + length, np.arange(count * 2) + first)


def _requests(
    random: np.random.Generator, ordinal: Numbers, connection: Numbers, kind: Numbers
) -> tuple[Bytes, Numbers]:
    """MBAP header and request of each poll."""
    out = np.zeros((len(ordinal), 29), dtype=np.uint8)
    _put16(out, 0, ordinal // CONNECTIONS & 0xFFFF)
    _put16(out, 4, np.full(len(ordinal), 6))
    out[:, 6] = 1 + connection % 4
    out[:, 7] = np.array([3, 6, 1])[kind]
    _put16(out, 8, 100 * (1 + connection % 5) + (ordinal // CONNECTIONS % 3) * 10)
    _put16(out, 10, np.select([kind == 0, kind == 1], [10, random.integers(0, 1000, len(ordinal))], 16))
    return out, np.full(len(ordinal), 12)


def _replies(random: np.random.Generator, request: Bytes, kind: Numbers) -> tuple[Bytes, Numbers]:
    """The reply of each request: ten register values, the echo, or two bytes of coils."""
    out = request.copy()
    length = np.array([29, 12, 11])[kind]
    _put16(out, 4, length - 6)
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


def _advance(
    sequence: Numbers, connection: Numbers, server: NDArray[np.bool_], length: Numbers
) -> tuple[Numbers, Numbers]:
    """Sequence and acknowledgement number of each packet, by running sums per connection and side."""
    seq, ack = np.empty(len(length), dtype=np.int64), np.empty(len(length), dtype=np.int64)
    for number in range(CONNECTIONS):
        mine = np.flatnonzero(connection == number)
        for side in (0, 1):
            sent = np.where(server[mine] == bool(side), length[mine], 0)
            total = sequence[number, side] + np.cumsum(sent)
            own = server[mine] == bool(side)
            seq[mine[own]] = (total - sent)[own]
            ack[mine[~own]] = total[~own]
            sequence[number, side] = total[-1] if len(total) else sequence[number, side]
    return seq, ack


def _frame(
    connection: Numbers,
    server: NDArray[np.bool_],
    seq: Numbers,
    ack: Numbers,
    flags: Numbers,
    payload: Bytes,
    length: Numbers,
) -> Bytes:
    """Ethernet, IPv4 and TCP headers before each payload; checksums filled in."""
    out = np.zeros((len(seq), _HEADERS + payload.shape[1]), dtype=np.uint8)
    client_host, server_host = 10 + connection % CLIENTS, 10 + connection // 4
    for column, (mine, theirs) in {5: (server_host, client_host), 11: (client_host, server_host)}.items():
        out[:, column - 5] = 2
        out[:, column] = np.where(server, theirs, mine) + np.where(server ^ (column == 5), 100, 0)
    out[:, 12:16] = [8, 0, 0x45, 0]
    _put16(out, 16, 40 + length)
    out[:, 20:24] = [0x40, 0, 64, 6]
    for column, is_source in {26: True, 30: False}.items():
        from_server = server == is_source
        out[:, column : column + 2] = [10, 20]
        out[:, column + 2] = np.where(from_server, 1, 2)
        out[:, column + 3] = np.where(from_server, server_host, client_host)
    port = 40_000 + connection
    _put16(out, 34, np.where(server, 502, port))
    _put16(out, 36, np.where(server, port, 502))
    _put32(out, 38, seq)
    _put32(out, 42, ack)
    out[:, 46] = 0x50
    out[:, 47] = flags
    _put16(out, 48, np.full(len(seq), 8192))
    out[:, _HEADERS:] = payload
    _put16(out, 24, _checksum(out[:, 14:34], np.zeros(len(seq), dtype=np.int64)))
    pseudo = 6 + 20 + length + sum(_get16(out, column) for column in (26, 28, 30, 32))
    _put16(out, 50, _checksum(out[:, 34:], pseudo))
    return out


def _checksum(data: Bytes, start: Numbers) -> Numbers:
    """Internet checksum of each row (RFC 1071)."""
    padded = data if data.shape[1] % 2 == 0 else np.pad(data, ((0, 0), (0, 1)))
    total = start + (padded[:, 0::2].astype(np.int64) << 8).sum(axis=1) + padded[:, 1::2].sum(axis=1, dtype=np.int64)
    for _ in range(3):
        total = (total & 0xFFFF) + (total >> 16)
    result: Numbers = ~total & 0xFFFF
    return result


def _records(packets: Bytes, length: Numbers, ordinal: Numbers) -> bytes:
    """Put a pcap record header before each packet and cut each to its length."""
    out = np.zeros((len(packets), 16 + packets.shape[1]), dtype=np.uint8)
    time_us = ordinal * _GAP_US
    header = np.stack([_START_S + time_us // 1_000_000, time_us % 1_000_000, length, length], axis=1).astype("<u4")
    out[:, :16] = header.view(np.uint8)
    out[:, 16:] = packets
    return out[np.arange(out.shape[1]) < (16 + length)[:, None]].tobytes()


def _put16(out: Bytes, column: int, value: Numbers) -> None:
    out[:, column], out[:, column + 1] = value >> 8 & 0xFF, value & 0xFF


def _put32(out: Bytes, column: int, value: Numbers) -> None:
    _put16(out, column, value >> 16)
    _put16(out, column + 2, value)


def _get16(out: Bytes, column: int) -> Numbers:
    high: Numbers = out[:, column].astype(np.int64) << 8
    return high + out[:, column + 1]


if __name__ == "__main__":
    write_capture(Path(sys.argv[1]), int(sys.argv[2]))
