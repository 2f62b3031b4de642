"""Keys of JSON payloads."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from parsers import payload_keys
from parsers.payload import MOST_KEYS, classify_payload
from parsers.payload_keys import Keys, read_keys
from tests.support.mqtt_packets import array
from tests.support.payload_spans import place

KEYS = st.text(st.characters(codec="ascii", min_codepoint=32), max_size=6)
DOCUMENTS = st.dictionaries(KEYS, st.none() | st.dictionaries(KEYS, st.integers(), max_size=2), max_size=3)


def column(keys: Keys, *values: bytes | None) -> list[list[str] | None]:
    """Keys of payloads as rows of one batch."""
    data, places = place(*values)
    shapes = [0 if v is None else classify_payload(array(v), 0, len(v), len(v), 1)[1] for v in values]
    found = keys.make_column(data, data, places, np.array(shapes, dtype=np.int64))
    found.validate(full=True)
    return list(found.to_pylist())


def test_keys_of_json() -> None:
    """Nested keys are joined by dots, each is listed once, at most MOST_KEYS."""
    data = b'{"ts":1,"m":[{"n":"a","v":1},{"n":"b","v":2}],"d":{"u":{"w":0}},"e":3}'
    assert read_keys(array(data), 0, len(data)) == ["ts", "m", "m.n", "m.v", "d", "d.u", "d.u.w", "e"]
    many = json.dumps({f"k{at}": at for at in range(200)}).encode()
    assert len(read_keys(array(many), 0, len(many))) == MOST_KEYS


@given(st.lists(st.lists(st.none() | DOCUMENTS, max_size=6), max_size=3))
def test_every_document_has_its_keys(batches: list[list[Any]]) -> None:
    """What was remembered of earlier batches changes nothing."""
    keys = Keys()
    for documents in batches:
        values = [None if document is None else json.dumps(document).encode() for document in documents]
        expected = [None if value is None else read_keys(array(value), 0, len(value)) for value in values]
        assert column(keys, *values) == expected


def test_more_shapes_than_there_is_room_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """Room grows within a batch; beyond the bound all is forgotten before the next one."""
    monkeypatch.setattr(payload_keys, "MOST_SHAPES", 500)
    values = [b'{"k%d":1}' % number for number in range(700)]
    keys = Keys()
    for _ in range(2):
        assert column(keys, *values, None, *values) == [*[[f"k{n}"] for n in range(700)], None,
                                                        *[[f"k{n}"] for n in range(700)]]  # fmt: skip
    assert column(keys, b"[1]", None) == [[], None]
    assert column(keys, None) == [None]
