"""The classic capture format, pcap 2.4 (draft-ietf-opsawg-pcap).

Layout::

    file header    magic 4 | major 2 | minor 2 | reserved 8 | snaplen 4 | link type 4
    record         seconds 4 | fraction 4 | caplen 4 | wirelen 4 | caplen bytes
    "modified"     the same with interface 4 | protocol 2 | packet type 1 | padding 1 after wirelen
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sensors.walk import (
    BEYOND_SNAPLEN,
    BIG,
    LENGTHS_RAISED,
    LITTLE,
    MAX_CAPLEN,
    TALLY,
    TIMES_CLAMPED,
    Columns,
    Walk,
    load_u32,
)
from wanglou.kernel import kernel

FILE_HEADER_BYTES = 24
SECOND_NS = 1_000_000_000

_IMPOSSIBLE = 1


@dataclass(frozen=True, slots=True)
class Variant:
    """What a magic number tells."""

    unit_ns: int
    """Nanoseconds in one unit of a record's fraction."""
    record_header_bytes: int


# draft-ietf-opsawg-pcap §4 for the first two; the third is the "modified" format of patched Linux kernels.
VARIANTS = {0xA1B2C3D4: Variant(1000, 16), 0xA1B23C4D: Variant(1, 16), 0xA1B2CD34: Variant(1000, 24)}


@dataclass(frozen=True, slots=True)
class Header:
    """The header of a classic capture file."""

    is_little: bool
    variant: Variant
    major: int
    minor: int
    snaplen: int
    """Largest caplen the writer meant to store; 0 when it set no bound."""
    link_field: int
    """The link type field as stored, upper bits included."""


def parse_header(head: bytes) -> Header | None:
    """Read a file header of 24 bytes; None when its magic number is another format's."""
    for is_little, order in ((True, "<"), (False, ">")):
        magic, major, minor, snaplen, link_field = struct.unpack_from(order + "IHH8xII", head)
        if magic in VARIANTS:
            return Header(is_little, VARIANTS[magic], major, minor, snaplen, link_field)
    return None


def is_magic(head: bytes) -> bool:
    """Tell whether ``head`` begins with a magic number of this format, in either byte order."""
    return int.from_bytes(head[:4], "little") in VARIANTS or int.from_bytes(head[:4], "big") in VARIANTS


class ClassicWalker:
    """Walks the records of a classic capture."""

    header_bytes = FILE_HEADER_BYTES

    def __init__(self, header: Header, linktype: int) -> None:
        """Take the file's header and its resolved link type."""
        self._header, self._linktype = header, linktype
        self.tally = np.zeros(len(TALLY), np.int64)

    def walk(self, data: NDArray[np.uint8], end: int, columns: Columns) -> Walk:
        """Find the packets of ``data[:end]``."""
        variant = self._header.variant
        n, at, needed, status = walk_records(
            data,
            0,
            end,
            variant.record_header_bytes,
            LITTLE if self._header.is_little else BIG,
            variant.unit_ns,
            self._header.snaplen or MAX_CAPLEN,
            columns.offset,
            columns.caplen,
            columns.wirelen,
            columns.ts_ns,
            self.tally,
        )
        columns.linktype[:n] = self._linktype
        return Walk(n, at, needed, f"impossible packet length {needed}" if status == _IMPOSSIBLE else "")

    def count_more(self) -> dict[str, int]:
        """Count nothing beyond the tally."""
        return {}


@kernel
def walk_records(
    data: NDArray[np.uint8],
    start: int,
    end: int,
    header_bytes: int,
    order: int,
    unit_ns: int,
    snaplen: int,
    offset: NDArray[np.int64],
    caplen: NDArray[np.uint32],
    wirelen: NDArray[np.uint32],
    ts_ns: NDArray[np.int64],
    tally: NDArray[np.int64],
) -> tuple[int, int, int, int]:
    """Find the records of ``data[start:end]``.

    The arrays must have room for ``(end - start) // 16 + 1`` packets. A caplen above the snaplen is kept and counted,
    as other readers do; one above 256 KiB is impossible. A fraction of a second or more is clamped to the second's end.

    Returns packets found, where the walk stopped, bytes the record there takes (when it is impossible: its
    caplen), and 0 or 1 (impossible).
    """
    n = 0
    at = start
    while end - at >= header_bytes:
        captured = load_u32(data, at + 8, order)
        if captured > MAX_CAPLEN:
            return n, at, captured, _IMPOSSIBLE
        if captured > end - at - header_bytes:
            return n, at, header_bytes + captured, 0
        on_wire = load_u32(data, at + 12, order)
        if on_wire < captured:
            on_wire = captured
            tally[LENGTHS_RAISED] += 1
        if captured > snaplen:
            tally[BEYOND_SNAPLEN] += 1
        fraction_ns = load_u32(data, at + 4, order) * unit_ns
        if fraction_ns >= SECOND_NS:
            fraction_ns = SECOND_NS - unit_ns
            tally[TIMES_CLAMPED] += 1
        offset[n] = at + header_bytes
        caplen[n] = captured
        wirelen[n] = on_wire
        ts_ns[n] = load_u32(data, at, order) * SECOND_NS + fraction_ns
        n += 1
        at += header_bytes + captured
    return n, at, header_bytes, 0
