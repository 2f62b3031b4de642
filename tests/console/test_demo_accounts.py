"""Accounts of the demonstration."""

from __future__ import annotations

import pytest

from console.demo_accounts import ROLES, make_password, prepare_accounts
from console.sign_in import SignedIn
from tests.support.accounts import HERE, Office


def test_each_role_signs_in_with_its_new_password(office: Office) -> None:
    """Nothing has to be changed first; at the next start the passwords are others."""
    first = prepare_accounts(office.accounts)
    second = prepare_accounts(office.accounts)
    assert [role for _, role, _ in second] == [role for _, role, _ in ROLES]
    assert {password for _, _, password in first} & {password for _, _, password in second} == set()
    for account, role, password in second:
        entered = office.accounts.sign_in(account.name, password, "", HERE)
        assert isinstance(entered, SignedIn)
        assert entered.account.roles == {role}
        assert not entered.account.must_change(office.security, office.clock())


@pytest.mark.parametrize("_", range(20))
def test_passwords_fit_the_rules(_: int) -> None:
    """Long, of small letters, a sign, and a capital or a digit."""
    made = make_password()
    assert len(made) >= 25
    assert "-" in made
    assert any(mark.islower() for mark in made)
    assert any(mark.isupper() or mark.isdigit() for mark in made)
