"""Texts of OPC UA values."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from asyncua.ua.ua_binary import nodeid_to_binary, variant_to_binary
from hypothesis import given
from hypothesis import strategies as st

from parsers.opcua_value import (
    decode_guid,
    decode_node_id,
    decode_qualified_name,
    decode_variant,
    format_ticks,
    name_kind,
)
from tests.support.opcua_bytes import MOMENT, fill, ua

GUID = uuid.UUID("59f057ca-e401-c0b5-71c7-3c934c9429a2")


@pytest.mark.parametrize(
    ("node", "text"),
    [
        (ua.NodeId(13), "i=13"), (ua.NodeId(300, 5), "ns=5;i=300"), (ua.NodeId(70_000, 2), "ns=2;i=70000"),
        (ua.NodeId("Tür", 2), "ns=2;s=Tür"), (ua.NodeId(GUID, 1), f"ns=1;g={GUID}"),
        (ua.NodeId(b"\x01\x02", 4), "ns=4;b=AQI="), (ua.NodeId(0, 0), "i=0"),
    ],
)  # fmt: skip
def test_node_ids(node: Any, text: str) -> None:
    """All forms, as OPC 10000-6 §5.1.12 writes them."""
    assert decode_node_id(nodeid_to_binary(node)) == text


def test_expanded_node_ids() -> None:
    """Namespace URI and server stand before the identifier."""
    node = ua.ExpandedNodeId(7, 0, NodeIdType=ua.NodeIdType.Numeric, NamespaceUri="urn:x", ServerIndex=3)
    assert decode_node_id(nodeid_to_binary(node)) == "svr=3;nsu=urn:x;i=7"


@pytest.mark.parametrize(
    ("value", "kind", "text"),
    [
        (None, "Null", ""), ([1, -2], "Int16", "[1, -2]"), (["a", None], "String", "[a, ]"),
        (b"\x00\xff", "ByteString", "00ff"), (GUID, "Guid", str(GUID)), (MOMENT, "DateTime", "2024-02-29T12:30:15Z"),
        ([MOMENT], "DateTime", "[2024-02-29T12:30:15Z]"), (ua.QualifiedName("N", 3), "QualifiedName", "3:N"),
        (ua.LocalizedText("T", "en"), "LocalizedText", "T"),
        (ua.StatusCode(0x80340000), "StatusCode", "BadNodeIdUnknown"),
        (fill(ua.DataValue), "DataValue", "[1.5, 2.5]"), ([ua.Variant(1), ua.Variant("x")], "Variant", "[1, x]"),
        ([[1, 2], [3, 4]], "Int32", "[1, 2, 3, 4]"), (fill(ua.DiagnosticInfo), "DiagnosticInfo", "more"),
        (fill(ua.ExtensionObject), "ExtensionObject", "ExtensionObject(ns=5;i=9999, 4 bytes)"),
    ],
)  # fmt: skip
def test_variants(value: Any, kind: str, text: str) -> None:
    """Every kind of value, alone and in arrays."""
    assert decode_variant(variant_to_binary(ua.Variant(value, ua.VariantType[kind]))) == text


@given(st.binary(max_size=40))
def test_any_bytes(content: bytes) -> None:
    """Nothing raises, whatever is cut or damaged."""
    for decode in (decode_variant, decode_node_id, decode_qualified_name, decode_guid):
        assert isinstance(decode(content), str)


def test_arrays_that_are_cut() -> None:
    """What is there is shown, and the bracket stays open."""
    content = variant_to_binary(ua.Variant([1, 2, 3], ua.VariantType.Int32))
    assert decode_variant(content[:-2]) == "[1, 2"


def test_times_out_of_range() -> None:
    """They are shown as bare numbers."""
    assert format_ticks(2**63 - 1) == str(2**63 - 1)
    assert format_ticks(0) == "1601-01-01T00:00:00Z"


def test_names_of_types() -> None:
    """Arrays have brackets; reserved types are byte strings."""
    assert [name_kind(kind) for kind in (0, 11, 0x80 | 6, 30)] == ["", "Double", "Int32[]", "ByteString"]
