"""Columns of envelope, header and subject."""

from __future__ import annotations

import pytest

from tests.support.handles import Record, Talk, answer, message, query, tabulate, text


def only(talk: Talk) -> Record:
    """The one record of a talk."""
    (record,) = tabulate(talk)[0]
    return record


@pytest.mark.parametrize(
    ("handle", "parts"),
    [
        ("88.1/x", ("88.1", "x", 1)),
        ("88.1/a/b", ("88.1", "a/b", 3)),
        ("88.1/", ("88.1", "", 0)),
        ("0.NA/88.1", ("0.NA", "88.1", 4)),
        ("88.1/设备", ("88.1", "设备", 6)),
        ("0", (None, None, None)),
        ("", (None, None, None)),
    ],
)
def test_identifiers_are_split_at_the_first_slash(handle: str, parts: tuple[object, ...]) -> None:
    """A suffix may hold slashes and any character; its length is in bytes (RFC 3651 §2)."""
    record = only(Talk().ask(query(handle)))
    assert record["handle.identifier"] == handle
    assert tuple(record[f"handle.{name}"] for name in ("prefix", "suffix", "suffix_length")) == parts


def test_long_identifiers_are_cut() -> None:
    """An identifier is shown up to a bound, its whole length is told."""
    record = only(Talk().ask(query("88.1/" + "x" * 1_900)))
    assert len(record["handle.identifier"]) == 1_025
    assert record["handle.suffix_length"] == 1_900


def test_identifiers_that_are_no_text() -> None:
    """Bytes that are no UTF-8 and control characters are escaped."""
    record = only(Talk().ask(message(1, text(b"88.1/\xff\r\n") + bytes(8))))
    assert record["handle.identifier"] == "88.1/\\xff\\r\\n"


def test_a_reply_alone_tells_its_subject() -> None:
    """Without its request a resolution still names its handle; another handle than asked for is told."""
    assert only(Talk().reply(answer("88.1/x")))["handle.identifier"] == "88.1/x"
    record = only(Talk().ask(query("88.1/x")).reply(answer("88.1/X")))
    assert (record["handle.identifier"], record["handle.response.identifier"]) == ("88.1/x", "88.1/X")
    assert only(Talk().ask(query("88.1/x")).reply(answer("88.1/x")))["handle.response.identifier"] is None


def test_sessions_and_versions_of_both_halves() -> None:
    """The session is the request's, or the one that the reply assigned; versions are told of both."""
    record = only(Talk().ask(query("88.1/x")).reply(answer("88.1/x", session=9, version=(2, 11))))
    told = {"handle.session_id": 9, "handle.version": "2.10", "handle.response.version": "2.11"}
    assert {name: record[name] for name in told} == told
    assert only(Talk().ask(query("88.1/x", session=4)).reply(answer("88.1/x", session=9)))["handle.session_id"] == 4


def test_no_expiration() -> None:
    """An expiration of 0 is none; one that has passed is negative."""
    assert only(Talk().ask(query("88.1/x", expires=0)))["handle.expires_in"] is None
    assert only(Talk().ask(query("88.1/x", expires=1_699_999_990)))["handle.expires_in"] == -10
