"""Where an OPC UA message chunk begins and ends, and what tells its bytes from other protocols (kernels).

Standard: OPC 10000-6 (1.05), §6.7.2 (message chunks), §7.1.2 (Hello, Acknowledge, Error, ReverseHello).

Layout of every chunk, numbers little-endian::

    type 3 (HEL ACK ERR RHE OPN MSG CLO) | chunk 1 (F final, C more, A abort) | size 4, of the whole chunk | ...
"""

from __future__ import annotations

from parsers.packet import Bytes
from parsers.protocol import REPLY, REQUEST
from wanglou.kernel import inlined_kernel, int64, kernel

HEADER = 8
SIZE_MAX = 1 << 24
"""Longest chunk taken for one, in bytes; common stacks negotiate 64 KiB (§7.1.2.3 lets peers agree on any size)."""

HEL, ACK, ERR, RHE, OPN, MSG, CLO = range(1, 8)
TYPES = ("", "HEL", "ACK", "ERR", "RHE", "OPN", "MSG", "CLO")

_HELLO_MAX = 32 + 4096  # §7.1.2.3: the endpoint's URL is below 4,096 bytes
_REVERSE_MAX = 16 + 2 * 4096  # §7.1.2.6
_ERROR_MAX = 16 + 4096  # §7.1.2.5

_F, _C, _A = 0x46, 0x43, 0x41


@inlined_kernel
def get_u32(buf: Bytes, pos: int) -> int:
    """Little-endian 32 bit number at ``pos``; the caller has checked that four bytes are there."""
    return int64(buf[pos]) | int64(buf[pos + 1]) << 8 | int64(buf[pos + 2]) << 16 | int64(buf[pos + 3]) << 24


@kernel
def name_type(buf: Bytes, pos: int) -> int:
    """Number of the message type whose three letters are at ``pos``, 0 for none; three bytes must be there."""
    letters = int64(buf[pos]) << 16 | int64(buf[pos + 1]) << 8 | int64(buf[pos + 2])
    if letters == 0x4D5347:
        return MSG
    if letters == 0x4F504E:
        return OPN
    if letters == 0x434C4F:
        return CLO
    if letters == 0x48454C:
        return HEL
    if letters == 0x41434B:
        return ACK
    if letters == 0x455252:
        return ERR
    return RHE if letters == 0x524845 else 0


@kernel
def _fits(kind: int, chunk: int, size: int) -> bool:
    """True when chunk letter and size are possible for the type."""
    if kind in (MSG, OPN, CLO):
        least = 24 if kind != OPN else 32  # header, channel, token or security header, sequence header
        return chunk in (_F, _C, _A) and least <= size <= SIZE_MAX
    if chunk != _F:
        return False
    if kind == HEL:
        return 32 <= size <= _HELLO_MAX
    if kind == ACK:
        return size == 28
    return 16 <= size <= (_ERROR_MAX if kind == ERR else _REVERSE_MAX)


@kernel
def measure_opcua(buf: Bytes, pos: int, end: int, from_client: bool) -> int:  # noqa: ARG001 - every measure has it
    """Length of the chunk at ``pos``: 0 when its header is not whole yet, -1 when no chunk can begin so."""
    there = end - pos
    if there < HEADER:
        return 0 if there <= 0 or _may_begin(buf, pos, end) else -1
    kind = name_type(buf, pos)
    size = get_u32(buf, pos + 4)
    return size if kind != 0 and _fits(kind, int64(buf[pos + 3]), size) else -1


@kernel
def _may_begin(buf: Bytes, pos: int, end: int) -> bool:
    """True when the few bytes that are there can begin a chunk."""
    if end - pos >= 3:
        return name_type(buf, pos) != 0 and (end - pos == 3 or int64(buf[pos + 3]) in (_F, _C, _A))
    first = int64(buf[pos])
    if end - pos == 1:
        return first in (0x48, 0x41, 0x45, 0x52, 0x4F, 0x4D, 0x43)
    pair = first << 8 | int64(buf[pos + 1])
    return pair in (0x4845, 0x4143, 0x4552, 0x5248, 0x4F50, 0x4D53, 0x434C)


@kernel
def read_type_id(buf: Bytes, pos: int, end: int) -> int:
    """Numeric NodeId of namespace 0 at ``pos``: -1 when it is of another kind or not whole (§5.2.2.9)."""
    if pos + 2 <= end and buf[pos] == 0:
        return int64(buf[pos + 1])
    if pos + 4 <= end and buf[pos] == 1 and buf[pos + 1] == 0:
        return int64(buf[pos + 2]) | int64(buf[pos + 3]) << 8
    if pos + 7 <= end and buf[pos] == 2 and buf[pos + 1] == 0 and buf[pos + 2] == 0:
        return get_u32(buf, pos + 3)
    return -1


@kernel
def tell_role(type_id: int) -> int:
    """REQUEST or REPLY for the encoding ids of services, 0 for others (OPC 10000-6 Annex A)."""
    if type_id in (397, 12_209, 12_212):
        return REPLY
    if type_id in (12_208, 12_211):
        return REQUEST
    if type_id < 410 or type_id > 850:
        return 0
    if type_id <= 419:  # test services
        return REQUEST if type_id in (410, 416) else REPLY if type_id in (413, 419) else 0
    if type_id in (422, 428, 437, 446, 452, 461, 467, 473, 479, 488, 494, 500, 506, 527, 533, 554, 560, 566):
        return REQUEST
    if type_id in (425, 431, 440, 449, 455, 464, 470, 476, 482, 491, 497, 503, 509, 530, 536, 557, 563, 569):
        return REPLY
    if type_id in (615, 621, 631, 664, 673, 700, 712, 751, 763, 769, 775, 781, 787, 793, 799, 826, 832, 841, 847):
        return REQUEST
    if type_id in (618, 624, 634, 667, 676, 703, 715, 754, 766, 772, 778, 784, 790, 796, 802, 829, 835, 844, 850):
        return REPLY
    return 0


@kernel
def recognise_opcua(buf: Bytes, pos: int, end: int, served: bool, whole: bool) -> tuple[int, int]:
    """Verdict and role of the first bytes of a side.

    Verdict is 1 mine, 0 need more bytes, -1 not mine; role is REQUEST or REPLY where the bytes can only be one, else 0.
    ``whole``: no more bytes can follow; ``served``: the port is a usual one, where an encrypted body is taken too.
    """
    size = measure_opcua(buf, pos, end, True)
    if size < 0 or whole:
        return -1, 0
    if size == 0:
        return 0, 0
    kind = name_type(buf, pos)
    if kind == HEL:
        return 1, REQUEST
    if kind in (ACK, ERR, RHE):
        return 1, REPLY
    if kind == OPN:
        return _recognise_open(buf, pos, end)
    if end - pos < 28 and end - pos < size:
        return 0, 0
    role = tell_role(read_type_id(buf, pos + 24, min(end, pos + size)))
    if role == 0 and not served and (get_u32(buf, pos + 8) == 0 or not _is_followed(buf, pos + size, end)):
        return -1, 0
    return 1, role


@kernel
def _recognise_open(buf: Bytes, pos: int, end: int) -> tuple[int, int]:
    """An OPN chunk: its security policy is a URI, and a clear body says who asks (§6.7.2.3)."""
    if end - pos < 20:
        return 0, 0
    length = get_u32(buf, pos + 12)
    if length > 255 or buf[pos + 16] != 0x68:  # "h" of http://opcfoundation.org/UA/SecurityPolicy#
        return -1, 0
    at = pos + 16 + length
    if at + 4 > end:
        return 0, 0
    if get_u32(buf, at) != 0xFFFFFFFF and get_u32(buf, at) != 0:
        return 1, 0
    return 1, tell_role(read_type_id(buf, at + 16, end))


@kernel
def _is_followed(buf: Bytes, at: int, end: int) -> bool:
    """True unless the bytes at ``at`` are there and begin no chunk."""
    return at >= end or measure_opcua(buf, at, end, True) >= 0


@kernel
def find_opcua(buf: Bytes, pos: int, end: int, from_client: bool) -> int:
    """Next position where a chunk may begin, ``end`` when there is none.

    What may follow such a chunk must not contradict it.
    """
    while pos + HEADER <= end:
        if int64(buf[pos]) in (0x4D, 0x4F, 0x43, 0x48, 0x41, 0x45, 0x52):
            size = measure_opcua(buf, pos, end, from_client)
            if size > 0 and _is_followed(buf, pos + size, end):
                return pos
        pos += 1
    while pos < end and not _may_begin(buf, pos, end):
        pos += 1
    return pos
