"""The query of a page."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from console.question import join_queries, read_question, split_chips
from correlation.query import parse_query
from correlation.query_error import QueryError
from detection.alert import ALERT
from tests.support.visits import make_visit


def test_a_query_falls_into_chips() -> None:
    """At its ANDs; each knows the query without it."""
    chips = split_chips("source.ip:10.0.0.1 AND NOT rule.name:x AND (event.severity:>=70 OR a)")
    assert [chip.text for chip in chips] == ["source.ip:10.0.0.1", "NOT rule.name:x", "(event.severity:>=70 OR a)"]
    assert chips[1].without == "source.ip:10.0.0.1 AND (event.severity:>=70 OR a)"
    assert [chip.text for chip in split_chips("a OR b")] == ["a OR b"]


@given(st.text(alphabet='ab: ()ANDORNT"*', max_size=40))
def test_what_is_left_can_be_asked(text: str) -> None:
    """Taking a chip away never makes a wrong query of a right one."""
    try:
        parse_query(text, ALERT, now_ns=0)
    except QueryError:
        return
    for chip in split_chips(text):
        parse_query(chip.without, ALERT, now_ns=0)


def test_a_wrong_query_says_where() -> None:
    """The place is told apart from what stands before and behind it."""
    question = read_question(make_visit(query="q=rule.nam:x"), "alert")
    assert question.fault is not None
    assert (question.fault.before, question.fault.at, question.fault.after) == ("", "r", "ule.nam:x")
    assert question.text == "rule.nam:x"


def test_queries_are_joined_with_brackets() -> None:
    """So that an OR in one does not take the other apart."""
    assert join_queries("", "a OR b") == "a OR b"
    assert join_queries("a OR b", "c") == "(a OR b) AND (c)"
