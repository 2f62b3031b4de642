"""What payloads are, by their bytes."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parsers.payload import (
    DEPTH,
    KINDS,
    LOOKED_AT,
    classify_payload,
    is_plain_text,
    is_text,
    measure_character,
    shape_json,
)
from tests.support.mqtt_packets import array

KEYS = st.text(st.characters(codec="ascii", min_codepoint=32), max_size=6)
VALUES: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=4), max_leaves=12,
)  # fmt: skip
DOCUMENTS = st.dictionaries(KEYS, VALUES, max_size=5) | st.lists(VALUES, max_size=5)


def classify(data: bytes, length: int | None = None) -> tuple[str, int]:
    """Kind and shape of a payload."""
    buf = array(data)
    kind, shape = classify_payload(buf, 0, len(data), len(data) if length is None else length, 1)
    return KINDS[kind], int(shape)


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (b"", "empty"), (b"21.5", "text"), ("温度".encode(), "text"), (b"a\tb\r\n", "text"), (b"\x00\x01", "binary"),
        (b"\xff\xfe", "binary"), (b'{"a":1}', "json"), (b' [1, -2.5e3, true, false, null, "x"]\n', "json"),
        (b'{"a":{"b":[{"c":"\\""}]}}', "json"), (b"{}", "json"), (b'{"a":1', "text"), (b'{"a":1}}', "text"),
        (b"[info] started", "text"), (b"[info]", "text"), (b'{"a":1]', "text"), (b'{"a":"\x01"}', "binary"),
        (b'{"a":1}\0', "json"), (b"[" * (DEPTH + 5) + b"]" * (DEPTH + 5), "text"), (b"\xc3", "binary"),
    ],
)  # fmt: skip
def test_kinds(data: bytes, kind: str) -> None:
    """JSON by its brackets and strings, text by its characters, the rest is binary."""
    assert classify(data)[0] == kind


@given(DOCUMENTS)
def test_json_is_json(document: Any) -> None:
    """Every object and list that Python writes is JSON."""
    for escaped in (True, False):
        data = json.dumps(document, ensure_ascii=escaped).encode("utf-8", "surrogatepass")
        if len(data) < LOOKED_AT:
            assert classify(data)[0] == "json"


def test_shapes() -> None:
    """Payloads of the same keys and nesting have one shape, others have another."""
    same = [classify(data)[1] for data in (b'{"t":1,"q":[true]}', b'{"t": -7.25, "q": [ "x" ]}')]
    assert same[0] == same[1] != 0
    others = (b'{"t":1}', b'{"q":1,"t":[1]}', b'{"t":1,"q":{}}', b'{"u":1,"q":[1]}', b"[]", b"{}")
    shapes = {classify(data)[1] for data in others}
    assert len(shapes) == len(others)
    assert same[0] not in shapes


@given(st.binary(max_size=60))
def test_any_payload(data: bytes) -> None:
    """Any bytes have a kind, and only JSON has a shape."""
    kind, shape = classify(data)
    assert (shape != 0) == (kind == "json")
    assert kind != "text" or is_text(array(data), 0, len(data), False)
    plain = bool(is_plain_text(array(data), 0, len(data)))
    assert plain == all(0x20 <= byte < 0x7F for byte in data)


def test_what_is_cut_off_is_taken_on_trust() -> None:
    """A payload of which only the beginning is there keeps its kind."""
    assert classify(b'{"a":[1,2', 5_000)[0] == "json"
    assert classify(b'{"a":"long te', 5_000)[0] == "json"
    assert classify("温".encode()[:2], 5_000)[0] == "text"
    long = b'{"a":"' + b"x" * LOOKED_AT + b'"}'
    assert classify(long)[0] == "json"


@given(st.binary(max_size=12))
def test_text_is_what_python_decodes(data: bytes) -> None:
    """Without control characters, UTF-8 is text exactly where Python can decode it."""
    try:
        plain = all(c in "\t\n\v\f\r" or not (ord(c) < 0x20 or 0x7F <= ord(c) < 0xA0) for c in data.decode())
    except UnicodeDecodeError:
        plain = False
    assert bool(is_text(array(data), 0, len(data), False)) == plain


def test_characters() -> None:
    """Sizes of UTF-8 characters, and bytes that are none (RFC 3629 §4)."""
    for text, size in (("ü", 2), ("温", 3), ("😀", 4)):
        assert measure_character(array(text.encode()), 0, size) == size
        assert measure_character(array(text.encode()), 0, 1) == 0
    for bad in ("c0af", "e08080", "eda080", "f0808080", "f4908080", "80"):
        data = array(bytes.fromhex(bad))
        assert measure_character(data, 0, len(data)) == -1


def test_a_shape_needs_a_bracket_that_closes() -> None:
    """Nothing is no JSON."""
    assert shape_json(array(b"{"), 0, 1, False, 1) == 0
