"""What distinct values say, remembered from batch to batch: one that comes again is looked up and not read again."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from itertools import islice
from typing import Any, Generic, TypeVar

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from parsers.columns import make_keywords, make_nulls

Value = TypeVar("Value", bound=Hashable)
Numbers = NDArray[np.int64]
Said = Sequence[str | int | None]
"""What is read of a value."""

_ROOM = 1_024
_KEYWORD = pa.dictionary(pa.int32(), pa.string())


class Glossary(Generic[Value]):
    """Numbers values and tells the texts and small numbers that follow from each.

    It grows while a batch is read, and ``trim`` makes it empty when it holds more than its bounds.
    """

    def __init__(
        self,
        read: Callable[[Value], Sequence[str | int | None]],
        texts: int,
        numbers: int,
        *,
        most: int,
        most_letters: int,
    ) -> None:
        """``read`` gives ``texts`` texts of a value, None where there is none, then ``numbers`` numbers of 31 bits.

        ``most`` bounds the values and ``most_letters`` the characters of all texts that outlive a batch.
        """
        self._read, self._text_count, self._number_count = read, texts, numbers
        self._most, self._most_letters = most, most_letters
        self._clear()

    def _clear(self) -> None:
        """Know nothing; number 0 is no value, it has no texts and its numbers are -1."""
        self._numbers: dict[Value, int] = {}
        self._codes = np.zeros((self._text_count + self._number_count, _ROOM), dtype=np.int32)
        self._codes[self._text_count :] = -1
        self._known: list[dict[str | None, int]] = [{None: 0} for _ in range(self._text_count)]
        self._texts: list[pa.Array] = [pa.nulls(1, pa.string()) for _ in range(self._text_count)]
        self._letters = 0

    def __len__(self) -> int:
        """Values that are remembered."""
        return len(self._numbers)

    def trim(self, *, force: bool = False) -> bool:
        """Forget all that is remembered when it is too much, or by ``force``; numbers given before mean nothing then.

        True when it was forgotten.
        """
        full = force or len(self._numbers) > self._most or self._letters > self._most_letters
        if full:
            self._clear()
        return full

    def number(self, values: Sequence[Value]) -> Numbers:
        """Numbers of ``values``, above 0; one that is not known is read."""
        numbers, before = self._numbers, len(self._numbers)
        found = np.array([numbers.setdefault(value, len(numbers) + 1) for value in values], dtype=np.int64)
        if len(numbers) > before:
            self._learn(list(islice(reversed(numbers), len(numbers) - before))[::-1], before + 1)
        return found

    def take_texts(self, field: int, numbers: Numbers, rows: NDArray[np.int32] | None = None) -> pa.Array:
        """Column of text ``field`` of the values ``numbers``: dictionary-encoded, null where there is none.

        With ``rows`` each row is that of a place in ``numbers``, null where it is negative.
        """
        codes, texts = self._choose(field, numbers)
        if not len(texts):
            return make_nulls(len(numbers if rows is None else rows), _KEYWORD)
        return make_keywords(codes if rows is None else np.append(codes, np.int32(-1))[rows], texts)

    def code_texts(self, field: int, numbers: Numbers) -> tuple[NDArray[np.int32], list[str]]:
        """Codes and distinct texts ``field`` of the values ``numbers``; -1 where there is none."""
        codes, texts = self._choose(field, numbers)
        return codes, texts.to_pylist()

    def _choose(self, field: int, numbers: Numbers) -> tuple[NDArray[np.int32], pa.Array]:
        """Codes and distinct texts ``field`` of the values ``numbers``; -1 where there is none."""
        codes, texts = self._codes[field, numbers], self._texts[field]
        places = np.zeros(len(texts), dtype=np.int32)
        places[codes] = 1
        places[0] = 0
        distinct = np.flatnonzero(places)
        places[distinct] = np.arange(len(distinct), dtype=np.int32)
        places[0] = -1
        return places[codes], texts.take(pa.array(distinct))

    def take_codes(self, field: int, numbers: Numbers) -> NDArray[np.int32]:
        """int32[n]: number of the text ``field`` of the values ``numbers``; equal for equal texts, 0: none."""
        return np.asarray(self._codes[field, numbers])

    def take_numbers(self, field: int, numbers: Numbers) -> NDArray[np.int32]:
        """int32[n]: number ``field`` of the values ``numbers``, counted from the first behind the texts."""
        return np.asarray(self._codes[self._text_count + field, numbers])

    def _learn(self, values: Sequence[Value], start: int) -> None:
        """Read distinct values, whose numbers begin with ``start``."""
        stop = start + len(values)
        if stop > self._codes.shape[1]:
            wider = np.zeros((len(self._codes), 2 * stop), dtype=np.int32)
            wider[:, :start] = self._codes[:, :start]
            self._codes = wider
        said = zip(*[self._read(value) for value in values], strict=True)
        for field, items in enumerate(said):
            self._codes[field, start:stop] = self._code(field, items) if field < self._text_count else items

    def _code(self, field: int, texts: Any) -> list[int]:
        """Codes of the texts of one field, new ones numbered on."""
        known, told = self._known[field], self._texts[field]
        codes = [known.setdefault(text, len(known)) for text in texts]
        fresh: list[Any] = list(islice(reversed(known), len(known) - len(told)))[::-1]
        if fresh:
            self._texts[field] = pa.concat_arrays([told, pa.array(fresh, pa.string())])
            self._letters += sum(map(len, fresh))
        return codes
