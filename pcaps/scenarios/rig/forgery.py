"""Datagrams with a source address of one's choice, as attackers send them; only inside namespaces made for it."""

from __future__ import annotations

import socket
import struct
from types import TracebackType
from typing import Self

Endpoint = tuple[str, int]


class ForgedDatagrams:
    """A raw socket that sends UDP over IPv4 in anybody's name (RFC 791, RFC 768)."""

    def __init__(self) -> None:
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW)

    def __enter__(self) -> Self:
        """Give itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the socket."""
        self._socket.close()

    def send(self, data: bytes, source: Endpoint, target: Endpoint) -> None:
        """Send one datagram; the kernel fills in the checksum of the IP header."""
        datagram = _make_udp(data, source, target)
        addresses = socket.inet_aton(source[0]) + socket.inet_aton(target[0])
        head = struct.pack(">BBHHHBBH", 0x45, 0, 20 + len(datagram), 0, 0, 64, socket.IPPROTO_UDP, 0)
        self._socket.sendto(head + addresses + datagram, target)


def _make_udp(data: bytes, source: Endpoint, target: Endpoint) -> bytes:
    length = 8 + len(data)
    pseudo = socket.inet_aton(source[0]) + socket.inet_aton(target[0]) + struct.pack(">BBH", 0, 17, length)
    head = struct.pack(">HHH", source[1], target[1], length)
    checksum = _sum(pseudo + head + b"\0\0" + data) or 0xFFFF
    return head + struct.pack(">H", checksum) + data


def _sum(data: bytes) -> int:
    """Internet checksum (RFC 1071)."""
    total: int = sum(struct.unpack(f">{(len(data) + 1) // 2}H", data + b"\0" * (len(data) % 2)))
    while total > 0xFFFF:
        total = (total & 0xFFFF) + (total >> 16)
    return total ^ 0xFFFF
