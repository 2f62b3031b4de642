"""What is carried in TPKT over TCP, named by its first bytes: S7comm and RDP (kernels).

Standards: RFC 1006 §6 (TPKT), ITU-T X.224 §13 (TPDUs). Each recogniser has the form of all: (1 mine, 0 more bytes
needed, -1 not mine; REQUEST, REPLY or 0). Layout::

    3 | 0 | length 2, of all | header length 1 | TPDU code 1 | ...
"""

from __future__ import annotations

from parsers.packet import Bytes, get16
from parsers.protocol import REPLY, REQUEST
from parsers.signature import begins_with
from wanglou.kernel import int64, kernel

_TPKT_HEADER = 4
_CONNECT_REQUEST, _CONNECT_CONFIRM, _DATA = 0xE0, 0xD0, 0xF0  # X.224 §13.3, §13.4, §13.7
_S7, _S7_PLUS = 0x32, 0x72


@kernel
def measure_tpkt(buf: Bytes, pos: int, end: int) -> int:
    """Length of a TPKT with an X.224 header that fits (RFC 1006 §6): 0: more bytes needed, -1: there is none."""
    there = end - pos
    if there < 1:
        return 0
    if buf[pos] != 3 or (there > 1 and buf[pos + 1] != 0):
        return -1
    if there < 7:
        return 0
    size, header = get16(buf, pos + 2), int64(buf[pos + 4])
    if size < 7 or header < 2 or _TPKT_HEADER + 1 + header > size:
        return -1
    kind = int64(buf[pos + 5])
    if kind & 0xF0 in (_CONNECT_REQUEST, _CONNECT_CONFIRM):
        return size if header >= 6 and _TPKT_HEADER + 1 + header == size else -1
    return size if kind == _DATA and header == 2 else -1


@kernel
def recognise_s7(buf: Bytes, pos: int, end: int, served: bool, whole: bool) -> tuple[int, int]:  # noqa: ARG001 - as all
    """S7comm or S7comm-plus in COTP data, at once or behind a connection request (as Wireshark's s7comm tells it).

    A connection request alone may open other protocols (MMS, RDP), so what follows is waited for.
    """
    if whole:
        return -1, 0
    while True:
        size = measure_tpkt(buf, pos, end)
        if size <= 0:
            return size, 0
        if buf[pos + 5] == _DATA:
            break
        if _is_rdp(buf, pos, end) > 0:
            return -1, 0
        pos += size
    if end - pos < 9:
        return 0, 0
    kind = int64(buf[pos + 8])
    if buf[pos + 7] == _S7_PLUS and kind in (1, 2, 3, 0xFE):
        return 1, 0
    if buf[pos + 7] != _S7 or kind not in (1, 2, 3, 7):
        return -1, 0
    return 1, REQUEST if kind == 1 else REPLY if kind in (2, 3) else 0


@kernel
def recognise_rdp(buf: Bytes, pos: int, end: int, served: bool, whole: bool) -> tuple[int, int]:
    """An X.224 connection request or confirm of RDP ([MS-RDPBCGR] 2.2.1.1, 2.2.1.2); a bare one where it is served."""
    size = -1 if whole else measure_tpkt(buf, pos, end)
    if size <= 0:
        return size, 0
    kind = int64(buf[pos + 5]) & 0xF0
    if kind == _DATA:
        return -1, 0
    verdict = _is_rdp(buf, pos, end)
    if verdict < 0 and served and size == 11:
        verdict = 1
    return verdict, REQUEST if kind == _CONNECT_REQUEST else REPLY


_COOKIE = (0x43, 0x6F, 0x6F, 0x6B, 0x69, 0x65, 0x3A, 0x20, 0x6D, 0x73, 0x74, 0x73)  # "Cookie: msts"


@kernel
def _is_rdp(buf: Bytes, pos: int, end: int) -> int:
    """1 where a cookie or a negotiation structure stands in the connection TPDU at ``pos``, 0: more bytes needed."""
    size = get16(buf, pos + 2)
    if size < 19:
        return -1
    if end - pos < 19:
        return 0
    if begins_with(buf, pos + 11, end, _COOKIE) >= 0:
        return 1
    return 1 if size == 19 and buf[pos + 11] in (1, 2, 3) and buf[pos + 13] == 8 and buf[pos + 14] == 0 else -1
