"""Packed captures: gzip (RFC 1952, several members) and Zstandard (RFC 8878, several frames) in bounded pieces.

Both unpackers give every byte that can be had before a fault, and then raise ``BrokenStreamError``: where a stream
is cut off or damaged must not depend on the sizes it is read in.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator
from typing import BinaryIO

import zstandard

CHUNK_BYTES = 64 << 10
PIECE_BYTES = 1 << 20
GZIP_MAGIC = b"\x1f\x8b"  # RFC 1952 §2.3.1
ZSTD_MAGIC = b"\x28\xb5\x2f\xfd"  # RFC 8878 §3.1.1, 0xFD2FB528 little-endian
ZSTD_WINDOW_MAX = 128 << 20  # the `zstd` program's own default bound for decompression

Unpacker = Callable[[BinaryIO], Iterator[bytes]]


class BrokenStreamError(Exception):
    """A packed stream that cannot be unpacked further; the message tells why."""


def find_unpacker(magic: bytes) -> Unpacker | None:
    """Give the unpacker for a file that begins with ``magic`` (4 bytes or more), None when the file is not packed."""
    if magic[:2] == GZIP_MAGIC:
        return unpack_gzip
    if magic[:4] == ZSTD_MAGIC or is_skippable(magic[:4]):
        return unpack_zstd
    return None


def is_skippable(magic: bytes) -> bool:
    """Tell whether ``magic`` opens a skippable Zstandard frame: 0x184D2A50 to 0x184D2A5F (RFC 8878 §3.1.2)."""
    return len(magic) == 4 and magic[1:] == b"\x2a\x4d\x18" and magic[0] >> 4 == 5


def unpack_gzip(file: BinaryIO) -> Iterator[bytes]:
    """Give the unpacked bytes of all members in pieces of at most 1 MiB; raises ``BrokenStreamError``."""
    data = file.read(CHUNK_BYTES)
    while data:
        decoder = zlib.decompressobj(wbits=31)  # 16 + 15: a gzip member with the largest window
        while not decoder.eof:
            yield from _inflate(decoder, data)
            data = decoder.unused_data if decoder.eof else file.read(CHUNK_BYTES)
            if not data and not decoder.eof:
                raise BrokenStreamError("the gzip stream is cut off")
        data = _skip_padding(file, data)


def _inflate(decoder: zlib._Decompress, data: bytes) -> Iterator[bytes]:
    """Unpack one chunk; the decoder is left at its end or at the member's end."""
    while True:
        before = decoder.copy()
        try:
            piece = decoder.decompress(data, PIECE_BYTES)
        except zlib.error as error:
            yield from _salvage(before, data)
            raise BrokenStreamError(f"the gzip stream is damaged: {error}") from None
        data = decoder.unconsumed_tail
        if piece:
            yield piece
        if decoder.eof or not (data or len(piece) == PIECE_BYTES):
            return


def _salvage(decoder: zlib._Decompress, data: bytes) -> Iterator[bytes]:
    """Unpack byte by byte what lies before the damage, because zlib drops the output of a call that fails."""
    try:
        for value in data:
            yield decoder.decompress(bytes((value,)))
    except zlib.error:
        return


def _skip_padding(file: BinaryIO, data: bytes) -> bytes:
    """Drop the zero bytes that some writers put after a member; gzip programs do the same."""
    data = data.lstrip(b"\0") or file.read(CHUNK_BYTES)
    while data and not data.lstrip(b"\0"):
        data = file.read(CHUNK_BYTES)
    return data.lstrip(b"\0")


def unpack_zstd(file: BinaryIO) -> Iterator[bytes]:
    """Give the unpacked bytes of all frames, a block (at most 128 KiB) at a time; raises ``BrokenStreamError``.

    Blocks are fed one by one, because a block of four bytes may hold 128 KiB and a larger feed would not be bounded.
    """
    while magic := file.read(4):
        if is_skippable(magic):
            _skip_frame(file)
        elif magic == ZSTD_MAGIC:
            yield from _unpack_frame(file)
        elif len(magic) < 4:
            raise BrokenStreamError("the zstd stream is cut off")
        else:
            raise BrokenStreamError("what follows a zstd frame is no frame")


def _skip_frame(file: BinaryIO) -> None:
    """Read over a skippable frame (RFC 8878 §3.1.2)."""
    left = int.from_bytes(_read_exactly(file, 4), "little")
    while left:
        left -= len(_read_exactly(file, min(left, CHUNK_BYTES)))


def _unpack_frame(file: BinaryIO) -> Iterator[bytes]:
    """Give the blocks of one frame whose magic number has been read."""
    header = _read_frame_header(file)
    decoder = zstandard.ZstdDecompressor(max_window_size=ZSTD_WINDOW_MAX).decompressobj()
    try:
        yield decoder.decompress(header)
        last = False
        while not last:
            block = _read_exactly(file, 3)
            fields = int.from_bytes(block, "little")  # RFC 8878 §3.1.1.2: last (1 bit), type (2), size (21)
            last, is_run, size = bool(fields & 1), fields >> 1 & 3 == 1, fields >> 3
            yield decoder.decompress(block + _read_exactly(file, 1 if is_run else size))
        if zstandard.get_frame_parameters(header).has_checksum:
            decoder.decompress(_read_exactly(file, 4))
    except zstandard.ZstdError as error:
        raise BrokenStreamError(f"the zstd stream is damaged or asks for too much: {error}") from None


def _read_frame_header(file: BinaryIO) -> bytes:
    """Read the rest of a frame's header; gives it with its magic number."""
    head = ZSTD_MAGIC + _read_exactly(file, 1)  # the fifth byte tells the length (RFC 8878 §3.1.1.1.1)
    return head + _read_exactly(file, zstandard.frame_header_size(head) - len(head))


def _read_exactly(file: BinaryIO, count: int) -> bytes:
    """Read ``count`` bytes or tell that the stream is cut off."""
    data = file.read(count)
    if len(data) < count:
        raise BrokenStreamError("the zstd stream is cut off")
    return data
