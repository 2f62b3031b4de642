"""What texts hold in identifiers, remembered from batch to batch, and the columns of the identifiers."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain, repeat

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from parsers.glossary import Glossary
from parsers.identifier_form import Identifier
from parsers.identifier_source import PRESELECTIONS, Read
from parsers.numbering import number_values

MOST_TEXTS = 32_768
"""Texts of which it is remembered beyond a batch what they hold."""
MOST_IDENTIFIERS = 16_384
MOST_LETTERS = 2_000_000
"""Characters of the texts that are remembered, and as many of the identifiers."""
_FEW = 256  # texts for which making an expression ready takes longer than reading and remembering them

_TEXTS = ("value", "normalized", "scheme", "prefix", "suffix")
_NORMALIZED, _SCHEME, _REASONS = 1, 2, 5
_STRICT = 0

Numbers = NDArray[np.int64]


class _Held:
    """What the texts of one reader hold."""

    def __init__(self) -> None:
        """Know no text."""
        self._places: dict[str, int] = {}
        self.starts, self.counts, self.numbers = np.empty((3, 0), dtype=np.int64)

    def find(self, texts: Sequence[str]) -> Numbers:
        """Place of each text in ``starts`` and ``counts``, -1 where it is not known."""
        return np.fromiter(map(self._places.get, texts, repeat(-1)), dtype=np.int64, count=len(texts))

    def add(self, texts: Sequence[str], counts: Sequence[int], numbers: Numbers) -> None:
        """Remember how many identifiers texts hold, and the numbers of all."""
        sizes, known = np.array(counts, dtype=np.int64), len(self.counts)
        self._places.update(zip(texts, range(known, known + len(texts)), strict=True))
        self.starts = np.concatenate((self.starts, len(self.numbers) + np.cumsum(sizes) - sizes))
        self.counts = np.concatenate((self.counts, sizes))
        self.numbers = np.concatenate((self.numbers, numbers))


class Memory:
    """Reads texts, each distinct one once; identifiers are numbered by content."""

    def __init__(self) -> None:
        """Start with nothing remembered."""
        self._held: dict[Read, _Held] = {}
        self._identifiers: Glossary[Identifier] = Glossary(
            _describe, len(_TEXTS) + 1, 1, most=MOST_IDENTIFIERS, most_letters=MOST_LETTERS
        )
        self._texts = self._letters = 0

    def __len__(self) -> int:
        """Texts that are remembered."""
        return self._texts

    def find(self, texts: pa.Array, read: Read) -> tuple[Numbers, Numbers]:
        """How many identifiers each of distinct texts holds, and the numbers of all, one text after the other."""
        held = self._held.setdefault(read, _Held())
        counts = np.zeros(len(texts), dtype=np.int64)
        chosen, shown = _choose(texts, read)
        places = held.find(shown)
        fresh = np.flatnonzero(places < 0).tolist()
        if fresh:
            self._learn(held, read, [shown[at] for at in fresh])
            places = held.find(shown)
        counts[chosen] = held.counts[places]
        return counts, spread(held.starts[places], counts[chosen], held.numbers)

    def _learn(self, held: _Held, read: Read, texts: Sequence[str]) -> None:
        """Read texts that are not remembered."""
        found = [read(text) for text in texts]
        held.add(texts, [*map(len, found)], self._identifiers.number([*chain.from_iterable(found)]))
        self._texts += len(texts)
        self._letters += sum(map(len, texts))

    def trim(self) -> None:
        """Forget all when it is too much; numbers given before mean nothing then."""
        full = self._texts > MOST_TEXTS or self._letters > MOST_LETTERS
        if self._identifiers.trim(force=full):
            self._held.clear()
            self._texts = self._letters = 0

    def tell_meanings(self, numbers: Numbers) -> Numbers:
        """int64[n]: equal for identifiers that mean the same by their scheme."""
        schemes = self._identifiers.take_codes(_SCHEME, numbers).astype(np.int64)
        normalized = self._identifiers.take_codes(_NORMALIZED, numbers)
        return schemes * (int(normalized.max(initial=0)) + 1) + normalized

    def make_columns(self, numbers: Numbers) -> dict[str, pa.Array]:
        """Columns of the identifiers ``numbers``."""
        codes, found = number_values(numbers.astype(np.int32), len(self._identifiers) + 1)
        distinct = found.astype(np.int64)
        columns = {
            f"identifier.{name}": self._identifiers.take_texts(field, distinct, codes)
            for field, name in enumerate(_TEXTS)
        }
        reasons, texts = self._identifiers.code_texts(_REASONS, distinct)
        strict = self._identifiers.take_numbers(_STRICT, distinct)[codes]
        lists = pa.array([text.split() for text in texts], pa.list_(pa.string()))
        codes = reasons[codes]
        columns["identifier.valid"] = pa.array(codes < 0)
        columns["identifier.seed_strict"] = pa.array(strict == 1, mask=strict < 0)
        columns["identifier.reasons"] = lists.take(pa.array(codes, mask=codes < 0))
        return columns


def spread(starts: Numbers, counts: Numbers, values: Numbers) -> Numbers:
    """Values of many ranges, one range after the other."""
    if (counts == 1).all():
        return np.asarray(values[starts])
    before = np.cumsum(counts) - counts
    return np.asarray(values[np.repeat(starts - before, counts) + np.arange(counts.sum())])


def _describe(item: Identifier) -> tuple[str | int | None, ...]:
    """Texts and numbers of an identifier."""
    strict = -1 if item.seed_strict is None else int(item.seed_strict)
    texts = (item.value, item.normalized, item.scheme, item.prefix, item.suffix, " ".join(item.reasons))
    return *[text or None for text in texts], strict


def choose_rows(texts: pa.ChunkedArray, read: Read) -> Numbers:
    """Rows of texts, which need not be distinct, that may hold identifiers."""
    if read not in PRESELECTIONS:
        return np.arange(len(texts))
    held = pc.match_substring_regex(texts, PRESELECTIONS[read]).fill_null(False)
    return np.flatnonzero(held.to_numpy())


def _choose(texts: pa.Array, read: Read) -> tuple[Numbers, list[str]]:
    """Which texts may hold identifiers, told without Python for most, and these."""
    chosen = np.arange(len(texts))
    if read in PRESELECTIONS and len(texts) > _FEW:
        chosen = np.flatnonzero(pc.match_substring_regex(texts, PRESELECTIONS[read]))
        texts = texts.take(pa.array(chosen)) if len(chosen) < len(texts) else texts
    return chosen, texts.to_numpy(zero_copy_only=False).tolist()
