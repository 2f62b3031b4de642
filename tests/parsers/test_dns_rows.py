"""Paired DNS messages as rows."""

from __future__ import annotations

from tests.support.dns_messages import (
    NAPTR,
    REPLY,
    A,
    Said,
    answer,
    ask,
    message,
    only,
    query,
    question,
    record,
    string,
)


def test_outcomes() -> None:
    """A reply without an error is a success, with one a failure; without a reply nothing is known."""
    assert only(ask(query(), answer()))["event.outcome"] == "success"
    assert only(ask(query(), answer(word=0x8183)))["event.outcome"] == "failure"
    assert only(ask(query()))["event.outcome"] == "unknown"


def test_further_questions() -> None:
    """Questions after the first stand on a list."""
    found = only([Said(message(0, [question("a"), question("b", NAPTR), question("c", group=3)]))])
    assert (found["dns.question.name"], found["dns.question.more.name"]) == ("a", ["b", "c"])
    assert (found["dns.question.more.type"], found["dns.question.more.class"]) == (["NAPTR", "A"], ["IN", "CH"])


def test_records_that_a_query_brings() -> None:
    """An update's or mDNS query's own records are told apart from the reply's (RFC 2136 §2.5, RFC 6762 §7.1)."""
    update = message(0x2800, [question("example.cn", 6)], (), [record(A, b"\x0a\0\0\1", "new.example.cn")])
    found = only(ask(update, message(0xA800, [question("example.cn", 6)])))
    assert (found["event.action"], found["dns.op_code"], found["dns.known_answers_count"]) == ("update", "UPDATE", 1)
    assert (found["dns.known_answers.name"], found["dns.known_answers.data"]) == (["new.example.cn"], ["10.0.0.1"])
    assert "dns.answers.name" not in found


def test_naptr_records_of_all_sections() -> None:
    """Parts of NAPTR records are listed wherever in the reply they are."""
    data = b"\0\1\0\2" + string("u") + string("EPC+epcis") + string("!^.*$!http://e.cn!") + b"\0"
    reply = message(REPLY, [question(kind=NAPTR)], [record(NAPTR, data)], (), [record(NAPTR, data[1:] + b"\0")])
    found = only(ask(query(kind=NAPTR), reply))
    assert found["dns.naptr.services"][0] == "EPC+epcis"


def test_a_row_without_records() -> None:
    """Empty sections have no lists."""
    found = only(ask(query(), message(REPLY, [question()])))
    assert found["dns.answers_count"] == 0
    assert not [column for column in found if column.startswith(("dns.answers.", "dns.naptr.", "dns.resolved"))]
