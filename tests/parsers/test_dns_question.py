"""Columns of a DNS row's question."""

from __future__ import annotations

import numpy as np
import pytest

from parsers import dns_question
from parsers.dns_question import QuestionNames
from tests.support.contents import make_contents, number
from tests.support.dns_messages import name

NAMES = ("0.0.6.2.2.3.1.4.1.4.1.6.0.gtin.gs1.id.onsepc.com", "www.example.cn", "oid-res.org")


@pytest.mark.parametrize("most", [0, 100])
def test_what_follows_from_a_name(most: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each name has its parts, and what it stands for; again from memory, or after all was forgotten."""
    monkeypatch.setattr(dns_question, "MOST_NAMES", most)
    contents, names = make_contents(), QuestionNames()
    numbers = [number(contents, value) for value in (*map(name, NAMES), b"\0")]
    asked = np.array([numbers[2], numbers[0], -1, numbers[1], numbers[3], numbers[0]], dtype=np.int32)
    for _ in range(3):
        told = names.make_columns(asked, contents)
        names.trim(force=False)
        columns = {key.removeprefix("dns."): column.to_pylist() for key, column in told.items()}
        assert columns["question.name"] == [NAMES[2], NAMES[0], None, NAMES[1], ".", NAMES[0]]
        assert columns["question.labels"] == [2, 18, None, 3, 0, 18]
        assert columns["question.registered_domain"] == [NAMES[2], "onsepc.com", None, "example.cn", None, "onsepc.com"]
        assert columns["question.top_level_domain"] == ["org", "com", None, "cn", None, "com"]
        assert columns["resolution.system"] == ["ors", "ons", None, None, None, "ons"]
        assert columns["resolution.valid"] == [None, True, None, None, None, True]


def test_nobody_asks() -> None:
    """Rows without a question have no name."""
    columns = QuestionNames().make_columns(np.full(2, -1, dtype=np.int32), make_contents())
    assert all(column.to_pylist() == [None, None] for column in columns.values())
