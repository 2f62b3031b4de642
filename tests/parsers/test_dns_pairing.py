"""Which DNS reply belongs to which query."""

from __future__ import annotations

from tests.support.dns_messages import AAAA, REPLY, Said, Talk, answer, ask, message, query, tabulate


def pairings(said: list[Said], talks: tuple[Talk, ...] = (Talk(),)) -> list[tuple[str, str | None]]:
    """Pairing and error of each record."""
    return [(record["wanglou.pairing"], record["error.code"]) for record in tabulate(said, talks)[0]]


def test_a_reply_belongs_to_the_query_of_its_identifier_and_question() -> None:
    """Two queries of one identifier are told apart by what they ask."""
    said = [Said(query()), Said(query(kind=AAAA)), Said(answer(kind=AAAA, data=bytes(16)), from_server=True)]
    records, _ = tabulate([*said, Said(answer(), from_server=True)])
    assert [(r["dns.question.type"], r["dns.answers.type"]) for r in records] == [("AAAA", ["AAAA"]), ("A", ["A"])]


def test_letters_case_does_not_matter() -> None:
    """A server may answer in other letters than it was asked in."""
    assert pairings(ask(query("PLC.example.cn"), answer("plc.EXAMPLE.cn"))) == [("paired", None)]


def test_a_reply_to_another_question_is_told() -> None:
    """A reply of the right identifier and the wrong question stands alone and says so: a forgery looks like that."""
    found = pairings(ask(query("plc.example.cn"), answer("evil.example.cn")))
    assert sorted(found) == [("no_request", "question_mismatch"), ("no_response", None)]


def test_a_reply_of_another_identifier_stands_alone() -> None:
    """Replies nobody asked for are rows of their own."""
    assert sorted(pairings(ask(query(number=1), answer(number=2)))) == [("no_request", None), ("no_response", None)]


def test_a_reply_without_question_goes_by_its_identifier() -> None:
    """Servers that refuse may leave the question out."""
    records, _ = tabulate(ask(query(), message(0x8105)))
    assert [(r["wanglou.pairing"], r["dns.response_code"]) for r in records] == [("paired", "REFUSED")]
    assert records[0]["dns.question.name"] == "plc.example.cn"


def test_a_query_sent_again() -> None:
    """A second query of the same identifier and question is told; each gets its reply."""
    said = [*ask(query()), *ask(query())] + [Said(answer(), from_server=True)] * 2
    assert pairings(said) == [("paired", None), ("paired", "duplicate_query")]


def test_connections_are_apart() -> None:
    """The same identifier on another connection is another transaction."""
    said = [Said(query()), Said(answer(), from_server=True, talk=1)]
    assert sorted(pairings(said, (Talk(), Talk(source_port=50_000)))) == [("no_request", None), ("no_response", None)]


def test_multicast_messages_stand_alone() -> None:
    """What is sent to a group answers nobody in particular, and comes from its sender (RFC 6762 §6)."""
    talk = Talk("10.0.0.9", "224.0.0.251", 5353, 5353)
    records, _ = tabulate([Said(query()), Said(answer())], (talk,))
    assert [(r["wanglou.pairing"], r["dns.type"]) for r in records] == [
        ("no_response", "query"),
        ("no_request", "answer"),
    ]
    assert {r["source.ip"] for r in records} == {"10.0.0.9"}
    turned, _ = tabulate([Said(answer(), from_server=True)], (Talk("224.0.0.251", "10.0.0.9", 5353, 5353),))
    assert (turned[0]["source.ip"], turned[0]["destination.ip"]) == ("10.0.0.9", "224.0.0.251")


def test_direction_is_the_headers() -> None:
    """A reply that comes first, from what was taken for the client, is a reply all the same."""
    records, _ = tabulate([Said(message(REPLY, [], counts=(0, 0, 0, 0)))])
    assert (records[0]["wanglou.pairing"], records[0]["dns.response.flags"]) == ("no_request", REPLY)
