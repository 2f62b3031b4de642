"""Who is at the door."""

from __future__ import annotations

from pathlib import Path

from console.door import Door
from tests.support.accounts import ADMIN, CHEAP, HERE, PASSWORD, Office
from tests.support.consoles import Console


def test_a_session_is_a_guest(console: Console) -> None:
    """With the rights and the enterprises of its account."""
    door = console.services.door
    entry = door.sign_in("enterprise_user", PASSWORD, "", "10.0.0.7")
    guest = door.find_session(entry.cookie)
    assert guest is not None
    assert (guest.name, guest.display, guest.duty) == ("enterprise_user", "enterprise_user", "")
    assert guest.scope.enterprises == frozenset({"chem"})
    door.sign_out(entry.cookie)
    assert door.find_session(entry.cookie) is None


def test_a_refusal_begins_no_session(console: Console) -> None:
    """Nor does it say which of the texts was wrong."""
    door = console.services.door
    assert door.sign_in("nobody", PASSWORD, "", "10.0.0.8") == door.sign_in("analyst", "wrong", "", "10.0.0.9")


def test_a_token_is_a_program(console: Console) -> None:
    """Bound to what was granted."""
    door = console.services.door
    secret, _ = door.tokens.issue("analyst", "t", ["alerts.read"], ADMIN, enterprises=["water"])
    guest = door.find_token(secret, "10.0.0.7")
    assert guest is not None
    assert guest.is_program
    assert guest.permissions == frozenset({"alerts.read"})
    assert guest.scope.enterprises == frozenset({"water"})


def test_sessions_that_are_over_are_removed_now_and_then(office: Office, tmp_path: Path) -> None:
    """At a sign-in, ten minutes after the last time at the earliest; the audit tells of each."""
    door = Door(office.ledger, key=tmp_path / "key", security=CHEAP, clock=office.clock)
    office.add("li")
    assert door.sign_in("li", PASSWORD, "", HERE).cookie
    office.clock.pass_by(60 * (CHEAP.idle_minutes + 1))
    assert door.sign_in("li", PASSWORD, "", HERE).cookie
    assert "expired" in office.actions("session")
