"""Protocols that are named and not read: what their first bytes look like (kernels).

Each kernel has the form of all recognisers: (1 mine, 0 more bytes needed, -1 not mine; REQUEST, REPLY or 0).
"""

from __future__ import annotations

from parsers.packet import Bytes, get16, get32
from parsers.protocol import REPLY, REQUEST
from wanglou.kernel import int64, kernel


@kernel
def begins_with(buf: Bytes, pos: int, end: int, text: tuple[int, ...]) -> int:
    """1 where the bytes begin with ``text``, 0 where they end before it is told, -1 where they do not."""
    for k in range(len(text)):
        if pos + k >= end:
            return 0
        if int64(buf[pos + k]) != text[k]:
            return -1
    return 1


_SSH_BEGIN = (0x53, 0x53, 0x48, 0x2D)  # "SSH-"


@kernel
def recognise_ssh(buf: Bytes, pos: int, end: int, served: bool, whole: bool) -> tuple[int, int]:  # noqa: ARG001 - as all
    """An identification string ``SSH-2.0-...`` or ``SSH-1.x-...`` (RFC 4253 §4.2)."""
    verdict = -1 if whole else begins_with(buf, pos, end, _SSH_BEGIN)
    if verdict <= 0 or end - pos < 6:
        return min(verdict, 0), 0
    return 1 if buf[pos + 4] in (0x31, 0x32) and buf[pos + 5] == 0x2E else -1, 0


@kernel
def recognise_smb(buf: Bytes, pos: int, end: int, served: bool, whole: bool) -> tuple[int, int]:
    """SMB 1, 2 or 3 behind a NetBIOS session header (RFC 1002 §4.3; [MS-CIFS] 2.2.3.1, [MS-SMB2] 2.2.1).

    Where it is served, the session request that comes first on port 139 counts too.
    """
    if whole:
        return -1, 0
    there = end - pos
    if there < 4:
        return 0 if there < 1 or buf[pos] == 0 or (served and buf[pos] == 0x81) else -1, 0
    if served and buf[pos] == 0x81 and get16(buf, pos + 2) == 68:
        return 1, REQUEST
    if buf[pos] != 0:
        return -1, 0
    if there < 8:
        return 0 if there < 5 or buf[pos + 4] in (0xFF, 0xFE, 0xFD, 0xFC) else -1, 0
    kind = int64(buf[pos + 4])
    if kind not in (0xFF, 0xFE, 0xFD, 0xFC) or int64(buf[pos + 5]) << 16 | get16(buf, pos + 6) != 0x534D42:
        return -1, 0
    if kind == 0xFF and there >= 14:
        return 1, REPLY if buf[pos + 13] & 0x80 else REQUEST
    if kind == 0xFE and there >= 24:
        return 1, REPLY if buf[pos + 20] & 0x01 else REQUEST
    return 1, 0


@kernel
def get16_little(buf: Bytes, pos: int) -> int:
    """Little-endian 16 bit number at ``pos``; the caller has checked that two bytes are there."""
    return int64(buf[pos]) | int64(buf[pos + 1]) << 8


@kernel
def recognise_enip(buf: Bytes, pos: int, end: int, served: bool, whole: bool) -> tuple[int, int]:
    """EtherNet/IP: an encapsulation header, or in a datagram cyclic I/O (CIP Volume 2, §2-3.1 and §2-6.1).

    Where it is not served the command's own fields must fit too.
    """
    there = end - pos
    if whole and _is_cyclic(buf, pos, end):
        return 1, 0
    if there < 24:
        begins = there < 2 or _is_encapsulation(get16_little(buf, pos))
        return 0 if not whole and begins else -1, 0
    command, length, status = get16_little(buf, pos), get16_little(buf, pos + 2), get32(buf, pos + 8)
    if not _is_encapsulation(command) or get32(buf, pos + 20) != 0 or (whole and there != 24 + length):
        return -1, 0
    if status & 0x00FFFFFF or status >> 24 not in (0, 1, 2, 3, 0x64, 0x65, 0x69):
        return -1, 0
    if not served and (status != 0 or not _is_command_plausible(buf, pos, end, command, length)):
        return -1, 0
    opens = command == 0x65 and get32(buf, pos + 4) == 0
    asks = command in (0x04, 0x63, 0x64) and length == 0
    return 1, REQUEST if opens or asks else REPLY if command == 0x65 or command in (0x04, 0x63, 0x64) else 0


@kernel
def _is_encapsulation(command: int) -> bool:
    """True for an encapsulation command but NOP, whose bytes are too common."""
    return command in (0x04, 0x63, 0x64, 0x65, 0x66, 0x6F, 0x70)


@kernel
def _is_command_plausible(buf: Bytes, pos: int, end: int, command: int, length: int) -> bool:
    """True when length and first fields are those of the command."""
    if command == 0x65:
        return length == 4 and (end - pos < 28 or get16_little(buf, pos + 24) == 1)
    if command == 0x66:
        return length == 0 and get32(buf, pos + 4) != 0
    if command in (0x6F, 0x70):
        if length < 16 or get32(buf, pos + 4) == 0:
            return False
        return end - pos < 32 or (get32(buf, pos + 24) == 0 and 1 <= get16_little(buf, pos + 30) <= 4)
    if length == 0:
        return True
    return end - pos >= 26 and length >= 6 and 1 <= get16_little(buf, pos + 24) <= 8


@kernel
def _is_cyclic(buf: Bytes, pos: int, end: int) -> bool:
    """True for a datagram with a sequenced address item and a connected data item that fill it."""
    if end - pos < 18 or get16_little(buf, pos) != 2 or get16_little(buf, pos + 2) != 0x8002:
        return False
    if get16_little(buf, pos + 4) != 8 or get16_little(buf, pos + 14) != 0x00B1:
        return False
    return end - pos == 18 + get16_little(buf, pos + 16)


@kernel
def recognise_dnp3(buf: Bytes, pos: int, end: int, served: bool, whole: bool) -> tuple[int, int]:  # noqa: ARG001 - as all
    """A link header of DNP3 with its CRC (IEEE 1815-2012 §9.2); the master asks (DIR bit)."""
    there = end - pos
    if there >= 1 and buf[pos] != 0x05:
        return -1, 0
    if there >= 2 and buf[pos + 1] != 0x64:
        return -1, 0
    if there < 10:
        return -1 if whole else 0, 0
    if buf[pos + 2] < 5 or compute_dnp3_crc(buf, pos, pos + 8) != get16_little(buf, pos + 8):
        return -1, 0
    return 1, REQUEST if buf[pos + 3] & 0x80 else REPLY


@kernel
def compute_dnp3_crc(buf: Bytes, pos: int, end: int) -> int:
    """CRC of a DNP3 block (IEEE 1815-2012 §9.2.4.4), as the number that follows it low byte first."""
    crc = int64(0)
    for at in range(pos, end):
        crc ^= int64(buf[at])
        for _ in range(8):
            crc = crc >> 1 ^ 0xA6BC if crc & 1 else crc >> 1
    return crc ^ 0xFFFF


@kernel
def recognise_iec104(buf: Bytes, pos: int, end: int, served: bool, whole: bool) -> tuple[int, int]:
    """APDUs of IEC 60870-5-104 (§5): formats I, S and U.

    Where it is not served a U format counts, or an I format with a plausible ASDU; a bare S format does not.
    """
    if whole:
        return -1, 0
    there = end - pos
    if there < 6:
        begins = there < 1 or (buf[pos] == 0x68 and (there < 2 or 4 <= buf[pos + 1] <= 253))
        return 0 if begins else -1, 0
    length, control = int64(buf[pos + 1]), int64(buf[pos + 2])
    if buf[pos] != 0x68 or length < 4 or length > 253:
        return -1, 0
    following = pos + 2 + length
    if following < end and buf[following] != 0x68:
        return -1, 0
    if control & 0x03 == 0x03:
        rest = int64(buf[pos + 3]) | get16(buf, pos + 4)
        if length != 4 or rest != 0 or control not in (0x07, 0x0B, 0x13, 0x23, 0x43, 0x83):
            return -1, 0
        return 1, REQUEST if control in (0x07, 0x13) else REPLY if control in (0x0B, 0x23) else 0
    if buf[pos + 4] & 1:
        return -1, 0
    if control & 0x03 == 0x01:
        return 1 if served and control == 1 and length == 4 and buf[pos + 3] == 0 else -1, 0
    if served:
        return 1, 0
    if there < 10:
        return 0, 0
    cause = int64(buf[pos + 8]) & 0x3F
    return 1 if length >= 12 and 1 <= buf[pos + 6] <= 127 and buf[pos + 7] != 0 and 1 <= cause <= 47 else -1, 0
