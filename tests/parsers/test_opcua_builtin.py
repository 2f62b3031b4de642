"""Built-in types end where the standard says, and nowhere beyond the bytes there are."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from parsers.opcua_builtin import pass_localized_text, pass_node_id, pass_plain, pass_string, read_number, size_fixed
from parsers.opcua_program import BYTE_STRING, GUID, LOCALIZED_TEXT, NODE_ID, QUALIFIED_NAME, STRING


@pytest.mark.parametrize(
    ("kind", "content", "value"),
    [(2, b"\xff", -1), (3, b"\xff", 255), (4, b"\x00\x80", -32_768), (6, b"\xff\xff\xff\xff", -1),
     (7, b"\xff\xff\xff\xff", 2**32 - 1), (8, b"\xff" * 8, -1), (8, bytes(7) + b"\x80", -(2**63))],
)  # fmt: skip
def test_numbers_are_widened(kind: int, content: bytes, value: int) -> None:
    """Signed ones keep their sign."""
    assert read_number(np.frombuffer(content, dtype=np.uint8), 0, kind) == value


@pytest.mark.parametrize(
    ("content", "end"),
    [(b"\x00\x55", 2), (b"\x01\x00\x55\x66", 4), (b"\x02" + bytes(6), 7), (b"\x04" + bytes(18), 19),
     (b"\x03\x00\x00\x02\x00\x00\x00ab", 9), (b"\x40\x55" + bytes(4), 6), (b"\x80\x55\xff\xff\xff\xff", 6)],
)  # fmt: skip
def test_node_ids_of_every_form(content: bytes, end: int) -> None:
    """Two-byte, four-byte, numeric, GUID, string; with a server's index, with a namespace's URI (§5.2.2.9)."""
    whole = np.frombuffer(content + b"more", dtype=np.uint8)
    assert pass_node_id(whole, 0, len(whole)) == pass_plain(whole, 0, len(whole), NODE_ID) == end
    for cut in range(end):
        assert pass_node_id(whole, 0, cut) == -1


def test_a_node_id_of_no_form() -> None:
    """It is told from one that is not whole."""
    assert pass_node_id(np.frombuffer(b"\x06\x00", dtype=np.uint8), 0, 2) == -2


def test_texts() -> None:
    """A string of any bytes, a null one, a name with its namespace, a text of locale and words."""
    text = np.frombuffer(b"\x02\x00\x00\x00ab", dtype=np.uint8)
    null = np.frombuffer(b"\xff\xff\xff\xff", dtype=np.uint8)
    assert (pass_string(text, 0, 6), pass_string(text, 0, 5), pass_string(null, 0, 4)) == (6, -1, 4)
    name = np.frombuffer(b"\x01\x00" + text.tobytes(), dtype=np.uint8)
    assert pass_plain(name, 0, 8, QUALIFIED_NAME) == 8
    both = np.frombuffer(b"\x03" + text.tobytes() * 2, dtype=np.uint8)
    assert pass_localized_text(both, 0, 13) == pass_plain(both, 0, 13, LOCALIZED_TEXT) == 13
    assert pass_localized_text(both, 0, 12) == -1


@given(st.binary(max_size=40), st.integers(1, 25))
def test_no_end_beyond_the_bytes(content: bytes, kind: int) -> None:
    """Whatever the bytes are; types of fixed size take just that."""
    buf = np.frombuffer(content, dtype=np.uint8)
    after = pass_plain(buf, 0, len(buf), kind)
    assert after in (-1, -2) or 0 < after <= len(buf)
    if size_fixed(kind) and after > 0:
        assert after == size_fixed(kind)
    assert (size_fixed(STRING), size_fixed(BYTE_STRING), size_fixed(GUID)) == (0, 0, 16)
