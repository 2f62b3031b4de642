"""Unpacking gzip and zstd."""

from __future__ import annotations

import contextlib
import gzip
import io
import struct
import zlib
from collections.abc import Iterable

import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from sensors.compression import PIECE_BYTES, BrokenStreamError, Unpacker, find_unpacker, unpack_gzip, unpack_zstd

TEXT = b"".join(b"poll %d of the unit\n" % number for number in range(30_000))
SKIPPABLE = struct.pack("<II", 0x184D2A53, 5) + b"index"


def pack_zstd(data: bytes, *, has_checksum: bool = True) -> bytes:
    """Pack one frame."""
    return zstandard.ZstdCompressor(write_checksum=has_checksum).compress(data)


def drain(pieces: Iterable[bytes]) -> tuple[bytes, str]:
    """Give all that came before the end or a fault, and the fault."""
    got = bytearray()
    try:
        for piece in pieces:
            assert len(piece) <= PIECE_BYTES
            got += piece
    except BrokenStreamError as error:
        return bytes(got), str(error)
    return bytes(got), ""


CASES = [
    pytest.param(unpack_gzip, gzip.compress(TEXT) + gzip.compress(b"") + gzip.compress(TEXT), id="gzip members"),
    pytest.param(unpack_gzip, gzip.compress(TEXT) + bytes(99_999) + gzip.compress(TEXT) + bytes(3), id="gzip padding"),
    pytest.param(unpack_zstd, pack_zstd(TEXT) + pack_zstd(b"") + pack_zstd(TEXT), id="zstd frames"),
    pytest.param(
        unpack_zstd, SKIPPABLE + pack_zstd(TEXT, has_checksum=False) + SKIPPABLE + pack_zstd(TEXT), id="skippable"
    ),
]


@pytest.mark.parametrize(("unpack", "packed"), CASES)
def test_streams_of_several_parts_are_whole(unpack: Unpacker, packed: bytes) -> None:
    """Members, frames, padding and skippable frames give one stream of bytes."""
    assert drain(unpack(io.BytesIO(packed))) == (TEXT + TEXT, "")


@pytest.mark.parametrize(("unpack", "packed"), CASES)
def test_every_cut_is_told(unpack: Unpacker, packed: bytes) -> None:
    """A stream without its end gives a prefix and says that it is cut off, unless the cut lies between parts."""
    for end in range(1, len(packed), 997):
        got, fault = drain(unpack(io.BytesIO(packed[:end])))
        assert (TEXT + TEXT).startswith(got)
        assert "cut off" in fault or got in (b"", TEXT, TEXT + TEXT)


def test_gzip_gives_all_before_the_damage() -> None:
    """Whatever the size of a read, the bytes before the damage are those that zlib gives when fed one at a time."""
    packed = bytearray(gzip.compress(TEXT))
    packed[len(packed) // 2] ^= 0xFF
    decoder, expected = zlib.decompressobj(wbits=31), bytearray()
    with contextlib.suppress(zlib.error):
        for value in packed:
            expected += decoder.decompress(bytes((value,)))
    assert expected != TEXT
    got, fault = drain(unpack_gzip(io.BytesIO(packed)))
    assert got == expected
    assert "damaged" in fault


def test_zstd_damage_is_told() -> None:
    """A flipped bit is caught by the decoder or the checksum."""
    packed = bytearray(pack_zstd(TEXT))
    packed[len(packed) // 2] ^= 0xFF
    got, fault = drain(unpack_zstd(io.BytesIO(packed)))
    assert got != TEXT or fault
    assert "damaged" in fault


def test_rubbish_after_a_part_is_told() -> None:
    """What follows the last part and is none is a fault after all bytes."""
    assert drain(unpack_gzip(io.BytesIO(gzip.compress(TEXT) + b"rubbish")))[0] == TEXT
    got, fault = drain(unpack_zstd(io.BytesIO(pack_zstd(TEXT) + b"rubbish")))
    assert got == TEXT
    assert "no frame" in fault


def test_a_bomb_comes_in_bounded_pieces() -> None:
    """64 MiB of zeros in a few kilobytes are given a megabyte at most at a time."""
    zeros = bytes(64 << 20)
    for unpack, packed in ((unpack_gzip, gzip.compress(zeros)), (unpack_zstd, pack_zstd(zeros))):
        sizes = [len(piece) for piece in unpack(io.BytesIO(packed))]
        assert sum(sizes) == len(zeros)
        assert max(sizes) <= PIECE_BYTES


def test_a_frame_that_asks_for_too_much_is_refused() -> None:
    """A window of 2 GiB is a fault and not an allocation."""
    header = b"\x28\xb5\x2f\xfd" + b"\x00" + bytes((21 << 3,))  # no single segment; window 2^(10 + 21)
    assert "too much" in drain(unpack_zstd(io.BytesIO(header + b"\x01\x00\x00")))[1]


@pytest.mark.parametrize("unpack", [unpack_gzip, unpack_zstd])
@given(tail=st.binary(max_size=200))
def test_any_bytes_end_or_break(unpack: Unpacker, tail: bytes) -> None:
    """No bytes raise anything but the one error."""
    for head in (b"", b"\x1f\x8b\x08\x00", b"\x28\xb5\x2f\xfd", b"\x50\x2a\x4d\x18"):
        got, _ = drain(unpack(io.BytesIO(head + tail)))
        assert len(got) < 200 << 20


def test_packing_is_known_by_magic() -> None:
    """The first bytes decide, and not the name."""
    assert find_unpacker(gzip.compress(b"")) is unpack_gzip
    assert find_unpacker(pack_zstd(b"")) is unpack_zstd
    assert find_unpacker(SKIPPABLE) is unpack_zstd
    assert find_unpacker(b"\xd4\xc3\xb2\xa1") is None
    assert find_unpacker(b"") is None
