"""Errors of the stages in the reader's language."""

from __future__ import annotations

import pytest

from console.translation import translate
from correlation.query import parse_query
from correlation.query_error import QueryError
from detection.alert import ALERT
from wanglou.errors import UsageError


def test_a_known_sentence_is_told_in_chinese() -> None:
    """With what changes in its place."""
    told = translate(UsageError("'x' is no time", do="give now-24h, or 2026-11-21T08:00"), "zh")
    assert told.what == "'x' 不是时间"
    assert told.do == "请用 now-24h 或 2026-11-21T08:00 这样的写法"
    assert told.original == ""


def test_an_unknown_one_is_shown_as_it_is() -> None:
    """As the original, so that the page marks it as English."""
    told = translate(UsageError("nobody ever said this", where="here"), "zh")
    assert (told.what, told.original) == ("", "Here: nobody ever said this")


@pytest.mark.parametrize("text", ["{x}", "%s", "", "a" * 10_000])
def test_any_words_can_be_told(text: str) -> None:
    """Braces and length are no matter."""
    for language in ("zh", "en"):
        translate(UsageError(text), language)


WRONG = [
    "rule.nam:x",
    "rule.name:(",
    "a)",
    "event.severity:x",
    "source.ip:x",
    "/a/",
    "a~",
    "a^2",
    "@timestamp:x",
    "a:b:c",
]
WRONG += [
    "rule.name:[a TO",
    "event.severity:[1 TO x]",
    "-",
    "AND",
    "source.ip:1.2.3.4/99",
    "x" * 9_000,
    "(" * 300 + "a" + ")" * 300,
]


@pytest.mark.parametrize("text", WRONG)
def test_what_is_wrong_with_a_query_is_told_in_chinese(text: str) -> None:
    """Every fault that the query language knows."""
    with pytest.raises(QueryError) as caught:
        parse_query(text, ALERT, now_ns=0)
    told = translate(caught.value, "zh")
    assert told.original == "", told
    assert told.what
