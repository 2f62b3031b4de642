"""Signing in: who gets in, who does not, and that a refusal tells nothing."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from console.password import BusyError, Hasher
from console.sign_in import Refusal, SignedIn
from console.totp import match_code
from tests.support.accounts import ADMIN, CHEAP, HERE, OTHER, PASSWORD, THERE, Office, open_office
from wanglou.errors import StoreError
from wanglou.ledger import Ledger

WRONG = Refusal("wrong")


def test_a_conversation(office: Office) -> None:
    """Made, entered with the one-time secret, changed, entered with the password, locked, unlocked."""
    _, secret = office.accounts.create("li", ["analyst"], ADMIN)
    first = office.accounts.sign_in("li", secret, "", HERE)
    assert isinstance(first, SignedIn)
    assert (first.must_change, first.previous_ns) == ("temporary", 0)
    office.accounts.change_password("li", secret, PASSWORD, HERE)
    office.clock.pass_by(5)
    assert office.accounts.sign_in("li", secret, "", HERE) == WRONG
    second = office.enter(" LI ")
    assert (second.must_change, second.failures, second.previous_origin) == ("", 1, HERE)
    office.accounts.lock("li", "left the park", ADMIN)
    assert office.accounts.sign_in("li", PASSWORD, "", HERE) == WRONG
    office.accounts.unlock("li", ADMIN)
    assert office.enter().failures == 0
    assert office.actions() == [
        "created", "signed_in", "password_changed", "refused", "signed_in",
        "locked", "refused", "unlocked", "signed_in",
    ]  # fmt: skip


@pytest.mark.parametrize("what", ["name", "password", "code", "no code", "locked", "late secret", "machine", "empty"])
def test_a_refusal_tells_nothing(office: Office, what: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever was wrong: the same answer, one password hashed, one code compared, and as many changes written."""
    office.add("li")
    device, _ = office.enrol("li")
    office.accounts.create("probe", ["sensor"], ADMIN)
    _, late = office.accounts.create("wu", ["analyst"], ADMIN)
    given = {
        "name": ("lee", PASSWORD, office.code(device)),
        "password": ("li", OTHER, office.code(device)),
        "code": ("li", PASSWORD, "000000"),
        "no code": ("li", PASSWORD, ""),
        "locked": ("li", PASSWORD, office.code(device)),
        "late secret": ("wu", late, ""),
        "machine": ("probe", "", ""),
        "empty": ("", "", ""),
    }[what]
    if what == "locked":
        office.accounts.lock("li", "left", ADMIN)
    if what == "late secret":
        office.clock.pass_by(73 * 3600)
    counted: list[str] = []
    count_calls(monkeypatch, counted)
    assert office.accounts.sign_in(*given, HERE) == WRONG
    assert sorted(counted) == ["change", "code", "transaction", "transaction", "verify"]


def count_calls(monkeypatch: pytest.MonkeyPatch, counted: list[str]) -> None:
    """Note each hash, comparison of codes and writing transaction."""

    def counting(name: str, call: Callable[..., object]) -> Callable[..., object]:
        def count(*args: object, **options: object) -> object:
            counted.append(name)
            return call(*args, **options)

        return count

    monkeypatch.setattr(Hasher, "verify", counting("verify", Hasher.verify))
    monkeypatch.setattr("console.sign_in.match_code", counting("code", match_code))
    monkeypatch.setattr(Ledger, "change", counting("change", Ledger.change))
    monkeypatch.setattr(Ledger, "transaction", counting("transaction", Ledger.transaction))


def test_an_early_attempt_costs_nothing(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """No hash, nothing written; the right password neither helps."""
    office.add("li")
    for _ in range(6):
        office.accounts.sign_in("li", "x", "", THERE)
    counted: list[str] = []
    count_calls(monkeypatch, counted)
    assert office.accounts.sign_in("li", PASSWORD, "", THERE) == Refusal("throttled", 2)
    assert counted == []


def test_the_second_factor(office: Office) -> None:
    """Both are needed; a code is good once, and so is each recovery code."""
    office.add("li")
    device, codes = office.enrol("li")
    office.enter(code=office.code(device))
    assert office.accounts.sign_in("li", PASSWORD, office.code(device), HERE) == WRONG
    assert office.enter(code=codes[0]).account.recovery_left == 9
    assert office.accounts.sign_in("li", PASSWORD, codes[0], HERE) == WRONG
    office.clock.pass_by(30)
    office.enter(code=office.code(device))
    assert "recovery_code_used" in office.actions()


def test_a_factor_that_is_not_asked_for(office: Office) -> None:
    """A code beside the password of an account without a second factor does not matter."""
    office.add("li")
    office.enter(code="123456")


def test_two_sign_ins_with_one_code(office: Office) -> None:
    """At the same moment, one of them gets in."""
    office.add("li")
    device, codes = office.enrol("li")
    for code in (office.code(device), codes[0]):
        done: list[SignedIn | Refusal] = []
        start = threading.Barrier(4)

        def enter(done: list[SignedIn | Refusal] = done, code: str = code, start: threading.Barrier = start) -> None:
            start.wait()
            done.append(office.accounts.sign_in("li", PASSWORD, code, HERE))

        threads = [threading.Thread(target=enter) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sum(isinstance(one, SignedIn) for one in done) == 1
        assert sum(one == WRONG for one in done) == 3
        office.accounts.unlock("li", ADMIN)
        office.clock.pass_by(24 * 3600)


def test_a_password_that_was_changed_meanwhile(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """Between looking and admitting, the account got another: refused."""
    office.add("li")
    verify = Hasher.verify

    def change_first(hasher: Hasher, stored: str, password: str) -> bool:
        monkeypatch.setattr(Hasher, "verify", verify)
        office.accounts.reset("li", ADMIN)
        return verify(hasher, stored, password)

    monkeypatch.setattr(Hasher, "verify", change_first)
    assert office.accounts.sign_in("li", PASSWORD, "", HERE) == WRONG


def test_too_many_failures_lock(office: Office) -> None:
    """The hundredth in a row, with an audit row; sessions end; unlocking begins anew."""
    office.add("li")
    _, session = office.sessions.begin(office.enter("li", origin=THERE).account, THERE)
    for number in range(99):
        office.clock.pass_by(900)
        assert office.accounts.sign_in("li", "x", "", f"10.9.{number}.1") == WRONG
    account = office.accounts.find("li")
    assert account is not None
    assert account.is_active
    office.clock.pass_by(900)
    office.accounts.sign_in("li", "x", "", HERE)
    account = office.accounts.find("li")
    assert account is not None
    assert (account.state, account.reason) == ("locked", "100 failed sign-ins in a row")
    assert session.id not in [one.id for one in office.sessions.list("li")]
    assert office.actions()[-1] == "locked"
    office.accounts.unlock("li", ADMIN)
    office.enter()


def test_a_flood_does_not_fill_the_audit(place: Path | str, tmp_path: Path) -> None:
    """Of what is refused beyond sixty a minute, the next row tells the number."""
    office = open_office(place, tmp_path, replace(CHEAP, refusals_per_minute=3))
    for number in range(10):
        office.accounts.sign_in(f"name-{number}", "x", "", f"198.51.100.{number}")
    office.clock.pass_by(61)
    office.accounts.sign_in("name", "x", "", HERE)
    rows = [row for row in office.audit() if row.action == "account.refused"]
    assert [json.loads(row.after or "") for row in rows] == [{"failures": 1}] * 3 + [{"failures": 1, "untold": 7}]
    assert {(row.actor, row.subject) for row in rows} == {("user:?", "")}
    office.ledger.close()


def test_outdated_hashes_are_renewed(office: Office) -> None:
    """At the next sign-in, with the parameters of now, and the password stays good."""
    office.add("li")
    stronger = Office(office.ledger, office.folder, replace(CHEAP, argon2_passes=2), office.clock)
    stronger.enter()
    row = json.loads(office.audit()[-1].after or "")
    assert row["password"] == "(secret)"  # noqa: S105 - what is written in a secret's place
    stronger.clock.pass_by(1)
    stronger.enter()
    assert "password" not in json.loads(office.audit()[-1].after or "")


def test_a_crowd(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where no memory is left for a hash, one is told to wait, and nothing is counted."""
    office.add("li")

    def refuse(*_: object) -> bool:
        raise BusyError("too many sign-ins at once")

    with monkeypatch.context() as patch:
        patch.setattr(Hasher, "verify", refuse)
        for _ in range(20):
            assert office.accounts.sign_in("li", PASSWORD, "", HERE) == Refusal("throttled", 5)
    office.enter()


def test_a_key_that_is_gone(office: Office) -> None:
    """The second factor cannot be verified: that is told to whoever runs the console, not passed over."""
    office.add("li")
    device, _ = office.enrol("li")
    office.seal.path.unlink()
    fresh = Office(office.ledger, office.folder, clock=office.clock)
    with pytest.raises(StoreError, match="cannot read the key"):
        fresh.accounts.sign_in("li", PASSWORD, office.code(device), HERE)


def test_confirming(office: Office) -> None:
    """The right password confirms, however often; wrong ones are throttled."""
    office.add("li")
    assert [office.accounts.confirm("li", PASSWORD, HERE) for _ in range(9)] == [None] * 9
    refused = [office.accounts.confirm("li", "x", HERE) for _ in range(6)]
    assert refused == [WRONG] * 5 + [Refusal("throttled", 2)]


@settings(max_examples=10)
@given(st.text(st.characters(), max_size=200), st.text(st.characters(), max_size=200), st.text(st.characters()))
def test_any_texts(tmp_path_factory: pytest.TempPathFactory, name: str, password: str, code: str) -> None:
    """They are refused, never an error."""
    office = open_office(tmp_path_factory.mktemp("any") / "ledger.db", Path())
    assert office.accounts.sign_in(name, password, code, code) == WRONG
    office.ledger.close()


def test_clocks_that_go_back(office: Office) -> None:
    """A clock that was put right neither opens nor breaks anything."""
    office.add("li")
    device, _ = office.enrol("li")
    code = office.code(device)
    office.enter(code=code)
    office.clock.pass_by(-3600)
    assert office.accounts.sign_in("li", PASSWORD, office.code(device), HERE) == WRONG
