"""Replies of identifier interfaces."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parsers.http_result import TEXT_MOST, VALUES_MOST, Result, clean_text, parse_document, read_result


def value(kind: str, held: Any) -> dict[str, Any]:
    """Make a Handle value of the REST interface."""
    return {"index": 1, "type": kind, "data": {"format": "string", "value": held}, "ttl": 86400}


@pytest.mark.parametrize(
    ("document", "result"),
    [
        ({"responseCode": 1, "handle": "88.1/x", "values": [value("URL", "http://a/")]}, Result(1, "", ("URL http://a/",))),
        ({"responseCode": 100, "message": "not found"}, Result(100, "not found", ())),
        (
            {"responseCode": 1, "values": [value("HS_ADMIN", {"handle": "0.NA/88", "index": 300, "permissions": "1"})]},
            Result(1, "", ("HS_ADMIN handle=0.NA/88 index=300 permissions=1",)),
        ),
        ({"code": 10000, "message": "ok", "data": {"id": "88.1/x"}}, Result(10000, "ok", ())),
        (
            {"status": 1, "message": "", "data": {"code": 1, "value": [value("URL", "u")]}},
            Result(1, "", ("URL u",)),
        ),
        (
            {"errorCode": "0", "data": {"didDocument": {"service": [
                {"type": "DIDSubResolver", "serviceEndpoint": "10.0.0.9", "port": 8080}]}}},
            Result(0, "", ("DIDSubResolver 10.0.0.9:8080",)),
        ),
        ({"values": [value("HS_SECKEY", "secret")]}, Result(None, "", ("***",))),
        ({"code": True, "message": 5, "values": "x", "data": [1]}, Result(None, "", ())),
        ([1, 2], Result(None, "", ())),
    ],
)  # fmt: skip
def test_results(document: Any, result: Result) -> None:
    """Code, message and values by the shapes of the interfaces; secrets are masked."""
    assert read_result(document) == result


def test_results_are_bounded() -> None:
    """Many values, long texts and deep documents end early."""
    assert len(read_result({"values": [value("URL", "u")] * 100}).values) == VALUES_MOST
    assert len(clean_text("a" * 5000)) == TEXT_MOST + 1
    assert parse_document(b"[" * 60_000) is None
    assert parse_document(b'{"a": ' + b"9" * 5000 + b"}") is None
    assert parse_document(b" " * 70_000 + b"{}") is None
    assert parse_document(b"text") is None
    assert parse_document(b'{"cut": ') is None


MEMBERS = st.sampled_from(["values", "data", "value", "type", "didDocument", "service", "code"])
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(MEMBERS, inner, max_size=4),
    max_leaves=12,
)


@given(JSON)
def test_any_document(document: Any) -> None:
    """No document raises, and all texts are printable."""
    result = read_result(parse_document(json.dumps(document).encode()))
    assert all(text.isprintable() for text in (result.message, *result.values))


def test_a_lone_surrogate_is_no_text() -> None:
    """JSON may hold what UTF-8 cannot; it is escaped."""
    assert read_result(parse_document(b'{"message": "a\\ud800"}')).message == "a\\ud800"
