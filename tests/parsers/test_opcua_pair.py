"""Join OPC UA requests with their replies."""

from __future__ import annotations

from tests.support.opcua_bytes import acknowledge, chunk, encode, failure, fill, hello, opening, ua
from tests.support.opcua_turns import Record, Turn, order, tabulate, talk

READ, ANSWER = encode(fill(ua.ReadRequest)), encode(fill(ua.ReadResponse))
PUBLISH, NOTICE = encode(ua.PublishRequest()), encode(ua.PublishResponse())
PROTECTED = "http://opcfoundation.org/UA/SecurityPolicy#Basic256"


def pairings(records: list[Record]) -> list[tuple[str, str, int, int]]:
    """What each row is, and where its messages are."""
    return [
        (r["event.action"], r["wanglou.pairing"], r["wanglou.packet"], r["wanglou.packet_end"]) for r in order(records)
    ]


def test_replies_find_their_requests_by_id() -> None:
    """In whatever order they come."""
    turns = talk(chunk(READ, 1), chunk(READ, 2), (chunk(ANSWER, 2), True), (chunk(ANSWER, 1), True))
    assert pairings(tabulate(turns)) == [("read", "paired", 0, 3), ("read", "paired", 1, 2)]


def test_publish_requests_wait_beside_others() -> None:
    """Both kinds are paired by id, and the rows are in the order of their last messages."""
    turns = talk(chunk(PUBLISH, 1), chunk(READ, 2), (chunk(ANSWER, 2), True), (chunk(NOTICE, 1), True))
    assert pairings(tabulate(turns)) == [("publish", "paired", 0, 3), ("read", "paired", 1, 2)]
    assert [record["event.action"] for record in tabulate(turns)] == ["read", "publish"]


def test_ids_of_other_connections_are_others() -> None:
    """A reply is never that of another connection's request."""
    asked = talk(chunk(READ, 1))
    answer = Turn(chunk(ANSWER, 1), True, 2, 1, 1)
    assert {record["wanglou.pairing"] for record in tabulate([*asked, answer])} == {"no_response", "no_request"}


def test_encrypted_openings_are_paired_in_order() -> None:
    """They have no id that could be read."""
    parts = opening(bytes(90), policy=PROTECTED), (opening(bytes(95), policy=PROTECTED), True)
    assert pairings(tabulate(talk(*parts, *parts))) == [
        ("open_secure_channel", "paired", 0, 1), ("open_secure_channel", "paired", 2, 3),
    ]  # fmt: skip


def test_a_hello_and_its_answer() -> None:
    """An acknowledge or an error; a later error stands alone."""
    assert pairings(tabulate(talk(hello(), (acknowledge(), True), (failure(), True)))) == [
        ("hello", "paired", 0, 1), ("error", "alone", 2, 2),
    ]  # fmt: skip


def test_a_close_has_no_answer() -> None:
    """It is not waited for (§7.1.4)."""
    close = chunk(encode(fill(ua.CloseSecureChannelRequest)), kind="CLO")
    assert pairings(tabulate(talk(close))) == [("close_secure_channel", "alone", 0, 0)]
