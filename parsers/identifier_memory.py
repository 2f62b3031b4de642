"""What texts hold in identifiers, remembered from batch to batch, and the columns of the identifiers."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from parsers.glossary import Glossary
from parsers.identifier_form import Identifier
from parsers.identifier_source import PRESELECTIONS, Read

MOST_TEXTS = 32_768
"""Texts of which it is remembered beyond a batch what they hold."""
MOST_IDENTIFIERS = 16_384
MOST_LETTERS = 2_000_000
"""Characters of the texts that are remembered, and as many of the identifiers."""

_TEXTS = ("value", "normalized", "scheme", "prefix", "suffix")
_NORMALIZED, _SCHEME, _REASONS = 1, 2, 5
_STRICT = 0

Numbers = NDArray[np.int64]


class Memory:
    """Reads texts, each distinct one once; identifiers are numbered by content."""

    def __init__(self) -> None:
        """Start with nothing remembered."""
        self._held: dict[Read, dict[str, tuple[int, ...]]] = {}
        self._identifiers: Glossary[Identifier] = Glossary(
            _describe, len(_TEXTS) + 1, 1, most=MOST_IDENTIFIERS, most_letters=MOST_LETTERS
        )
        self._texts = self._letters = 0

    def __len__(self) -> int:
        """Texts that are remembered."""
        return self._texts

    def find(self, texts: pa.Array, read: Read) -> tuple[Numbers, Numbers]:
        """How many identifiers each of distinct texts holds, and the numbers of all, one text after the other."""
        counts = np.zeros(len(texts), dtype=np.int64)
        chosen, shown = _choose(texts, read)
        known = self._held.setdefault(read, {})
        held = [known.get(text) for text in shown]
        if None in held:
            self._learn(known, read, [text for text, items in zip(shown, held, strict=True) if items is None])
            held = [known[text] for text in shown]
        items = [one for one in held if one is not None]
        counts[chosen] = [len(one) for one in items]
        return counts, np.fromiter(chain.from_iterable(items), dtype=np.int64)

    def _learn(self, known: dict[str, tuple[int, ...]], read: Read, texts: Sequence[str]) -> None:
        """Read texts that are not remembered."""
        found = [read(text) for text in texts]
        numbers = iter(self._identifiers.number(list(chain.from_iterable(found))).tolist())
        known.update((text, tuple([next(numbers) for _ in items])) for text, items in zip(texts, found, strict=True))
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
        columns = {
            f"identifier.{name}": self._identifiers.take_texts(field, numbers) for field, name in enumerate(_TEXTS)
        }
        codes, reasons = self._identifiers.code_texts(_REASONS, numbers)
        strict = self._identifiers.take_numbers(_STRICT, numbers)
        lists = pa.array([text.split() for text in reasons], pa.list_(pa.string()))
        columns["identifier.valid"] = pa.array(codes < 0)
        columns["identifier.seed_strict"] = pa.array(strict == 1, mask=strict < 0)
        columns["identifier.reasons"] = lists.take(pa.array(codes, mask=codes < 0))
        return columns


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
    if read in PRESELECTIONS:
        chosen = np.flatnonzero(pc.match_substring_regex(texts, PRESELECTIONS[read]))
        texts = texts.take(pa.array(chosen)) if len(chosen) < len(texts) else texts
    return chosen, texts.to_numpy(zero_copy_only=False).tolist()
