"""Challenges and sessions: one row of a change says who changed what."""

from __future__ import annotations

import hashlib
import struct
from typing import Any

import pytest

from parsers.handle_session import MOST_CHALLENGES, MOST_SESSIONS, name_algorithm
from tests.support.handles import FLAGS, RD, Record, Talk, admin, message, query, tabulate, text, value, values

CREATE = message(100, text("88.1/new") + values(value(100, "HS_ADMIN", admin("88.1/admin", 301))), request=11)
FACTS = ("identifier", "operation", "admin.handle", "admin.index", "challenge.op.name", "challenge.state")


def challenge(asked: bytes, session: int, request: int = 11) -> bytes:
    """Reply 402 to a request."""
    op = struct.unpack("!I", asked[20:24])[0]
    digest = hashlib.sha256(asked[20:-4]).digest()
    body = b"\x03" + digest + text(bytes(range(16)))
    return message(op, body, 402, flags=FLAGS | RD, session=session, request=request)


def prove(session: int, request: int = 12, *, handle: str = "88.1/admin", method: str = "HS_SECKEY") -> bytes:
    """Answer to a challenge."""
    proof = b"\x13" + bytes(32) if method == "HS_SECKEY" else text("SM3") + text(bytes(64))
    body = text(method) + text(handle) + struct.pack("!I", 301) + text(proof)
    return message(200, body, session=session, request=request)


def told(record: Record, *names: str) -> list[Any]:
    """Values of columns ``handle.*``."""
    return [record[f"handle.{name}"] for name in names]


@pytest.mark.parametrize("cuts", [[], [1, 1, 1], [2, 1], [3]])
@pytest.mark.parametrize("op", [100, 200])
def test_a_change_tells_who_changed_what(op: int, cuts: list[int]) -> None:
    """Over connections and batches; the last reply has either OpCode (RFC 3652 §3.5)."""
    talk = Talk().ask(CREATE).reply(challenge(CREATE, 7))
    talk.ask(prove(7), 1).reply(message(op, b"", 1, session=7, request=12), 1)
    issued, changed = tabulate(talk, cuts=cuts)[0]
    assert told(issued, *FACTS) == ["88.1/new", "create_handle", None, None, None, "issued"]
    assert told(issued, "digest.matches", "challenge.nonce") == [True, bytes(range(16)).hex()]
    assert issued["event.outcome"] == "unknown"
    assert told(changed, *FACTS) == ["88.1/new", "create_handle", "88.1/admin", 301, "create_handle", "accepted"]
    assert told(changed, "challenge.packet", "challenge.request_id", "challenge.op.code") == [0, 11, 100]
    assert told(changed, "value.types", "value.admin.handles") == [["HS_ADMIN"], ["88.1/admin"]]
    assert told(changed, "authentication.kind", "authentication.method") == ["challenge", "HS_SECKEY"]
    assert told(changed, "authentication.algorithm", "op.name") == ["hmac_sha256", "challenge_response"]
    assert (changed["event.outcome"], changed["error.code"]) == ("success", None)


def test_a_refused_answer_tells_whose_it_was() -> None:
    """Failed answers name the key and what was wanted, each of them."""
    talk = Talk().ask(CREATE).reply(challenge(CREATE, 7))
    for number in range(3):
        talk.ask(prove(7, 20 + number, handle="88.1/bad")).reply(message(200, text("no"), 403, request=20 + number))
    records = tabulate(talk)[0][1:]
    for record in records:
        assert told(record, *FACTS) == ["88.1/new", "create_handle", "88.1/bad", 301, "create_handle", "refused"]
        assert record["event.outcome"] == "failure"


def test_an_answer_that_is_challenged_anew() -> None:
    """A second challenge is still about the first request."""
    talk = Talk().ask(CREATE).reply(challenge(CREATE, 7)).ask(prove(7)).reply(challenge(prove(7), 7, 12))
    talk.ask(prove(7, 13)).reply(message(100, b"", 1, request=13))
    _, again, changed = tabulate(talk)[0]
    assert told(again, "identifier", "operation", "challenge.state") == ["88.1/new", "create_handle", "issued"]
    assert told(changed, "identifier", "challenge.op.name") == ["88.1/new", "create_handle"]


def test_an_unanswered_answer() -> None:
    """Without a reply the outcome of the answer is not known."""
    talk = Talk().ask(CREATE).reply(challenge(CREATE, 7)).ask(prove(7))
    record = tabulate(talk)[0][1]
    assert told(record, "identifier", "challenge.state") == ["88.1/new", "unanswered"]


def test_an_answer_to_nothing_that_was_seen() -> None:
    """Without its challenge an answer tells only the key."""
    record = tabulate(Talk().ask(prove(9)).reply(message(200, b"", 1, request=12)))[0][0]
    assert told(record, *FACTS) == [None, "challenge_response", "88.1/admin", 301, None, "accepted"]


def test_sessions_are_of_their_ends() -> None:
    """The same session number of another client is another session."""
    talk = Talk()
    talk.join()
    talk.join(client="10.0.0.9")
    talk.ask(CREATE).reply(challenge(CREATE, 7)).ask(prove(7), 1).reply(message(200, b"", 1, request=12), 1)
    assert told(tabulate(talk)[0][1], "identifier", "challenge.op.name") == [None, None]


def test_an_old_challenge_is_forgotten() -> None:
    """After two minutes an answer is about nothing that is known."""
    talk = Talk().ask(CREATE).reply(challenge(CREATE, 7)).wait(200).ask(query("88.1/x", request=99))
    talk.ask(prove(7)).reply(message(200, b"", 1, request=12))
    records, _ = tabulate(talk, cuts=[2, 1])
    answered = next(record for record in records if record["handle.request_id"] == 12)
    assert answered["handle.challenge.op.name"] is None


def test_a_session_that_was_set_up() -> None:
    """Requests of a session carry the identity that set it up, until it is terminated."""
    body = struct.pack("!HI", 2, 60) + text("88.1/admin") + struct.pack("!I", 300)
    talk = Talk().ask(message(400, body, request=1)).reply(message(400, b"\0\x02" + text(b""), 1, session=5))
    talk.ask(message(101, text("88.1/x"), session=5, request=2)).reply(message(101, b"", 1, session=5, request=2))
    talk.ask(message(401, text("/"), session=5, request=3)).reply(message(401, b"", 1, session=5, request=3))
    talk.ask(message(101, text("88.1/y"), session=5, request=4)).reply(message(101, b"", 1, session=5, request=4))
    kinds = [told(record, "authentication.kind", "admin.handle") for record in tabulate(talk, cuts=[2, 1])[0]]
    assert kinds == [["session", "88.1/admin"]] * 3 + [["none", None]]


def test_login_with_a_key() -> None:
    """The Chinese login is a challenge too (OpCode 2001)."""
    login = message(2001, text("88.1/admin") + struct.pack("!I", 300), request=11)
    talk = Talk().ask(login).reply(challenge(login, 7)).ask(prove(7, method="HS_PUBKEY"))
    talk.reply(message(200, b"", 1, request=12))
    begun, done = tabulate(talk)[0]
    assert (begun["user.name"], begun["handle.operation"]) == ("88.1/admin", "login_id_system")
    assert told(done, "operation", "authentication.algorithm") == ["login_id_system", "SM3"]


def test_state_is_bounded() -> None:
    """A flood of challenges keeps a bounded number of sessions and of requests."""
    talk = Talk()
    talk.join()
    for number in range(MOST_SESSIONS + 5):
        body = b"\x03" + bytes(32) + text(bytes(16))
        talk.reply(message(100, body, 402, flags=RD, session=number + 1, request=number))
    _, table = tabulate(talk)
    assert table.counters["handle_sessions_dropped"] == 5
    talk = Talk()
    talk.join()
    for number in range(MOST_CHALLENGES + 3):
        talk.ask(message(101, text("88.1/x"), request=number))
        talk.reply(message(101, b"\x03" + bytes(32) + text(b""), 402, flags=RD, session=number + 1, request=number))
    _, table = tabulate(talk)
    assert table.counters["handle_challenges_dropped"] == 3


@pytest.mark.parametrize(
    ("method", "proof", "name"),
    [
        (b"HS_SECKEY", b"\x22", "pbkdf2_hmac_sha1"),
        (b"HS_SECKEY", b"\x7f", "algorithm_127"),
        (b"HS_SECKEY", b"", ""),
        (b"HS_PUBKEY", text("SHA-256"), "SHA-256"),
        (b"HS_PUBKEY", b"\xff\xff\xff\xffx", ""),
    ],
)
def test_algorithms(method: bytes, proof: bytes, name: str) -> None:
    """The algorithm of an answer is told, its proof is not."""
    assert name_algorithm(method, proof) == name
