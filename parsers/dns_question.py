"""Columns of a DNS row's question: its name, and what follows from the name, read once per distinct name."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from parsers.columns import make_numbers
from parsers.dns_domain import split_domain
from parsers.dns_name import count_labels, decode_name
from parsers.dns_resolution import resolve_name
from parsers.glossary import Glossary
from parsers.spans import Coded

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


def make_names() -> Glossary[bytes]:
    """Glossary of the names of questions."""
    return Glossary(_read_name, len(_TEXTS), 2, most=MOST_NAMES, most_letters=MOST_LETTERS)


def _read_name(wire: bytes) -> tuple[str | int | None, ...]:
    """All that follows from a name: texts in the order of _TEXTS, its labels, whether its identifier is valid."""
    name = decode_name(wire)
    domain, found, labels = split_domain(name), resolve_name(name), count_labels(wire, name)
    parts = (name, domain.subdomain or None, domain.registered or None, domain.top_level or None)
    if found is None:
        return (*parts, None, None, None, labels, -1)
    valid = -1 if found.valid is None else int(found.valid)
    return (*parts, found.system, found.scheme or None, found.identifier or None, labels, valid)


def make_name_columns(coded: Coded, names: Glossary[bytes]) -> dict[str, pa.Array]:
    """Columns of the names ``coded``, one of each row."""
    numbers = np.append(names.number(coded.values), 0)[coded.codes]  # the last is that of no name
    columns = {column: names.take_texts(field, numbers) for field, column in enumerate(_TEXTS)}
    valid: NDArray[np.int32] = names.take_numbers(_VALID, numbers)
    columns["dns.question.labels"] = make_numbers(names.take_numbers(_LABELS, numbers), pa.uint8())
    columns["dns.resolution.valid"] = pa.array(valid == 1, mask=valid < 0)
    names.trim()
    return columns
