"""Where a DHCP message begins and ends: it is a whole datagram (kernels).

Standards: RFC 2131 §2 (layout), RFC 2132 (options), RFC 951 (BOOTP).

Layout::

    op 1 | htype 1 | hlen 1 | hops 1 | xid 4 | secs 2 | flags 2 | ciaddr 4 | yiaddr 4 | siaddr 4 | giaddr 4
    chaddr 16 | sname 64 | file 128 | magic cookie 4 | options
"""

from __future__ import annotations

from parsers.packet import Bytes, get32
from parsers.protocol import REPLY, REQUEST
from wanglou.kernel import int64, kernel

FIXED_BYTES = 240
"""Bytes before the options."""
COOKIE_AT, COOKIE = 236, 0x63825363  # RFC 2131 §3


@kernel
def recognise_dhcp(buf: Bytes, pos: int, end: int, served: bool, whole: bool) -> tuple[int, int]:  # noqa: ARG001 - all protocols take these
    """Tell a DHCP message by its cookie and the ranges of its first bytes: (verdict, role); only datagrams are."""
    if not whole or not _is_headed(buf, pos, end):
        return -1, 0
    return 1, REQUEST if buf[pos] == 1 else REPLY


@kernel
def _is_headed(buf: Bytes, pos: int, end: int) -> bool:
    """True where op, hardware address length, hops and cookie are those of DHCP."""
    return (
        end - pos >= FIXED_BYTES
        and int64(buf[pos]) in (1, 2)
        and buf[pos + 2] <= 16
        and buf[pos + 3] <= 16
        and get32(buf, pos + COOKIE_AT) == COOKIE
    )


@kernel
def measure_dhcp(buf: Bytes, pos: int, end: int, from_client: bool) -> int:  # noqa: ARG001 - as above
    """Length of the message at ``pos``, which is all there is of its datagram; -1 where none begins."""
    return end - pos if _is_headed(buf, pos, end) else -1


@kernel
def find_dhcp(buf: Bytes, pos: int, end: int, from_client: bool) -> int:  # noqa: ARG001 - as above
    """Give ``end``: nothing follows in a datagram."""
    return end
