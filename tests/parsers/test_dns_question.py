"""Columns of a DNS row's question."""

from __future__ import annotations

import numpy as np

from parsers.dns_question import make_name_columns, make_names
from parsers.spans import Coded
from tests.support.dns_messages import name

NAMES = ("0.0.6.2.2.3.1.4.1.4.1.6.0.gtin.gs1.id.onsepc.com", "www.example.cn", "oid-res.org")


def test_what_follows_from_a_name() -> None:
    """Each name has its parts, and what it stands for; again from memory."""
    values = [name(text) for text in NAMES] + [b"\0"]
    codes, lengths = np.array([2, 0, -1, 1, 3, 0], dtype=np.int32), np.array([len(value) for value in values])
    names = make_names()
    for _ in range(2):
        told = make_name_columns(Coded(codes, values, lengths.astype(np.int32)), names)
        columns = {key.removeprefix("dns."): column.to_pylist() for key, column in told.items()}
        assert columns["question.name"] == [NAMES[2], NAMES[0], None, NAMES[1], ".", NAMES[0]]
        assert columns["question.labels"] == [2, 18, None, 3, 0, 18]
        assert columns["question.registered_domain"] == [NAMES[2], "onsepc.com", None, "example.cn", None, "onsepc.com"]
        assert columns["question.top_level_domain"] == ["org", "com", None, "cn", None, "com"]
        assert columns["resolution.system"] == ["ors", "ons", None, None, None, "ons"]
        assert columns["resolution.valid"] == [None, True, None, None, None, True]


def test_nobody_asks() -> None:
    """Rows without a question have no name."""
    nothing = np.empty(0, dtype=np.int32)
    columns = make_name_columns(Coded(np.full(2, -1, dtype=np.int32), [], nothing), make_names())
    assert all(column.to_pylist() == [None, None] for column in columns.values())
