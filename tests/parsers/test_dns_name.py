"""Domain names on the wire and as text."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from parsers.dns_message import LABEL_TYPE, NAME_TOO_LONG, POINTER, TRUNCATED
from parsers.dns_name import count_labels, decode_name, expand_name, hash_name, measure_name, spell_names, split_labels
from tests.support.dns_messages import name

HEADER = bytes(12)


def expand(data: bytes, at: int = 12) -> tuple[int, bytes]:
    """Expand the name at ``at``: where it ends or minus the error, and its bytes."""
    out = np.zeros(300, dtype=np.uint8)
    after, size = expand_name(np.frombuffer(bytearray(data), dtype=np.uint8), at, len(data), 0, out, 5)
    return after, out[5 : 5 + size].tobytes()


def spell(*wires: bytes) -> list[str]:
    """Texts of expanded names as the kernel tells them."""
    sizes = np.array([len(wire) for wire in wires])
    out, offsets = np.zeros(4 * sizes.sum() + len(wires), dtype=np.uint8), np.zeros(len(wires) + 1, dtype=np.int32)
    data = np.frombuffer(b"".join(wires) + b"x", dtype=np.uint8)
    spell_names(data, np.cumsum(sizes) - sizes, sizes, out, offsets)
    return [out[start:end].tobytes().decode() for start, end in pairwise(offsets.tolist())]


def test_a_plain_name() -> None:
    """A name without compression is copied."""
    assert expand(HEADER + name("a.bc") + b"x") == (18, name("a.bc"))


def test_compression() -> None:
    """A pointer stands for the rest of a name that came before (RFC 1035 §4.1.4)."""
    data = HEADER + name("example.cn") + b"\x03www\xc0\x0c" + b"\x01x\xc0\x18"
    assert expand(data, 24) == (30, name("www.example.cn"))
    assert expand(data, 30) == (34, name("x.www.example.cn"))


@pytest.mark.parametrize(
    ("data", "at", "error"),
    [
        (HEADER + b"\xc0\x0c", 12, POINTER),
        (HEADER + b"\x01a\xc0\x0c", 12, POINTER),
        (HEADER + b"\xc0\x0e\xc0\x0c", 14, POINTER),
        (HEADER + b"\xc0\x05", 12, POINTER),
        (HEADER + b"\xc0\x20" + bytes(30), 12, POINTER),
        (HEADER + b"\xc0", 12, TRUNCATED),
        (HEADER + b"\x05abc", 12, TRUNCATED),
        (HEADER + b"\x01a", 12, TRUNCATED),
        (HEADER + b"\x41" + bytes(80), 12, LABEL_TYPE),
        (HEADER + (b"\x3f" + b"a" * 63) * 4 + b"\0", 12, NAME_TOO_LONG),
    ],
)
def test_what_is_no_name(data: bytes, at: int, error: int) -> None:
    """Loops, forward pointers, pointers into the header and what is cut or too long are told (RFC 9267 §2)."""
    assert expand(data, at) == (-error, b"")


def test_a_name_grows_by_pointers_only_to_its_limit() -> None:
    """Labels joined by pointers count together."""
    data = HEADER + (b"\x3f" + b"a" * 63) * 3 + b"\x3d" + b"b" * 61 + b"\0" + b"\x01c\xc0\x0c"
    assert expand(data)[0] > 0
    assert expand(data, len(data) - 4) == (-NAME_TOO_LONG, b"")


def test_text_of_names() -> None:
    """Dots and backslashes in labels are escaped, other special bytes are numbers (RFC 4343 §2.1)."""
    assert decode_name(name("Plc-1.example.cn")) == "Plc-1.example.cn"
    assert decode_name(b"\x03a.b\x02\\ \x01\xff\0") == "a\\.b.\\\\\\032.\\255"
    assert (decode_name(b"\0"), decode_name(b"")) == (".", ".")


@given(st.lists(st.binary(min_size=1, max_size=63) | st.from_regex(rb"[a-z0-9-]{1,9}", fullmatch=True)), st.integers(0))
def test_plain_and_special_labels(labels: list[bytes], cut: int) -> None:
    """Names of any labels, whole or cut short, are told label by label."""
    whole = b"".join(bytes([len(label)]) + label for label in labels) + b"\0"
    for wire in (whole, whole[: cut % len(whole)]):
        own = split_labels(wire)
        spelt = [
            "".join(
                chr(c) if 0x20 < c < 0x7F and c not in b".\\" else f"\\{chr(c)}" if c in b".\\" else f"\\{c:03d}"
                for c in x
            )
            for x in own
        ]
        assert decode_name(wire) == (".".join(spelt) or ".")
        assert spell(wire, b"", wire) == [decode_name(wire), ".", decode_name(wire)]


@given(st.lists(st.binary(min_size=1, max_size=63)))
def test_labels_are_counted(labels: list[bytes]) -> None:
    """The text of a name tells how many labels it has."""
    assert count_labels(decode_name(b"".join(bytes([len(label)]) + label for label in labels))) == len(labels)


def test_letters_case_does_not_change_the_hash() -> None:
    """Names are the same but for the case of ASCII letters (RFC 4343 §3)."""
    one, other, third = (np.frombuffer(name(text), dtype=np.uint8) for text in ("aZ.cn", "Az.CN", "aZ.cm"))
    assert hash_name(one, 0, len(one)) == hash_name(other, 0, len(other)) != hash_name(third, 0, len(third))


def test_labels_and_lengths() -> None:
    """An expanded name is taken apart; one that is cut short ends where it is cut."""
    assert split_labels(name("a.bc")) == [b"a", b"bc"]
    assert measure_name(b"xx" + name("a.bc") + b"yy", 2) == 6
    assert (measure_name(b"\x05ab", 0), split_labels(b"\x05ab")) == (3, [b"ab"])


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=60), st.integers(0, 59))
def test_any_bytes(data: bytes, at: int) -> None:
    """No bytes raise anything or run for ever, and what is written ends in the root."""
    after, wire = expand(HEADER + data, 12 + min(at, len(data)))
    assert (after > 0) == bool(wire)
    assert len(wire) <= 255
    assert wire[-1:] in (b"", b"\0")
