"""How every store keeps what changes: by kind and id, with versions that keep two writers from undoing each other."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from correlation.store import Store
from wanglou.errors import ConflictError, UsageError

BODIES: list[Mapping[str, Any]] = [
    {},
    {"name": "pump 写", "tags": ["a", "b"], "empty": None, "deep": {"er": [{"x": 1}, {"y": 2.5}]}},
    {"unsigned": 2**64 - 1, "negative": -(2**63), "flag": True, "text": "x" * 40_000},
]


@pytest.mark.parametrize("body", BODIES)
def test_what_is_put_is_there(store: Store, body: Mapping[str, Any]) -> None:
    """A document comes back as it was, at once, by its kind and id only."""
    put = store.put_document("asset", "plc/1", body)
    assert (put.kind, put.id, put.body) == ("asset", "plc/1", body)
    assert store.get_document("asset", "plc/1") == put
    assert store.get_document("asset", "plc/2") is None
    assert store.get_document("incident", "plc/1") is None
    assert list(store.list_documents("asset")) == [put]
    assert list(store.list_documents("incident")) == []


def test_the_last_writing_holds(store: Store) -> None:
    """Unconditional writing replaces the whole body and changes the version."""
    first = store.put_document("asset", "a", {"x": 1, "y": 1})
    second = store.put_document("asset", "a", {"x": 2})
    assert first.version != second.version
    found = store.get_document("asset", "a")
    assert found is not None
    assert (found.body, found.version) == ({"x": 2}, second.version)


def test_a_version_guards_a_change(store: Store) -> None:
    """Only who read the last version may change it."""
    first = store.put_document("incident", "i", {"state": "new"}, "")
    second = store.put_document("incident", "i", {"state": "open"}, first.version)
    for stale in (first.version, "", "999", "no version"):
        with pytest.raises(ConflictError, match="changed meanwhile"):
            store.put_document("incident", "i", {"state": "lost"}, stale)
        with pytest.raises(ConflictError, match="changed meanwhile"):
            store.delete_document("incident", "i", stale)
    assert store.get_document("incident", "i") == second


def test_only_one_of_two_makes_a_document(store: Store) -> None:
    """The empty version asks for a document that is not there yet; no other version is."""
    store.put_document("alert", "x", {"by": 1}, "")
    with pytest.raises(ConflictError):
        store.put_document("alert", "x", {"by": 2}, "")
    with pytest.raises(ConflictError):
        store.put_document("alert", "y", {"by": 2}, "1")


def test_removing(store: Store) -> None:
    """It tells whether there was one, and may be guarded by the version."""
    made = store.put_document("asset", "a", {})
    assert store.delete_document("asset", "a", made.version)
    assert not store.delete_document("asset", "a")
    assert store.get_document("asset", "a") is None
    again = store.put_document("asset", "a", {"x": 1}, "")
    assert store.delete_document("asset", "a")
    assert again.body == {"x": 1}


def test_documents_are_listed_by_id(store: Store) -> None:
    """All of one kind, each once, ids of any signs and length."""
    names = ["b", "a", "Z", "写", "x" * 600, "a b/c?d#e%f", "_under"]
    for name in names:
        store.put_document("asset", name, {"name": name})
    listed = list(store.list_documents("asset"))
    assert [one.id for one in listed] == sorted(names, key=str.encode)
    assert all(one.body == {"name": one.id} for one in listed)
    assert listed[0] == store.get_document("asset", "Z")


def test_kinds_and_ids_that_cannot_be(store: Store) -> None:
    """They become names of indices."""
    for kind, name in (("Asset", "a"), ("", "a"), ("a-b", "a"), ("asset", "")):
        with pytest.raises(UsageError):
            store.put_document(kind, name, {})
