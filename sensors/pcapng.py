"""The pcapng capture format (draft-ietf-opsawg-pcapng): sections, interfaces and their options.

Both byte orders, several sections and interfaces. Packet blocks are walked by the kernel in ``sensors.blocks``; blocks
of other kinds are skipped and counted. A section's length field is not used: blocks are followed one by one.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from sensors import blocks
from sensors.linktype import resolve_linktype
from sensors.ticks import OFFSET_MAX_S
from sensors.walk import BIG, LITTLE, TALLY, Columns, Walk

MAGIC = b"\x0a\x0d\x0d\x0a"
BYTE_ORDERS = {b"\x1a\x2b\x3c\x4d": ">", b"\x4d\x3c\x2b\x1a": "<"}  # draft-ietf-opsawg-pcapng §4.1
SECTION_MIN = 28
INTERFACE_MIN = 20
OPTION_TSRESOL, OPTION_TSOFFSET = 9, 14  # draft-ietf-opsawg-pcapng §4.2
MICROSECONDS = 6

MAX_INTERFACES = 65536
"""Interfaces kept of one section; a Packet Block cannot name more."""

_FAULTS = {
    blocks.BAD_LENGTH: "impossible block length {}",
    blocks.BAD_TRAILER: "block whose two length fields differ ({} at its head)",
    blocks.BAD_CAPLEN: "impossible packet length {}",
}


class BlockError(Exception):
    """A block that cannot be read; the message tells why."""


class PcapngWalker:
    """Walks the blocks of a pcapng capture, and keeps the state of the current section."""

    header_bytes = 0

    def __init__(self) -> None:
        """Begin before the first section."""
        self.tally = np.zeros(len(TALLY), np.int64)
        self._order = ""
        self._interfaces = np.zeros((16, 5), np.int64)
        self._n_interfaces = 0
        self._previous_ns = 0
        self._counts = dict.fromkeys(("sections", "interfaces", "interfaces_dropped", "interfaces_unknown_linktype"), 0)

    def walk(self, data: NDArray[np.uint8], end: int, columns: Columns) -> Walk:
        """Find the packets of ``data[:end]``."""
        n, at = 0, 0
        while True:
            if self._order:
                n, at, needed, status = self._walk_packets(data, at, end, n, columns)
                if status != blocks.MEETS_STATE:
                    return Walk(n, at, needed, _FAULTS.get(status, "").format(needed))
            try:
                total, needed = self._change_state(data[at:end])
            except BlockError as error:
                return Walk(n, at, 0, str(error))
            if not total:
                return Walk(n, at, needed)
            at += total

    def count_more(self) -> dict[str, int]:
        """Count sections and interfaces."""
        return dict(self._counts)

    def _walk_packets(
        self, data: NDArray[np.uint8], at: int, end: int, n: int, columns: Columns
    ) -> tuple[int, int, int, int]:
        """Run the kernel from ``at`` to the next block that is not its business."""
        before = n
        n, at, needed, status = blocks.walk_blocks(
            data,
            at,
            end,
            LITTLE if self._order == "<" else BIG,
            self._n_interfaces,
            self._interfaces,
            n,
            self._previous_ns,
            columns.offset,
            columns.caplen,
            columns.wirelen,
            columns.ts_ns,
            columns.linktype,
            self.tally,
        )
        if n > before:
            self._previous_ns = int(columns.ts_ns[n - 1])
        return n, at, needed, status

    def _change_state(self, data: NDArray[np.uint8]) -> tuple[int, int]:
        """Take in the section header or interface description at the head of ``data``.

        Returns the block's length, and 0; or 0, and the bytes that are needed first.
        """
        head = data[: blocks.BLOCK_MIN].tobytes()
        if len(head) < blocks.BLOCK_MIN:
            return 0, blocks.BLOCK_MIN
        is_section = head[:4] == MAGIC
        order = BYTE_ORDERS.get(head[8:]) if is_section else self._order
        if not order:
            raise BlockError("section header without a byte-order magic" if is_section else "no section header")
        (total,) = struct.unpack_from(order + "I", head, 4)
        if total & 3 or not (SECTION_MIN if is_section else INTERFACE_MIN) <= total <= blocks.MAX_BLOCK:
            raise BlockError(_FAULTS[blocks.BAD_LENGTH].format(total))
        if total > len(data):
            return 0, total
        block = data[:total].tobytes()
        if block[-4:] != block[4:8]:
            raise BlockError(_FAULTS[blocks.BAD_TRAILER].format(total))
        if is_section:
            self._enter_section(block, order)
        else:
            self._add_interface(block)
        return total, 0

    def _enter_section(self, block: bytes, order: str) -> None:
        """Forget the section before."""
        major, minor = struct.unpack_from(order + "HH", block, 12)
        if major != 1:
            raise BlockError(f"section of pcapng version {major}.{minor}, which is not read here")
        self._order, self._n_interfaces = order, 0
        self._counts["sections"] += 1

    def _add_interface(self, block: bytes) -> None:
        """Keep what the kernel needs to know of an interface."""
        if self._n_interfaces == MAX_INTERFACES:
            self._counts["interfaces_dropped"] += 1
            return
        if self._n_interfaces == len(self._interfaces):
            self._interfaces = np.concatenate((self._interfaces, np.zeros_like(self._interfaces)))
        link_field, snaplen = struct.unpack_from(self._order + "HxxI", block, 8)
        linktype = resolve_linktype(link_field)
        self._interfaces[self._n_interfaces] = (linktype, *self._parse_clock(block), snaplen)
        self._n_interfaces += 1
        self._counts["interfaces"] += 1
        self._counts["interfaces_unknown_linktype"] += linktype < 0

    def _parse_clock(self, block: bytes) -> tuple[int, int, int]:
        """Give is_binary, exponent and offset in seconds of the interface's time stamps."""
        is_binary, exponent, offset_s = 0, MICROSECONDS, 0
        for code, value in parse_options(block, 16, self._order):
            if code == OPTION_TSRESOL and len(value) == 1:
                is_binary, exponent = value[0] >> 7, value[0] & 0x7F
            elif code == OPTION_TSOFFSET and len(value) == 8:
                (offset_s,) = struct.unpack(self._order + "q", value)
        return is_binary, exponent, max(-OFFSET_MAX_S, min(OFFSET_MAX_S, offset_s))


def parse_options(block: bytes, start: int, order: str) -> Iterator[tuple[int, bytes]]:
    """Give code and value of the options from ``start`` on, up to the end or the first that does not fit."""
    end = len(block) - 4
    while end - start >= 4:
        code, length = struct.unpack_from(order + "HH", block, start)
        if not code or length > end - start - 4:
            return
        yield code, block[start + 4 : start + 4 + length]
        start += 4 + (length + 3 & ~3)
