"""Sessions and challenges: who (handle and index of a key) did what was challenged, over several transactions.

A server that wants to know who asks answers 402 with a session id; the client answers the challenge in a request of its
own, which names that session and the key but not what was asked for (RFC 3652 §3.5). Sessions that are set up (§3.8)
carry their identity on. Both are kept by addresses and session id, because clients change connections between steps.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field

import numpy as np

from parsers.handle_intake import Stored, store_message
from parsers.handle_names import ANSWER_ALGORITHMS
from parsers.handle_rows import CONTINUATION, Decoded, Halves
from parsers.message import MESSAGE
from parsers.spans import TEXT_BYTES, decode_text

MOST_SESSIONS = 4_096
"""Sessions kept at once; the one longest unused goes first."""
MOST_CHALLENGES = 1_024
"""Challenged requests whose bytes are kept at once."""
MOST_BYTES = 4_096
"""Bytes kept of a challenged request."""
CHALLENGE_NS = 120_000_000_000
"""Packet time in which a challenge must be answered; the CNRI server gives a minute."""
MOST_ROWS = 20_000
"""Rows of a batch whose sessions are followed; they are told one by one."""
NONCE_BYTES = 32

_ANSWER, _SETUP, _TERMINATE, _LOGIN, _LOGIN_KEY = 200, 400, 401, 2000, 2001
_NEEDED = 402
_REFUSED = frozenset({400, 401, 403, 404, 405, 406, 407, 408, 500, 501, 502, 503, 504, 505, 3001})

Key = tuple[str, str, int, int]


@dataclass(slots=True)
class Challenge:
    """A request that was answered by a challenge."""

    op: int
    request: int
    packet: int
    nonce: str
    ts_ns: int
    subject: int = -1
    """Row of the request among the messages of the batch; -1: it is stored, or was not seen."""
    stored: Stored | None = None


@dataclass(slots=True)
class Session:
    """What is known of a session."""

    challenge: Challenge | None = None
    admin: tuple[str, int] | None = None


@dataclass(slots=True)
class Links:
    """What the sessions add to rows, by row."""

    subjects: dict[int, int] = field(default_factory=dict)
    """Row of the message that tells what an answer to a challenge is about."""
    admins: dict[int, tuple[str, int]] = field(default_factory=dict)
    kinds: dict[int, str] = field(default_factory=dict)
    methods: dict[int, str] = field(default_factory=dict)
    algorithms: dict[int, str] = field(default_factory=dict)
    states: dict[int, str] = field(default_factory=dict)
    challenges: dict[int, Challenge] = field(default_factory=dict)
    nonces: dict[int, str] = field(default_factory=dict)
    users: dict[int, str] = field(default_factory=dict)


class Sessions:
    """Sessions from batch to batch."""

    def __init__(self) -> None:
        """Start with none."""
        self._sessions: OrderedDict[Key, Session] = OrderedDict()
        self.counters = {"handle_sessions_dropped": 0, "handle_challenges_dropped": 0, "handle_rows_unlinked": 0}
        self._open: list[Challenge] = []

    def list_stored(self) -> list[Stored]:
        """Challenged requests that are kept: give them to the next batch behind its messages."""
        return [one.stored for one in self._open if one.stored is not None]

    def place_stored(self, first: int) -> None:
        """Say that the stored requests are the messages from row ``first`` on."""
        for one in self._open:
            if one.stored is not None:
                one.subject, first = first, first + 1

    def link(self, decoded: Decoded, halves: Halves, keys: list[tuple[str, str, int]]) -> Links:
        """Follow the rows in their order; ``keys`` names the ends of each conversation: client, server, VLAN."""
        links = Links()
        rows = halves.session[halves.pairing[halves.session] < CONTINUATION].tolist()
        self.counters["handle_rows_unlinked"] += max(len(rows) - MOST_ROWS, 0)
        for k in rows[:MOST_ROWS]:
            self._follow(k, decoded, halves, keys, links)
        return links

    def keep(self, decoded: Decoded, now_ns: int) -> None:
        """Store what must outlive the batch, and forget what is too old."""
        found = []
        for session in self._sessions.values():
            one = session.challenge
            if one is None:
                continue
            if now_ns - one.ts_ns > CHALLENGE_NS:
                session.challenge = None
                continue
            if one.stored is None and one.subject >= 0:
                message = np.asarray(decoded.messages[one.subject : one.subject + 1], dtype=MESSAGE)
                one.stored = store_message(decoded.data, decoded.spill, message, MOST_BYTES)
            one.subject = -1
            found.append(one)
        for one in found[:-MOST_CHALLENGES]:
            self.counters["handle_challenges_dropped"] += one.stored is not None
            one.stored = None
        self._open = found[-MOST_CHALLENGES:]

    def _find(self, key: Key) -> Session:
        """Session of a key, the newest from now on."""
        found = self._sessions.get(key)
        if found is None:
            found = self._sessions[key] = Session()
            if len(self._sessions) > MOST_SESSIONS:
                self._sessions.popitem(last=False)
                self.counters["handle_sessions_dropped"] += 1
        else:
            self._sessions.move_to_end(key)
        return found

    def _follow(self, k: int, decoded: Decoded, halves: Halves, keys: list[tuple[str, str, int]], links: Links) -> None:
        """One row: what its session says of it, and what it says of its session."""
        ask, answer = int(halves.ask[k]), int(halves.answer[k])
        first = ask if ask >= 0 else answer
        op, response = decoded.get(first, "op"), decoded.get(answer, "response") if answer >= 0 else -1
        number = decoded.get(first, "session")
        if number <= 0 and answer >= 0:
            number = decoded.get(answer, "session")
        if ask >= 0:
            _read_request(k, ask, op, decoded, links)
        if number <= 0:
            return
        conversation = int(decoded.messages["conversation"][first])
        session = self._find((*keys[conversation], number))
        if response == _NEEDED:
            _issue(k, ask, answer, op, decoded, session, links)
        elif op == _ANSWER and ask >= 0:
            _accept(k, response, session, links)
        elif op == _SETUP and response == 1:
            session.admin = links.admins.get(k)
        elif session.admin is not None and k not in links.admins:
            links.admins[k], links.kinds[k] = session.admin, "session"
            if op == _TERMINATE and response == 1:
                session.admin = None


def _read_request(k: int, ask: int, op: int, decoded: Decoded, links: Links) -> None:
    """Who the request says that it comes from."""
    handle = decode_text(decoded.read(ask, "key_handle", TEXT_BYTES))
    if decoded.get(ask, "key_handle_length") >= 0 and op in (_ANSWER, _SETUP, _LOGIN_KEY):
        links.admins[k] = handle, decoded.get(ask, "key_index")
    if op == _LOGIN:
        links.kinds[k] = "password"
        links.users[k] = decode_text(decoded.read(ask, "handle", TEXT_BYTES))
    elif op == _LOGIN_KEY:
        links.users[k] = handle
    elif op == _SETUP:
        links.kinds[k] = "session"
    elif op == _ANSWER:
        links.kinds[k] = "challenge"
        method = decoded.read(ask, "method", TEXT_BYTES)
        links.methods[k] = decode_text(method)
        links.algorithms[k] = name_algorithm(method, decoded.read(ask, "answer", TEXT_BYTES))


def name_algorithm(method: bytes, answer: bytes) -> str:
    """Algorithm of an answer to a challenge; the proof itself is not kept."""
    if method.upper() == b"HS_PUBKEY":
        length = int.from_bytes(answer[:4], "big")
        return decode_text(answer[4 : 4 + length]) if 0 < length <= len(answer) - 4 and length <= 64 else ""
    return ANSWER_ALGORITHMS.get(answer[0], f"algorithm_{answer[0]}") if answer else ""


def _issue(k: int, ask: int, answer: int, op: int, decoded: Decoded, session: Session, links: Links) -> None:
    """A challenge: remember what was asked for; an answer that is challenged anew stays about the same."""
    before = session.challenge
    row = ask if ask >= 0 else answer
    nonce = decoded.read(answer, "nonce", NONCE_BYTES).hex()
    message = decoded.messages[row]
    if op == _ANSWER and before is not None:
        links.challenges[k] = before
        if before.subject >= 0:
            links.subjects[k] = before.subject
        before.nonce = nonce
    else:
        request, packet = decoded.get(row, "request"), int(message["packet"])
        session.challenge = Challenge(op, request, packet, nonce, int(message["ts_ns"]), ask)
    links.states[k], links.nonces[k] = "issued", nonce


def _accept(k: int, response: int, session: Session, links: Links) -> None:
    """An answer to a challenge: what it is about, and whether it was taken."""
    challenge = session.challenge
    if challenge is not None:
        links.challenges[k], links.nonces[k] = challenge, challenge.nonce
        if challenge.subject >= 0:
            links.subjects[k] = challenge.subject
    if response < 0:
        links.states[k] = "unanswered"
    elif response in _REFUSED:
        links.states[k] = "refused"
    else:
        links.states[k] = "accepted"
        session.admin, session.challenge = links.admins.get(k), None
