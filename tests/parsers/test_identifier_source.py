"""Where identifiers are looked for."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from parsers.identifier_source import (
    ACTIONS,
    DATASETS,
    OPERATIONS,
    PRESELECTIONS,
    SOURCES,
    read_domain,
    read_path,
    read_whole,
    tell_action,
)
from parsers.schema import DATASETS as DECLARED


@pytest.mark.parametrize(
    ("dataset", "operation", "action"),
    [
        ("handle", "resolution", "resolved"),
        ("handle", "create_handle", "changed"),
        ("handle", "list_handle", "mentioned"),
        ("http", "resolve", "resolved"),
        ("http", "delete", "changed"),
        ("dns", "QUERY", "resolved"),
        ("dns", "UPDATE", "changed"),
        ("mqtt", "publish", "mentioned"),
        ("handle", None, "mentioned"),
    ],
)
def test_actions(dataset: str, operation: str | None, action: str) -> None:
    """What a protocol's operation does to its subject."""
    assert ACTIONS[tell_action(dataset, operation)] == action


def test_columns_are_declared() -> None:
    """Every column that is searched, and every column of an operation, is one of its dataset."""
    assert set(OPERATIONS) <= set(DATASETS)
    for name, sources in SOURCES.items():
        if name in DECLARED:
            columns = {field.name for field in DECLARED[name].fields}
            assert {source.column for source in sources} <= columns
            assert name not in OPERATIONS or OPERATIONS[name][0] in columns


def test_readers() -> None:
    """Whole texts, parts of URLs and domain names."""
    assert [found.scheme for found in read_whole("88.608.1/a")] == ["vaa"]
    assert [found.value for found in read_path("/api/handles/88.608.1%2Fa%20b")] == ["88.608.1/a"]
    domain = read_domain("0.0.6.2.2.3.1.4.1.4.1.6.0.gtin.gs1.id.onsepc.com")
    assert [(found.scheme, found.normalized, found.valid) for found in domain] == [
        ("gtin", "gtin:00614141322602", True)
    ]
    wrong = read_domain("99.1.oid-res.org")
    assert [(found.normalized, found.reasons) for found in wrong] == [("urn:oid:1.99", ("resolution_name",))]
    epc = read_domain("025102.0073796.sgtin.id.onsepc.com")
    assert [(found.scheme, found.prefix) for found in epc] == [("epc", "0073796")]
    assert (read_domain("plc.example.cn"), read_domain("onsepc.com"), read_whole("")) == ([], [], [])


@settings(max_examples=300, deadline=None)
@given(
    st.lists(
        st.one_of(
            st.text(max_size=6),
            st.sampled_from(
                (
                    "88.608.1/a", "did:bid:", "urn:oid:1.2", '"gtin" : "1', '"', "20.500/x", "20.T11148/", "10.1234/x",
                    "https://a/01/00614141322602", "1.2.156.1", "urn:epc:id:sgtin:1.2.3", "%2F", ".gtin.gs1.id.cn",
                    ".oid-res.org", "86.100.1%2Fx", "0.na/1", "1.2.3.4.5", "\u0668\u0668.608.1/x", "%38",
                )
            ),
        ),
        max_size=6,
    )
)  # fmt: skip
def test_preselection_passes_over_nothing(parts: list[str]) -> None:
    """A text in which a reader finds anything matches its expression."""
    text = "".join(parts)
    for read, expression in PRESELECTIONS.items():
        assert not read(text) or pc.match_substring_regex(pa.array([text]), expression)[0].as_py()
