"""Identifier interfaces over HTTP."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parsers.http_api import HANDLE_MIME, NO_CALL, Call, classify_call, find_identifier, find_user
from parsers.http_url import split_target

BID = "did:bid:efnVUgqQFfYeu97ABf6sGm3WFtVXHZB2"


@pytest.mark.parametrize(
    ("method", "target", "call"),
    [
        ("GET", "/api/handles/88.1/x?index=1&index=2", Call("handle_rest", "resolve", "", "88.1/x", "1,2")),
        ("GET", "/api/handles/88.1%2Fx", Call("handle_rest", "resolve", "", "88.1/x")),
        ("PUT", "/api/handles/88.1/x?overwrite=false", Call("handle_rest", "create", "", "88.1/x")),
        ("PUT", "/api/handles/88.1/x?index=various", Call("handle_rest", "update", "", "88.1/x", "various")),
        ("PUT", "/api/handles/88.1/x?index=3", Call("handle_rest", "update_values", "", "88.1/x", "3")),
        ("DELETE", "/api/handles/88.1/x", Call("handle_rest", "delete", "", "88.1/x")),
        ("GET", "/api/handles?prefix=88.1&page=0", Call("handle_rest", "list", "/api/handles", "88.1")),
        ("POST", "/api/sessions", Call("handle_rest", "login", "/api/sessions")),
        ("DELETE", "/api/sessions/this", Call("handle_rest", "logout", "/api/sessions/this")),
        (
            "POST", "/api/v1/doip?targetId=88.1/x&operationId=0.DOIP/Op.Delete",
            Call("doip", "delete", "0.DOIP/Op.Delete", "88.1/x"),
        ),
        ("GET", "/api/v1/doip?targetId=88.1/x", Call("doip", "resolve", "", "88.1/x")),
        ("POST", "/doip?operationId=Vendor.Op&targetId=a", Call("doip", "other", "Vendor.Op", "a")),
        (
            "GET", "/api/v1/doip/public/challenge?handle=88.1/u",
            Call("doip", "challenge", "/api/v1/doip/public/challenge", "88.1/u"),
        ),
        ("GET", "/api/v1/open/handle/page?prefix=88.1", Call("doip", "list", "/api/v1/open/handle/page", "88.1")),
        ("POST", "/identity/token/v1", Call("snms", "login", "/identity/token/v1")),
        ("GET", "/identityv2/data/detail?handle=88.1/x", Call("snms", "resolve", "/identityv2/data/detail", "88.1/x")),
        ("POST", "/identityv2/data/batchDelete", Call("snms", "delete", "/identityv2/data/batchDelete")),
        ("DELETE", "/identityv2/data", Call("snms", "delete", "/identityv2/data")),
        ("GET", "/snms/api/v3/template?prefix=88.1", Call("snms", "template_resolve", "/snms/api/v3/template")),
        ("GET", f"/{BID}", Call("bid", "resolve", "", BID)),
        ("GET", f"/{BID}/public-keys/1", Call("bid", "resolve", "public-keys/1", BID)),
        ("PUT", "/did/update/did:cn:88.1", Call("did", "update", "/did/update/did:cn:88.1", "did:cn:88.1")),
        ("POST", "/vaa", Call("did", "operation", "/vaa")),
        ("GET", "/10.1000/182", Call("handle_proxy", "resolve", "", "10.1000/182")),
        ("GET", "/0.NA/88.1", Call("handle_proxy", "resolve", "", "0.NA/88.1")),
        ("GET", "/index.html", NO_CALL), ("GET", "/1.2/a", NO_CALL), ("POST", "/10.1000/182", NO_CALL),
        ("GET", "/api/users", NO_CALL), ("GET", "/identityv2/data/other", NO_CALL), ("GET", "*", NO_CALL),
        ("GET", "/api/handlesome", NO_CALL),
    ],
)  # fmt: skip
def test_calls(method: str, target: str, call: Call) -> None:
    """The interface, the action and the identifier of a request."""
    assert classify_call(method, split_target(target, method), "") == call


def test_a_handle_message_is_told_by_its_type() -> None:
    """Its path is the Handle."""
    call = classify_call("POST", split_target("/88.100.1%2Fdev0001"), HANDLE_MIME)
    assert call == Call("handle", "message", "", "88.100.1/dev0001")


def test_identifiers_in_bodies() -> None:
    """The likeliest name goes first, nearer ones before deeper ones."""
    assert find_identifier({"id": "b", "handle": "a"}) == "a"
    assert find_identifier([{"data": {"handle": "a"}}]) == "a"
    assert find_identifier({"x": {"y": {"z": {"handle": "a"}}}}) == ""
    assert find_identifier({"handle": 5, "n": None}) == find_identifier("text") == find_identifier(None) == ""
    assert find_user({"username": "u", "password": "p"}) == "u"
    assert find_user(["u"]) == find_user({"username": 1}) == ""


@given(st.text(max_size=40), st.sampled_from(["GET", "PUT", "POST", "DELETE"]))
def test_any_target(text: str, method: str) -> None:
    """No target raises."""
    for prefix in ("", "/api/handles/", "/api/v1/doip?", "/identityv2/data", "/did:bid:"):
        assert isinstance(classify_call(method, split_target(prefix + text, method), ""), Call)
