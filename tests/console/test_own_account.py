"""What people change of their own account."""

from __future__ import annotations

from itertools import pairwise

import pyotp
import pytest

from console.account import Accounts
from console.account_row import Account
from console.password import PasswordError
from console.sign_in import Refusal
from tests.support.accounts import ADMIN, CHEAP, HERE, OTHER, PASSWORD, Office
from wanglou.errors import ConflictError, StoreError, UsageError


def test_changing_a_password(office: Office) -> None:
    """The new one counts, the sessions end but for the one that is kept."""
    office.add("li")
    kept, _ = (office.sessions.begin(office.enter().account, HERE) for _ in range(2))
    changed = office.accounts.change_password("li", PASSWORD, OTHER, HERE, keep=kept[1].id)
    assert isinstance(changed, Account)
    assert [one.id for one in office.sessions.list("li")] == [kept[1].id]
    assert office.accounts.sign_in("li", PASSWORD, "", HERE) == Refusal("wrong")
    office.enter(password=OTHER)
    assert office.actions().count("password_changed") == 2


def test_a_wrong_old_password(office: Office) -> None:
    """It is refused and counted as a failed sign-in; nothing changes."""
    office.add("li")
    refused = [office.accounts.change_password("li", OTHER, OTHER, HERE) for _ in range(6)]
    assert refused == [Refusal("wrong")] * 5 + [Refusal("throttled", 2)]
    assert office.actions()[-1] == "refused"


def test_a_weak_new_password(office: Office) -> None:
    """All that is wrong with it is told, and the old one stays."""
    office.add("li")
    with pytest.raises(PasswordError) as told:
        office.accounts.change_password("li", PASSWORD, "kx9", HERE)
    assert told.value.faults == ("short", "kinds", "guessable")
    office.enter()


def test_the_site_is_no_password(office: Office) -> None:
    """Nor is what everybody knows of the account."""
    office.add("li")
    with pytest.raises(PasswordError) as told:
        office.accounts.change_password("li", PASSWORD, "Heron over Park 37 reeds", HERE)
    assert told.value.faults == ("name",)


def test_former_passwords(office: Office) -> None:
    """The present one and the five before it cannot be taken, the sixth can; one-time secrets are not among them."""
    office.add("li")
    used = [PASSWORD, *(f"{number} Herons over grey reeds, {number}{number}" for number in range(1, 7))]
    for old, new in pairwise(used):
        assert isinstance(office.accounts.change_password("li", old, new, HERE), Account)
    secret = office.accounts.reset("li", ADMIN)
    for reused in used[1:]:
        if reused != used[1]:
            with pytest.raises(PasswordError) as told:
                office.accounts.change_password("li", secret, reused, HERE)
            assert told.value.faults == ("reused",)
    assert isinstance(office.accounts.change_password("li", secret, used[1], HERE), Account)


def test_enrolling(office: Office) -> None:
    """A second factor counts from its first right code on; other sessions end."""
    office.add("li")
    _, kept = office.sessions.begin(office.enter().account, HERE)
    office.sessions.begin(office.enter().account, HERE)
    asked = office.accounts.begin_totp("li", ADMIN)
    office.enter()  # nothing is asked for yet
    with pytest.raises(UsageError, match="the code is wrong"):
        office.accounts.enrol_totp("li", "000000", ADMIN)
    assert office.accounts.pending_totp("li") == asked
    device = pyotp.TOTP(asked.secret)
    codes = office.accounts.enrol_totp("li", office.code(device), ADMIN, keep=kept.id)
    assert len(codes) == 10
    assert office.accounts.pending_totp("li") is None
    assert office.accounts.sign_in("li", PASSWORD, office.code(device), HERE) == Refusal("wrong")  # used to enrol
    assert [one.id for one in office.sessions.list("li")] == [kept.id]
    with pytest.raises(UsageError, match="no second factor was begun"):
        office.accounts.enrol_totp("li", office.code(device), ADMIN)


def test_a_second_enrolment(office: Office) -> None:
    """Until the new device's code is right, the old one counts."""
    office.add("li")
    device, _ = office.enrol()
    office.accounts.begin_totp("li", ADMIN)
    office.enter(code=office.code(device))


def test_recovery_codes_are_renewed(office: Office) -> None:
    """The former ones are no longer good."""
    office.add("li")
    _, former = office.enrol()
    fresh = office.accounts.renew_recovery("li", ADMIN)
    assert office.accounts.sign_in("li", PASSWORD, former[0], HERE) == Refusal("wrong")
    office.enter(code=fresh[0])


def test_removing_a_factor(office: Office) -> None:
    """Nothing is asked for any more, and there are no recovery codes to renew."""
    office.add("li")
    office.enrol()
    account = office.accounts.remove_totp("li", ADMIN)
    assert (account.has_totp, account.recovery_left) == (False, 0)
    office.enter()
    with pytest.raises(UsageError, match="has no second factor"):
        office.accounts.renew_recovery("li", ADMIN)


def test_without_a_key(office: Office) -> None:
    """No second factor can be begun, and it is told what lacks."""
    office.add("li")
    with pytest.raises(StoreError, match="no key for second factors"):
        Accounts(office.ledger, CHEAP, clock=office.clock).begin_totp("li", ADMIN)


def test_an_account_that_was_changed_meanwhile(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two changes at once do not undo each other."""
    office.add("li")
    own = office.accounts._own
    read = own._read

    def read_then_lock(name: str) -> dict[str, object]:
        row = read(name)
        office.accounts.lock("li", "left", ADMIN)
        return row

    monkeypatch.setattr(own, "_read", read_then_lock)
    with pytest.raises(ConflictError, match="changed meanwhile"):
        office.accounts.begin_totp("li", ADMIN)
