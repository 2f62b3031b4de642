"""Columns of credentials and digests."""

from __future__ import annotations

import struct

from parsers.handle_authority import MOST_DIGESTS
from tests.support.handles import RD, Record, Talk, answer, message, query, tabulate, text

NAMES = ("present", "type", "signer", "index", "algorithm")


def sign(signer: str, index: int, kind: str) -> bytes:
    """A credential (RFC 3652 §2.2.4)."""
    return bytes(4) + text(signer) + struct.pack("!I", index) + text(kind) + bytes(4) + text("SHA-256") + text(bytes(9))


def only(talk: Talk) -> Record:
    """The one record of a talk."""
    (record,) = tabulate(talk)[0]
    return record


def test_credentials_of_both_halves() -> None:
    """Who signed, and how, is told of request and reply."""
    talk = Talk().ask(query("88.1/x", credential=sign("88.1/app", 300, "HS_SIGNED")))
    record = only(talk.reply(answer("88.1/x", credential=sign("", 0, "HS_MAC"))))
    asked, answered = ([record[f"handle.{half}credential.{name}"] for name in NAMES] for half in ("", "response."))
    assert asked == [True, "HS_SIGNED", "88.1/app", 300, "SHA-256"]
    assert answered == [True, "HS_MAC", "", 0, "SHA-256"]
    assert record["handle.authentication.kind"] == "signature"


def test_no_credentials() -> None:
    """A message without a credential says so; a half that is missing says nothing."""
    record = only(Talk().ask(query("88.1/x")))
    assert (record["handle.credential.present"], record["handle.response.credential.present"]) == (False, None)
    assert record["handle.authentication.kind"] == "none"


def test_digests_are_checked_up_to_a_bound() -> None:
    """Beyond the bound digests are not looked at, and that is counted."""
    talk, body = Talk(), b"\x03" + bytes(32) + text(bytes(16))
    talk.join()
    for number in range(MOST_DIGESTS + 2):
        talk.ask(message(1, text("88.1/x") + bytes(8), request=number, flags=0))
        talk.reply(message(1, body, 402, request=number, flags=RD))
    records, table = tabulate(talk)
    assert table.counters["handle_digests_unchecked"] == 2
    assert [record["handle.digest.matches"] for record in records[-3:]] == [False, None, None]
