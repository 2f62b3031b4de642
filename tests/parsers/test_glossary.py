"""What distinct values say, remembered from batch to batch."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from parsers.glossary import Glossary


def read(value: str) -> tuple[str | int | None, ...]:
    """A value's first letter, which may be empty, its rest, which may be none, and its length."""
    return value[:1], value[1:] or None, len(value)


def make(most: int = 100, most_letters: int = 100_000) -> Glossary[str]:
    """A glossary of texts."""
    return Glossary(read, 2, 1, most=most, most_letters=most_letters)


def check(glossary: Glossary[str], values: Sequence[str]) -> None:
    """What the glossary tells of values is what reading them tells."""
    numbers = glossary.number(values)
    assert (numbers > 0).all()
    shown = [glossary.take_texts(field, numbers).to_pylist() for field in range(2)]
    assert shown == [[read(value)[field] for value in values] for field in range(2)]
    assert glossary.take_numbers(0, numbers).tolist() == [len(value) for value in values]
    assert len(set(glossary.take_codes(0, numbers).tolist())) == len({value[:1] for value in values})


@given(st.lists(st.lists(st.text(max_size=3)), max_size=5))
def test_batches(batches: list[list[str]]) -> None:
    """Values of any batches, again or for the first time, tell what reading them tells."""
    glossary = make(most=5)
    for values in batches:
        check(glossary, values)
        glossary.trim()
        assert len(glossary) <= 5


def test_many_values() -> None:
    """There is room for any number of values in a batch."""
    check(make(), [str(number) for number in range(5_000)])


def test_values_are_read_once() -> None:
    """A value that comes again is not read again."""
    seen: list[str] = []

    def note(value: str) -> tuple[str | int | None, ...]:
        seen.append(value)
        return read(value)

    glossary: Glossary[str] = Glossary(note, 2, 1, most=9, most_letters=9)
    glossary.number(["a", "b", "a"])
    glossary.number(["b", "c"])
    assert seen == ["a", "b", "c"]


def test_nothing() -> None:
    """Number 0 is no value."""
    nothing = np.zeros(2, dtype=np.int64)
    for glossary in (make(), make()):
        assert glossary.take_texts(1, nothing).to_pylist() == [None, None]
        assert glossary.take_numbers(0, nothing).tolist() == [-1, -1]
        glossary.number(["x"] * 2_000)
    assert glossary.take_numbers(0, nothing).tolist() == [-1, -1]


def test_texts_are_bounded() -> None:
    """Long texts make it forget as many values do, and only then."""
    glossary = make(most_letters=10)
    glossary.number(["short"])
    assert (glossary.trim(), len(glossary)) == (False, 1)
    glossary.number(["one that is long"])
    assert (glossary.trim(), len(glossary)) == (True, 0)
