"""What texts hold in identifiers, remembered from batch to batch."""

from __future__ import annotations

import pyarrow as pa
import pytest

from parsers import identifier_memory
from parsers.identifier_memory import Memory, choose_rows
from parsers.identifier_source import read_domain, read_path, read_whole

TEXTS = pa.array(["86.100.1/a", "nothing", "88.100.1/b"])


def test_texts_and_their_identifiers() -> None:
    """Each text has a count, and the identifiers of all are told one after the other."""
    memory = Memory()
    for _ in range(2):
        counts, numbers = memory.find(TEXTS, read_whole)
        assert counts.tolist() == [1, 0, 1]
        columns = memory.make_columns(numbers)
        assert columns["identifier.value"].to_pylist() == ["86.100.1/a", "88.100.1/b"]
        assert columns["identifier.valid"].to_pylist() == [True, True]
        assert columns["identifier.seed_strict"].to_pylist() == [True, True]
    assert len(memory) == 3


def test_readers_are_apart() -> None:
    """What one reader finds in a text says nothing of another."""
    memory = Memory()
    name = pa.array(["5.4.3.2.1.gtin.gs1.id.onsepc.com"])
    assert memory.find(name, read_whole)[0].tolist() == [0]
    counts, numbers = memory.find(name, read_domain)
    assert counts.tolist() == [1]
    assert memory.make_columns(numbers)["identifier.reasons"].to_pylist() == [["resolution_name"]]


def test_meanings() -> None:
    """Two ways to write an identifier mean the same."""
    memory = Memory()
    _, numbers = memory.find(pa.array(["88.100.1/b", "hdl:88.100.1/b", "88.100.1/c"]), read_whole)
    first, second, third = memory.tell_meanings(numbers).tolist()
    assert first == second != third


def test_bounds(monkeypatch: pytest.MonkeyPatch) -> None:
    """Texts beyond the bound are forgotten with their identifiers, and read anew."""
    monkeypatch.setattr(identifier_memory, "MOST_TEXTS", 2)
    memory = Memory()
    memory.find(TEXTS, read_whole)
    memory.trim()
    assert len(memory) == 0
    counts, numbers = memory.find(TEXTS, read_whole)
    assert (counts.tolist(), numbers.tolist()) == ([1, 0, 1], [1, 2])


def test_rows_are_chosen() -> None:
    """Texts that cannot hold an identifier are told without reading them."""
    texts = pa.chunked_array([["x", None], ["86.100.1/a"]])
    assert (choose_rows(texts, read_path).tolist(), choose_rows(texts, read_whole).tolist()) == ([2], [0, 1, 2])
    assert choose_rows(pa.chunked_array([], pa.string()), read_path).tolist() == []
