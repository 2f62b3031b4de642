"""Events to Arrow columns."""

from __future__ import annotations

import numpy as np

from parsers.opcua_columns import CERTIFICATES, KINDS, SESSION_KEYS, VALUES, convert_ticks, format_numbers, hash_token
from parsers.opcua_program import DATE_TIME, DOUBLE, FLOAT, STATUS_CODE, TAGS
from tests.support.opcua_bytes import chunk, encode, fill, ua
from tests.support.opcua_turns import tabulate, talk


def test_special_columns_are_in_the_schema() -> None:
    """Names that are made in their own way are names of columns."""
    named = {*VALUES, *(name for name in VALUES.values() if name), *SESSION_KEYS}
    named |= {f"{owner}.{part}" for owner in CERTIFICATES for part in ("subject", "thumbprint")}
    assert named <= set(TAGS) == {name for name in KINDS if name in TAGS}


def test_times() -> None:
    """Ticks of 100 ns since 1601; no time, and times beyond 64 bits of nanoseconds, are null."""
    ticks = np.array([0, -1, 116_444_736_000_000_000, 116_444_736_000_000_001, 2**63 - 1, 1], dtype=np.int64)
    values, valid = convert_ticks(ticks)
    assert valid is not None
    assert valid.tolist() == [False, False, True, True, False, False]
    assert values[2:4].tolist() == [0, 100]
    assert convert_ticks(ticks[2:4])[1] is None


def test_texts_of_numbers() -> None:
    """Shortest texts of floats of both sizes, names of status codes, ISO times."""
    bits = np.array([0x3DCCCCCD], dtype=np.int64)
    assert format_numbers(FLOAT, bits).to_pylist() == ["0.1"]
    assert format_numbers(DOUBLE, np.array([0.1]).view(np.int64)).to_pylist() == ["0.1"]
    assert format_numbers(STATUS_CODE, np.array([0, 0x80340000])).to_pylist() == ["Good", "BadNodeIdUnknown"]
    assert format_numbers(DATE_TIME, np.array([116_444_736_000_000_000])).to_pylist() == ["1970-01-01T00:00:00Z"]


def test_session_keys_are_no_tokens() -> None:
    """Equal tokens have equal keys, which do not show them; the null token names no session."""
    assert hash_token("i=0") == ""
    assert len(hash_token("ns=1;g=1")) == 16
    (record,) = tabulate(talk(chunk(encode(fill(ua.ReadRequest)))))
    assert record["opcua.session.key"] == hash_token("ns=2;s=Tank")


def test_lists_of_nothing_are_null() -> None:
    """A list whose values are all null is null, whatever other rows have."""
    plain, ranged = ua.ReadRequest(), ua.ReadRequest()
    plain.Parameters.NodesToRead = [ua.ReadValueId(NodeId=ua.NodeId(1))]
    ranged.Parameters.NodesToRead = [
        ua.ReadValueId(NodeId=ua.NodeId(1)), ua.ReadValueId(NodeId=ua.NodeId(2), IndexRange="0:1")
    ]  # fmt: skip
    records = tabulate(talk(chunk(encode(plain), 1), chunk(encode(ranged), 2)))
    assert [record["opcua.index_ranges"] for record in records] == [None, [None, "0:1"]]
