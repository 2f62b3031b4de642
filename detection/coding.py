"""Turns the columns of a table into whole numbers that mean the same in every batch.

Numbers, booleans and times are their own codes. Text is coded by a keyed digest of its bytes, a list by one of the
codes of its items: dictionary indices of Arrow are local to a batch, digests need no memory and outlive every bound.
The key is made anew by each process, so that traffic cannot be made to collide. A missing value is ``NULL``.
"""

from __future__ import annotations

import secrets

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from wanglou.kernel import int64, kernel

NULL = int(np.iinfo(np.int64).min)
"""Code of a missing value. A 64-bit value that is this very number is read as its neighbour."""
KEY = (secrets.randbits(32), secrets.randbits(32))
"""Key of the digests."""
ROUNDS = (1, 3)
"""Rounds of HalfSipHash for each word and at the end; as many as hash tables of kernels take."""

_NO_BYTES = np.frombuffer(b"\0", dtype=np.uint8)


def encode(array: pa.Array) -> NDArray[np.int64]:
    """Code an Arrow array of any kind that a column may have: int64[n]."""
    kind = array.type
    if array.null_count == len(array):
        return np.full(len(array), NULL, dtype=np.int64)
    if pa.types.is_dictionary(kind):
        entries, rows = split_dictionary(array)
        codes: NDArray[np.int64] = np.append(encode(entries), NULL)[rows]
        return codes
    if pa.types.is_string(kind):
        codes = np.empty(len(array), dtype=np.int64)
        digest_texts(*_text_buffers(array), *KEY, *ROUNDS, codes)
    elif pa.types.is_list(kind):
        codes = np.empty(len(array), dtype=np.int64)
        offsets, items = split_lists(array)
        digest_lists(offsets, encode(items), *KEY, *ROUNDS, codes)
    else:
        return encode_numbers(array)
    return np.where(find_valid(array), codes, NULL) if array.null_count else codes


def split_dictionary(array: pa.DictionaryArray) -> tuple[pa.Array, NDArray[np.int32]]:
    """Give the entries of a dictionary, and which each row holds: int32[n], their number for a missing value.

    Of a dictionary longer than the array, only the entries that occur are given.
    """
    entries, size = array.dictionary, len(array.dictionary)
    indices = array.indices.fill_null(size) if array.indices.null_count else array.indices
    rows = indices.to_numpy(zero_copy_only=False)
    if size <= len(array):
        return entries, rows
    places = np.zeros(size + 1, dtype=np.int32)
    places[rows] = 1
    occurring = np.flatnonzero(places[:size])
    places[size] = len(occurring)
    places[occurring] = np.arange(len(occurring))
    return entries.take(pa.array(occurring)), places[rows]


def split_lists(array: pa.ListArray) -> tuple[NDArray[np.int64], pa.Array]:
    """Give where the lists begin and end among their items, int64[n + 1], and the items."""
    offsets = array.offsets.to_numpy().astype(np.int64)
    first, last = int(offsets[0]), int(offsets[-1])
    return offsets - first, array.values.slice(first, last - first)


def find_valid(array: pa.Array) -> NDArray[np.bool_]:
    """Tell where an array has a value: bool[n]."""
    valid: NDArray[np.bool_] = array.is_valid().to_numpy(zero_copy_only=False)
    return valid


def encode_numbers(array: pa.Array) -> NDArray[np.int64]:
    """Code numbers, booleans and times as themselves; floating point by its bits (-0.0 as 0.0)."""
    kind = array.type
    valid = find_valid(array) if array.null_count else None
    plain = read_numbers(array)
    if pa.types.is_floating(kind):
        codes = (plain.astype(np.float64) + 0.0).view(np.int64)
    elif not pa.types.is_boolean(kind) and kind.bit_width == 64:
        codes = np.maximum(plain.astype(np.int64, copy=False), NULL + 1)
    else:
        codes = plain.astype(np.int64)
    return codes if valid is None else np.where(valid, codes, NULL)


def read_numbers(array: pa.Array) -> NDArray[np.generic]:
    """Read numbers, booleans and times in the type that Arrow has them in; zero stands for a missing value."""
    if pa.types.is_timestamp(array.type):
        array = array.cast(pa.int64())
    zero = False if pa.types.is_boolean(array.type) else 0
    filled = array.fill_null(zero) if array.null_count else array
    numbers: NDArray[np.generic] = filled.to_numpy(zero_copy_only=False)
    return numbers


def _text_buffers(array: pa.StringArray) -> tuple[NDArray[np.uint8], NDArray[np.int32]]:
    """The bytes of texts and where each begins and ends: int32[n + 1]."""
    _, offsets, texts = array.buffers()
    places = np.frombuffer(offsets, dtype=np.int32)[array.offset : array.offset + len(array) + 1]
    return np.frombuffer(texts, dtype=np.uint8) if texts is not None and texts.size else _NO_BYTES, places


@kernel
def rotate(word: int, bits: int) -> int:
    """Rotate a word of 32 bits to the left."""
    return ((word << bits) | (word >> (32 - bits))) & 0xFFFFFFFF


@kernel
def mix_words(v0: int, v1: int, v2: int, v3: int, rounds: int) -> tuple[int, int, int, int]:
    """Run rounds of HalfSipHash (J.-P. Aumasson, after SipHash of INDOCRYPT 2012) over four words of 32 bits."""
    for _ in range(rounds):
        v0 = (v0 + v1) & 0xFFFFFFFF
        v1 = rotate(v1, 5) ^ v0
        v0 = rotate(v0, 16)
        v2 = (v2 + v3) & 0xFFFFFFFF
        v3 = rotate(v3, 8) ^ v2
        v0 = (v0 + v3) & 0xFFFFFFFF
        v3 = rotate(v3, 7) ^ v0
        v2 = (v2 + v1) & 0xFFFFFFFF
        v1 = rotate(v1, 13) ^ v2
        v2 = rotate(v2, 16)
    return v0, v1, v2, v3


@kernel
def finish_digest(v0: int, v1: int, v2: int, v3: int, rounds: int) -> int:
    """Make a digest of 64 bits of the state, read as a signed number; ``NULL`` is none."""
    v0, v1, v2, v3 = mix_words(v0, v1, v2 ^ 0xEE, v3, rounds)
    low = v1 ^ v3
    v0, v1, v2, v3 = mix_words(v0, v1 ^ 0xDD, v2, v3, rounds)
    high = v1 ^ v3
    return max(((high ^ 0x80000000) - 0x80000000) * 0x100000000 + low, -0x7FFFFFFFFFFFFFFF)


@kernel
def digest_texts(
    texts: NDArray[np.uint8],
    offsets: NDArray[np.int32],
    key: int,
    more_key: int,
    rounds: int,
    last_rounds: int,
    digests: NDArray[np.int64],
) -> None:
    """Digest texts with HalfSipHash: ``offsets`` int32[n + 1] into ``texts`` -> ``digests`` int64[n]."""
    for row in range(len(digests)):
        at, end = int64(offsets[row]), int64(offsets[row + 1])
        length = end - at
        v0, v1, v2, v3 = key, more_key ^ 0xEE, 0x6C796765 ^ key, 0x74656462 ^ more_key
        while end - at >= 4:
            word = int64(texts[at]) | int64(texts[at + 1]) << 8
            word |= int64(texts[at + 2]) << 16 | int64(texts[at + 3]) << 24
            v0, v1, v2, v3 = mix_words(v0, v1, v2, v3 ^ word, rounds)
            v0 ^= word
            at += 4
        word = (length & 0xFF) << 24
        for place in range(end - at):
            word |= int64(texts[at + place]) << (8 * place)
        v0, v1, v2, v3 = mix_words(v0, v1, v2, v3 ^ word, rounds)
        digests[row] = finish_digest(v0 ^ word, v1, v2, v3, last_rounds)


@kernel
def digest_lists(
    offsets: NDArray[np.int64],
    items: NDArray[np.int64],
    key: int,
    more_key: int,
    rounds: int,
    last_rounds: int,
    digests: NDArray[np.int64],
) -> None:
    """Digest lists of codes in the same way, two words an item: ``offsets`` int64[n + 1] into ``items``."""
    for row in range(len(digests)):
        v0, v1, v2, v3 = key, more_key ^ 0xEE, 0x6C796765 ^ key, 0x74656462 ^ more_key
        for at in range(offsets[row], offsets[row + 1]):
            for shift in range(0, 64, 32):
                word = (int64(items[at]) >> shift) & 0xFFFFFFFF
                v0, v1, v2, v3 = mix_words(v0, v1, v2, v3 ^ word, rounds)
                v0 ^= word
        word = (int64(offsets[row + 1]) - int64(offsets[row])) & 0xFFFFFFFF
        v0, v1, v2, v3 = mix_words(v0, v1, v2, v3 ^ word, rounds)
        digests[row] = finish_digest(v0 ^ word, v1, v2, v3, last_rounds)
