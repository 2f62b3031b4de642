"""Payloads to packets: Ethernet, IPv4, TCP and UDP with valid checksums, laid out for many packets at once."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

Bytes = NDArray[np.uint8]
Numbers = NDArray[np.int64]

START_S = 1_767_225_600
"""Time of the first packet: 2026-01-01T00:00:00Z."""
GAP_US = 50
_BEFORE_IP, _IP = 14, 20
TCP, UDP = 6, 17
_TRANSPORT = {TCP: 20, UDP: 8}


@dataclass(frozen=True, slots=True)
class Sent:
    """What is sent, packet by packet: arrays of one length."""

    client: Numbers
    """Last number of the client's address."""
    server: Numbers
    client_port: Numbers
    from_server: NDArray[np.bool_]
    payload: Bytes
    """uint8[n, widest], each row filled as far as ``length``."""
    length: Numbers


def open_capture(path: Path) -> BinaryIO:
    """Begin a microsecond pcap of Ethernet packets."""
    out = path.open("wb")
    out.write(np.array([0xA1B2C3D4, 0x00040002, 0, 0, 65535, 1], dtype="<u4").tobytes())
    return out


def lay_tcp(sent: Sent, server_port: int, seq: Numbers, ack: Numbers, flags: Numbers) -> tuple[Bytes, Numbers]:
    """Packets of TCP: uint8[n, m] and the length of each."""
    header = np.zeros((len(seq), _TRANSPORT[TCP]), dtype=np.uint8)
    put32(header, 4, seq)
    put32(header, 8, ack)
    header[:, 12], header[:, 13] = 0x50, flags
    put16(header, 14, np.full(len(seq), 8192))
    return _lay(sent, TCP, server_port, header, 16)


def lay_udp(sent: Sent, server_port: int) -> tuple[Bytes, Numbers]:
    """Packets of UDP: uint8[n, m] and the length of each."""
    header = np.zeros((len(sent.length), _TRANSPORT[UDP]), dtype=np.uint8)
    put16(header, 4, _TRANSPORT[UDP] + sent.length)
    return _lay(sent, UDP, server_port, header, 6)


def _lay(sent: Sent, protocol: int, server_port: int, header: Bytes, checksum_at: int) -> tuple[Bytes, Numbers]:
    """Put link, network and transport headers before each payload."""
    count, transport = header.shape
    begin = _BEFORE_IP + _IP
    out = np.zeros((count, begin + transport + sent.payload.shape[1]), dtype=np.uint8)
    server = sent.from_server
    for column, (mine, theirs) in {5: (sent.server, sent.client), 11: (sent.client, sent.server)}.items():
        out[:, column - 5] = 2
        out[:, column] = np.where(server, theirs, mine) + np.where(server ^ (column == 5), 100, 0)
    out[:, 12:16] = [8, 0, 0x45, 0]
    put16(out, 16, _IP + transport + sent.length)
    out[:, 20:24] = [0x40, 0, 64, protocol]
    for column, is_source in {26: True, 30: False}.items():
        from_server = server == is_source
        out[:, column : column + 2] = [10, 20]
        out[:, column + 2] = np.where(from_server, 1, 2)
        out[:, column + 3] = np.where(from_server, sent.server, sent.client)
    out[:, begin : begin + transport] = header
    put16(out, begin, np.where(server, server_port, sent.client_port))
    put16(out, begin + 2, np.where(server, sent.client_port, server_port))
    out[:, begin + transport :] = sent.payload
    put16(out, 24, _checksum(out[:, _BEFORE_IP:begin], np.zeros(count, dtype=np.int64)))
    pseudo = protocol + transport + sent.length + sum(get16(out, column) for column in (26, 28, 30, 32))
    put16(out, begin + checksum_at, _checksum(out[:, begin:], pseudo))
    return out, begin + transport + sent.length


def advance(
    sequence: Numbers, connection: Numbers, server: NDArray[np.bool_], length: Numbers
) -> tuple[Numbers, Numbers]:
    """Sequence and acknowledgement number of each packet, by running sums; moves ``sequence[connection, side]`` on."""
    seq, ack = np.empty(len(length), dtype=np.int64), np.empty(len(length), dtype=np.int64)
    for number in range(len(sequence)):
        mine = np.flatnonzero(connection == number)
        for side in (0, 1):
            own = server[mine] == bool(side)
            sent = np.where(own, length[mine], 0)
            total = sequence[number, side] + np.cumsum(sent)
            seq[mine[own]] = (total - sent)[own]
            ack[mine[~own]] = total[~own]
            sequence[number, side] = total[-1] if len(total) else sequence[number, side]
    return seq, ack


def write_records(packets: Bytes, length: Numbers, ordinal: Numbers) -> bytes:
    """Put a pcap record header before each packet and cut each to its length."""
    out = np.zeros((len(packets), 16 + packets.shape[1]), dtype=np.uint8)
    time_us = ordinal * GAP_US
    header = np.stack([START_S + time_us // 1_000_000, time_us % 1_000_000, length, length], axis=1).astype("<u4")
    out[:, :16] = header.view(np.uint8)
    out[:, 16:] = packets
    return out[np.arange(out.shape[1]) < (16 + length)[:, None]].tobytes()


def _checksum(data: Bytes, start: Numbers) -> Numbers:
    """Internet checksum of each row (RFC 1071)."""
    padded = data if data.shape[1] % 2 == 0 else np.pad(data, ((0, 0), (0, 1)))
    total = start + (padded[:, 0::2].astype(np.int64) << 8).sum(axis=1) + padded[:, 1::2].sum(axis=1, dtype=np.int64)
    for _ in range(3):
        total = (total & 0xFFFF) + (total >> 16)
    result: Numbers = ~total & 0xFFFF
    return result


def put16(out: Bytes, column: int, value: Numbers) -> None:
    """Write 16-bit numbers, big-endian."""
    out[:, column], out[:, column + 1] = value >> 8 & 0xFF, value & 0xFF


def put32(out: Bytes, column: int, value: Numbers) -> None:
    """Write 32-bit numbers, big-endian."""
    put16(out, column, value >> 16)
    put16(out, column + 2, value)


def get16(out: Bytes, column: int) -> Numbers:
    """Read 16-bit numbers, big-endian."""
    high: Numbers = out[:, column].astype(np.int64) << 8
    return high + out[:, column + 1]
