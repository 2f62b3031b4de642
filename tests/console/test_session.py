"""Sessions: begun, found, rotated, ended, and never another's."""

from __future__ import annotations

from dataclasses import replace

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from console.account_tables import SESSION
from console.session import Sessions, digest_secret, make_cookie, make_csrf
from tests.support.accounts import ADMIN, HERE, THERE, Office
from wanglou.errors import ConflictError, UsageError


def begin(office: Office, name: str = "li", old: str = "") -> str:
    """Begin a session of an account, which is made where there is none; gives the cookie."""
    account = office.accounts.find(name) or office.add(name)
    return office.sessions.begin(account, HERE, "Firefox", old=old)[0]


def test_a_conversation(office: Office) -> None:
    """Begun, found, ended; the audit tells both, and who it was."""
    cookie = begin(office)
    found = office.sessions.find(cookie)
    assert found is not None
    assert (found.account.name, found.origin, found.agent) == ("li", HERE, "Firefox")
    assert office.sessions.end(cookie)
    assert office.sessions.find(cookie) is None
    assert not office.sessions.end(cookie)
    assert office.actions("session") == ["began", "ended"]
    assert {row.actor for row in office.audit("session")} == {"user:li"}


def test_cookies_are_random_and_not_kept() -> None:
    """256 bits; what is kept is their digest."""
    cookies = {make_cookie() for _ in range(100)}
    assert len(cookies) == 100
    assert {len(cookie) for cookie in cookies} == {43}


def test_what_is_kept_of_a_cookie(office: Office) -> None:
    """Neither the cookie nor its CSRF token stands in the ledger."""
    cookie = begin(office)
    with office.ledger.reading() as connection:
        (row,) = connection.execute(sa.select(SESSION)).all()
    assert digest_secret(cookie) in row
    assert cookie not in str(row)
    assert make_csrf(cookie) not in str(row)


def test_idling_ends_a_session(office: Office) -> None:
    """Half an hour without a request; each request begins it anew."""
    cookie = begin(office)
    for _ in range(10):
        office.clock.pass_by(29 * 60)
        assert office.sessions.find(cookie) is not None
    office.clock.pass_by(30 * 60)
    assert office.sessions.find(cookie) is None


def test_a_session_ends_after_half_a_day(office: Office) -> None:
    """Whatever happens in it."""
    cookie = begin(office)
    for _ in range(12 * 60 // 20 - 1):
        office.clock.pass_by(20 * 60)
        assert office.sessions.find(cookie) is not None
    office.clock.pass_by(20 * 60)
    assert office.sessions.find(cookie) is None


def test_a_use_is_noted_to_the_minute(office: Office) -> None:
    """Not each request waits for the disk."""
    cookie = begin(office)
    before = office.sessions.list("li")[0].seen_ns
    office.clock.pass_by(59)
    office.sessions.find(cookie)
    assert office.sessions.list("li")[0].seen_ns == before
    office.clock.pass_by(1)
    office.sessions.find(cookie)
    assert office.sessions.list("li")[0].seen_ns == office.clock.now_ns


def test_signing_in_again_ends_the_session_before(office: Office) -> None:
    """A browser has one session: what it held before, or was made to hold, is worth nothing."""
    planted = begin(office, "wu")
    own = begin(office, "li", old=planted)
    assert own != planted
    assert office.sessions.find(planted) is None
    begin(office, "li", old="never a cookie")
    found = office.sessions.find(own)
    assert found is not None
    assert found.account.name == "li"


def test_rotating(office: Office) -> None:
    """Another cookie and CSRF token for the same session; the former is worth nothing."""
    cookie = begin(office)
    before = office.sessions.find(cookie)
    rotated = office.sessions.rotate(cookie)
    assert before is not None
    assert rotated is not None
    fresh, after = rotated
    assert (after.id, after.began_ns) == (before.id, before.began_ns)
    assert after.csrf != before.csrf
    assert office.sessions.find(cookie) is None
    assert office.sessions.find(fresh) == after
    assert office.sessions.rotate(cookie) is None
    assert office.actions("session") == ["began", "rotated"]


def test_an_account_that_was_changed_meanwhile(office: Office) -> None:
    """Between signing in and the session: none begins."""
    for change in (lambda: office.accounts.lock("li", "left", ADMIN), lambda: office.accounts.reset("li", ADMIN)):
        account = office.accounts.find("li") or office.add("li")
        change()
        with pytest.raises(ConflictError, match="changed meanwhile"):
            office.sessions.begin(account, HERE)
        office.accounts.unlock("li", ADMIN)
    assert office.sessions.list() == []


def test_rotating_at_once(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of two requests with one cookie, one gets another."""
    cookie = begin(office)
    seen = office.sessions.find(cookie)
    assert office.sessions.rotate(cookie) is not None
    monkeypatch.setattr(office.sessions, "find", lambda _: seen)
    assert office.sessions.rotate(cookie) is None


def test_csrf(office: Office) -> None:
    """A token fits its own session only, and nothing fits a session that is only listed."""
    first, second = (office.sessions.find(begin(office)) for _ in range(2))
    assert first is not None
    assert second is not None
    assert first.admits(first.csrf)
    assert not first.admits(second.csrf)
    assert not first.admits("")
    assert not any(one.admits(one.csrf) for one in office.sessions.list("li"))


@given(st.text(st.characters(), max_size=60))
def test_any_text_as_a_csrf_token(text: str) -> None:
    """It is wrong, not an error; whatever the cookie, its token is 64 digits."""
    assert len(make_csrf(text)) == 64
    assert len(digest_secret(text)) == 64


@pytest.mark.parametrize("cookie", ["", "x", "\0", "é" * 5000, "' OR 1=1 --", "\ud800"])
def test_cookies_that_are_none(office: Office, cookie: str) -> None:
    """They find nothing."""
    begin(office)
    assert office.sessions.find(cookie) is None


def test_own_sessions(office: Office) -> None:
    """They are listed, those used last first, and ended one by one or all but one; another's cannot be."""
    cookies = []
    for _ in range(3):
        office.clock.pass_by(1)
        cookies.append(begin(office))
    begin(office, "wu")
    listed = office.sessions.list("li")
    assert [one.seen_ns for one in listed] == sorted((one.seen_ns for one in listed), reverse=True)
    (theirs,) = office.sessions.list("wu")
    with pytest.raises(UsageError, match="no session"):
        office.sessions.end_one("li", theirs.id, ADMIN)
    office.sessions.end_one("li", listed[0].id, ADMIN)
    assert office.sessions.find(cookies[2]) is None
    assert office.sessions.end_all("li", ADMIN, but=listed[1].id) == 1
    assert {one.id for one in office.sessions.list()} == {theirs.id, listed[1].id}


def test_sessions_of_an_account_are_bounded(office: Office) -> None:
    """A further one ends the one that was used longest ago."""
    sessions = Sessions(office.ledger, replace(office.security, sessions_each=3), office.clock)
    account = office.add("li")
    cookies = []
    for _ in range(5):
        office.clock.pass_by(1)
        cookies.append(sessions.begin(account, HERE)[0])
    assert [sessions.find(cookie) is not None for cookie in cookies] == [False, False, True, True, True]
    assert office.actions("session").count("displaced") == 2


def test_a_locked_account_has_no_session(office: Office) -> None:
    """Not even one that slipped in beside the locking."""
    cookie = begin(office)
    with office.ledger.transaction() as connection:
        connection.exec_driver_sql("UPDATE accounts SET state = 'locked'")
    assert office.sessions.find(cookie) is None
    assert office.sessions.list() == []


def test_sweeping(office: Office) -> None:
    """What ended by itself is removed, with its row of the audit; what goes on stays."""
    begin(office)
    office.clock.pass_by(31 * 60)
    cookie = begin(office, "wu")
    assert office.sessions.sweep() == 1
    assert office.sessions.sweep() == 0
    assert office.sessions.find(cookie) is not None
    assert office.actions("session")[-1] == "expired"


def test_what_a_browser_says_of_itself(office: Office) -> None:
    """It is cut, and holds nothing that moves a cursor."""
    account = office.add("li")
    _, session = office.sessions.begin(account, THERE, "a\x1b[31m\n" * 100)
    assert len(session.agent) == 256
    assert session.agent.startswith("a?[31m?a")


def test_what_a_page_asks_by_itself_keeps_no_session(office: Office) -> None:
    """A session idles although its page listens to events."""
    cookie = begin(office)
    office.clock.pass_by(office.security.idle_minutes * 60 - 60)
    assert office.sessions.find(cookie, is_used=False) is not None
    office.clock.pass_by(120)
    assert office.sessions.find(cookie, is_used=False) is None
