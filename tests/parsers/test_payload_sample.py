"""Beginnings of payloads as texts."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from parsers.payload import SAMPLE_BYTES, is_plain_text
from parsers.payload_sample import ELLIPSIS_BYTES, make_samples, write_samples
from tests.support.mqtt_packets import array
from tests.support.payload_spans import place


def test_columns() -> None:
    """Samples of many payloads; what is none is null."""
    long = b"y" * (SAMPLE_BYTES + 1)
    data, places = place(b"on", None, b"\x00\xab", "a\tü".encode(), long, b"", b'{"a":1}', b"on")
    samples = make_samples(data, data, places).to_pylist()
    assert samples == ["on", None, "00ab", "a\\tü", "y" * SAMPLE_BYTES + "…", "", '{"a":1}', "on"]


@given(st.lists(st.one_of(st.none(), st.binary(max_size=200), st.text(max_size=60).map(str.encode)), max_size=6))
def test_any_payload(values: list[bytes | None]) -> None:
    """Any bytes have a sample that is text, the same where it is known that they are printable."""
    data, places = place(*values)
    samples = make_samples(data, data, places)
    samples.validate(full=True)
    assert [sample is None for sample in samples.to_pylist()] == [value is None for value in values]
    plain = np.array([is_plain_text(array(value or b""), 0, len(value or b"")) for value in values], dtype=np.uint8)
    room = sum(2 * min(len(value or b""), SAMPLE_BYTES) + ELLIPSIS_BYTES for value in values)
    for after in (0, 300):  # words are read beyond the end of a text where there are bytes
        padded = np.concatenate([data, np.full(after, 0x2A, dtype=np.uint8)])
        assert write_samples(padded, padded, places, plain, room).equals(samples)
