"""Columns of a DNS row's question: its name, and what follows from the name, read once per distinct name."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from parsers.columns import make_numbers
from parsers.dns_contents import Contents
from parsers.dns_domain import split_domain
from parsers.dns_name import count_labels
from parsers.dns_resolution import resolve_name
from parsers.glossary import Glossary
from parsers.numbering import number_values

MOST_NAMES = 16_384
"""Names of questions that are remembered beyond a batch."""
MOST_LETTERS = 4_000_000
"""Characters of their texts."""

_TEXTS = (
    "dns.question.name",
    "dns.question.subdomain",
    "dns.question.registered_domain",
    "dns.question.top_level_domain",
    "dns.resolution.system",
    "dns.resolution.scheme",
    "dns.resolution.identifier",
)
_LABELS, _VALID = range(2)


def _read_name(name: str) -> tuple[str | int | None, ...]:
    """All that follows from a name: texts in the order of _TEXTS, its labels, whether its identifier is valid."""
    domain, found, labels = split_domain(name), resolve_name(name), count_labels(name)
    parts = (name, domain.subdomain or None, domain.registered or None, domain.top_level or None)
    if found is None:
        return (*parts, None, None, None, labels, -1)
    valid = -1 if found.valid is None else int(found.valid)
    return (*parts, found.system, found.scheme or None, found.identifier or None, labels, valid)


class QuestionNames:
    """Names of questions, by their number among the contents that are names."""

    def __init__(self) -> None:
        """Know nothing."""
        self._glossary: Glossary[str] = Glossary(_read_name, len(_TEXTS), 2, most=MOST_NAMES, most_letters=MOST_LETTERS)
        self._numbers = np.zeros(1, dtype=np.int64)
        """int64[n + 1]: number in the glossary of each content, 0: not asked for; the last is that of no name."""

    def make_columns(self, names: NDArray[np.int32], contents: Contents) -> dict[str, pa.Array]:
        """Columns of the names ``names``, one of each row, negative where there is none."""
        codes, distinct = number_values(names, len(contents))
        numbers = self._look_up(distinct, contents)
        columns = {column: self._glossary.take_texts(field, numbers, codes) for field, column in enumerate(_TEXTS)}
        labels, valid = (np.append(self._glossary.take_numbers(field, numbers), -1) for field in (_LABELS, _VALID))
        columns["dns.question.labels"] = make_numbers(labels[codes], pa.uint8())
        columns["dns.resolution.valid"] = pa.array(valid[codes] == 1, mask=valid[codes] < 0)
        return columns

    def trim(self, *, force: bool) -> None:
        """Forget what is too much; ``force`` where the numbers of contents mean nothing any more."""
        if self._glossary.trim() or force:
            self._numbers = np.zeros(1, dtype=np.int64)

    def _look_up(self, names: NDArray[np.int32], contents: Contents) -> NDArray[np.int64]:
        """Numbers in the glossary of distinct names; those that were not asked for before are read."""
        if len(self._numbers) < len(contents):
            self._numbers = np.append(self._numbers, np.zeros(len(contents), dtype=np.int64))
        fresh = names[self._numbers[names] == 0]
        if len(fresh):
            self._numbers[fresh] = self._glossary.number(contents.texts.take(pa.array(fresh)).to_pylist())
        return self._numbers[names]
