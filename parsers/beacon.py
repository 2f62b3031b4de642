"""Protocols of datagrams that are named and not read: BACnet/IP, SNMP, NTP (kernels).

Each recogniser has the form of all: (1 mine, 0 more bytes needed, -1 not mine; REQUEST, REPLY or 0).
"""

from __future__ import annotations

from parsers.packet import Bytes, get16
from parsers.protocol import REPLY, REQUEST
from wanglou.kernel import int64, kernel


@kernel
def recognise_bacnet(buf: Bytes, pos: int, end: int, served: bool, whole: bool) -> tuple[int, int]:
    """BACnet/IP: BVLC header with the datagram's length, and version 1 of the NPDU (ASHRAE 135 Annex J.2, §6.2.1).

    Where it is served the datagram may be longer than its header says.
    """
    there = end - pos
    if not whole or there < 4 or buf[pos] != 0x81:
        return -1, 0
    length = get16(buf, pos + 2)
    if length != there and not (served and 4 <= length < there):
        return -1, 0
    function = int64(buf[pos + 1])
    if function > 0x0C:
        return -1, 0
    network = -1  # where the NPDU begins
    if function == 0x04:
        network = 10
    elif function in (0x09, 0x0A, 0x0B):
        network = 4
    if network < 0:
        return 1 if there >= 6 or function in (0x02, 0x06) else -1, 0
    return 1 if there >= network + 2 and buf[pos + network] == 1 else -1, 0


@kernel
def _read_length(buf: Bytes, pos: int, end: int) -> tuple[int, int]:
    """Definite length at ``pos`` and where its content begins (X.690 §8.1.3); -1 where there is none."""
    if pos >= end:
        return int64(-1), pos
    first = int64(buf[pos])
    if first < 0x80:
        return first, pos + 1
    count, value = first & 0x7F, int64(0)
    if count < 1 or count > 4 or pos + 1 + count > end:
        return int64(-1), pos
    for k in range(count):
        value = value << 8 | int64(buf[pos + 1 + k])
    return value, pos + 1 + count


@kernel
def recognise_snmp(buf: Bytes, pos: int, end: int, served: bool, whole: bool) -> tuple[int, int]:  # noqa: ARG001 - as all
    """A datagram that is one SNMP message: version, community and PDU, or version 3 and its header (RFC 3416, 3412)."""
    if not whole or end - pos < 12 or buf[pos] != 0x30:
        return -1, 0
    length, at = _read_length(buf, pos + 1, end)
    if length < 0 or at + length != end or at + 5 > end:
        return -1, 0
    if buf[at] != 0x02 or buf[at + 1] != 0x01:
        return -1, 0
    version = int64(buf[at + 2])
    if version == 3:
        return 1 if buf[at + 3] == 0x30 else -1, 0
    if version > 1 or buf[at + 3] != 0x04:
        return -1, 0
    length, at = _read_length(buf, at + 4, end)
    if length < 0 or at + length >= end:
        return -1, 0
    kind = int64(buf[at + length])
    if kind < 0xA0 or kind > 0xA8:
        return -1, 0
    return 1, REPLY if kind == 0xA2 else REQUEST if kind in (0xA0, 0xA1, 0xA3, 0xA5) else 0


@kernel
def recognise_ntp(buf: Bytes, pos: int, end: int, served: bool, whole: bool) -> tuple[int, int]:
    """A datagram with version, mode and length of NTP (RFC 5905 §7.3, RFC 9327 §2), where it is served."""
    there = end - pos
    if not whole or not served or there < 8:
        return -1, 0
    version, mode = int64(buf[pos]) >> 3 & 7, int64(buf[pos]) & 7
    if version < 1 or version > 4 or mode == 0:
        return -1, 0
    if mode == 6:
        return 1 if there >= 12 else -1, REPLY if buf[pos + 1] & 0x80 else REQUEST
    if mode == 7:
        return 1, REPLY if buf[pos] & 0x80 else REQUEST
    fits = there >= 48 and there % 4 == 0 and buf[pos + 1] <= 16
    return 1 if fits else -1, REQUEST if mode in (1, 3) else REPLY if mode in (2, 4) else 0
