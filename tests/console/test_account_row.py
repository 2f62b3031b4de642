"""Accounts as they are read."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.account_row import NAME, check_name, read_account
from console.permission import PARK_WIDE
from console.scope import WHOLE, Scope
from console.security import DAY_NS
from tests.support.accounts import ADMIN, BEGIN_NS, CHEAP, Office
from wanglou.errors import UsageError

ROW = {
    "name": "li", "display": "李雷", "roles": '["analyst", "oracle"]', "enterprises": "[]", "preferences": "{}",
    "state": "active", "reason": "", "created_ns": 1, "password_ns": BEGIN_NS, "secret_until_ns": 0, "totp": "",
    "recovery": "[]", "signed_ns": 0, "signed_origin": "", "version": 1,
}  # fmt: skip


def test_a_role_of_a_newer_program() -> None:
    """It is left out: a role that is not known gives nothing."""
    assert read_account(ROW).roles == {"analyst"}
    assert read_account({**ROW, "roles": '["oracle"]'}).permissions == frozenset()


def test_a_state_that_is_not_known() -> None:
    """What is not plainly active is locked."""
    assert not read_account({**ROW, "state": "odd"}).is_active


def test_scopes() -> None:
    """The whole park, unless enterprises are named; a user of an enterprise without one sees nothing."""
    account = read_account(ROW)
    assert account.scope == WHOLE
    assert replace(account, enterprises=frozenset({"chem"})).scope == Scope(frozenset({"chem"}))
    assert read_account({**ROW, "roles": '["enterprise_user"]'}).scope == Scope(frozenset())


def test_an_analyst_of_one_enterprise() -> None:
    """Triages its alerts, and tunes no rules of the park."""
    account = replace(read_account(ROW), enterprises=frozenset({"chem"}))
    assert "alerts.triage" in account.permissions
    assert not account.permissions & PARK_WIDE


def test_why_a_password_must_be_changed() -> None:
    """A one-time secret at once, any other after 90 days, unless that is turned off."""
    account = read_account(ROW)
    assert account.must_change(CHEAP, BEGIN_NS + 90 * DAY_NS) == ""
    assert account.must_change(CHEAP, BEGIN_NS + 90 * DAY_NS + 1) == "expired"
    assert account.must_change(replace(CHEAP, password_days=0), BEGIN_NS + 900 * DAY_NS) == ""
    assert read_account({**ROW, "secret_until_ns": 5}).must_change(CHEAP, BEGIN_NS) == "temporary"


@pytest.mark.parametrize("name", ["li", "  Li ", "a.b-c_d9", "x", "9" * 64])
def test_names(name: str) -> None:
    """One spelling, small."""
    assert check_name(name) == name.strip().lower()


@pytest.mark.parametrize("name", ["", " ", "-li", "li.", "l i", "a" * 65, "李", "li\n.", "l/i", "\u0131d", "root\0"])
def test_names_that_are_none(name: str) -> None:
    """Nothing that looks like another, or breaks a line or a path."""
    with pytest.raises(UsageError, match="no name of an account"):
        check_name(name)


@given(st.text(max_size=70))
def test_any_text_as_a_name(text: str) -> None:
    """It is a name in ASCII, or told to be none."""
    with suppress(UsageError):
        name = check_name(text)
        assert NAME.fullmatch(name)
        assert name.isascii()


def test_machines(office: Office) -> None:
    """A sensor has no password, and cannot be given one."""
    account, secret = office.accounts.create("probe-1", ["sensor"], ADMIN, enterprises=["chem"])
    assert (account.is_machine, secret, account.password_ns) == (True, "", 0)
    with pytest.raises(UsageError, match="machines use API tokens"):
        office.accounts.reset("probe-1", ADMIN)
    with pytest.raises(UsageError, match="machines use API tokens"):
        office.accounts.begin_totp("probe-1", ADMIN)
