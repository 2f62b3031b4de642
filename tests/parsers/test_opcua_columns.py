"""Events to Arrow columns."""

from __future__ import annotations

from parsers.opcua_columns import CERTIFICATES, KINDS, SESSION_KEYS, VALUES, hash_token
from parsers.opcua_program import TAGS
from tests.support.opcua_bytes import chunk, encode, fill, ua
from tests.support.opcua_turns import tabulate, talk


def test_special_columns_are_in_the_schema() -> None:
    """Names that are made in their own way are names of columns."""
    named = {*VALUES, *(name for name in VALUES.values() if name), *SESSION_KEYS}
    named |= {f"{owner}.{part}" for owner in CERTIFICATES for part in ("subject", "thumbprint")}
    assert named <= set(TAGS) == {name for name in KINDS if name in TAGS}


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
