"""API tokens."""

from __future__ import annotations

from dataclasses import replace

import pytest

from console.scope import Scope
from console.token import PREFIX, Tokens
from tests.support.accounts import ADMIN, HERE, Office
from wanglou.errors import UsageError


def test_a_conversation(office: Office) -> None:
    """Issued, found, used, revoked; the audit tells the first and the last."""
    office.add("li")
    secret, token = office.tokens.issue("li", "export at night", ["alerts.read", "hunt.export"], ADMIN)
    assert secret.startswith(PREFIX)
    assert token.permissions == {"alerts.read", "hunt.export"}
    office.clock.pass_by(5)
    found = office.tokens.find(secret, HERE)
    assert found is not None
    assert (found.id, found.account.name, found.scope) == (token.id, "li", Scope(None))
    (listed,) = office.tokens.list("li")
    assert (listed.used_ns, listed.used_origin) == (office.clock.now_ns, HERE)
    office.tokens.revoke(token.id, ADMIN)
    assert office.tokens.find(secret) is None
    assert office.tokens.list() == []
    assert office.actions("token") == ["issued", "revoked"]


def test_a_token_may_do_what_its_owner_may_now(office: Office) -> None:
    """Less when the owner gets less, nothing when it is locked, all it was granted when rights come back."""
    office.add("li")
    secret, _ = office.tokens.issue("li", "script", ["alerts.read", "rules.tune"], ADMIN)

    def permitted() -> set[str] | None:
        found = office.tokens.find(secret)
        return None if found is None else set(found.permissions)

    office.accounts.set_roles("li", ["responder"], ADMIN)
    assert permitted() == {"alerts.read"}
    office.accounts.set_roles("li", ["auditor"], ADMIN)
    assert permitted() == set()
    office.accounts.set_roles("li", ["analyst"], ADMIN)
    assert permitted() == {"alerts.read", "rules.tune"}
    office.accounts.lock("li", "left", ADMIN)
    assert permitted() is None


def test_a_token_sees_what_its_owner_sees_now(office: Office) -> None:
    """Of the enterprises it was granted, those that the owner still has."""
    office.add("wu", "enterprise_user", enterprises=("chem", "water"))
    narrow, _ = office.tokens.issue("wu", "narrow", ["alerts.read"], ADMIN, enterprises=["chem"])
    wide, _ = office.tokens.issue("wu", "wide", ["alerts.read"], ADMIN)
    office.accounts.set_roles("wu", ["enterprise_user"], ADMIN, enterprises=["water", "steel"])
    found = [office.tokens.find(secret) for secret in (narrow, wide)]
    assert [one and one.scope for one in found] == [Scope(frozenset()), Scope(frozenset({"water", "steel"}))]


def test_a_token_of_the_park_for_one_enterprise(office: Office) -> None:
    """Whoever sees all may let a program see less."""
    office.add("li")
    secret, _ = office.tokens.issue("li", "script", ["alerts.read"], ADMIN, enterprises=["chem"])
    found = office.tokens.find(secret)
    assert found is not None
    assert found.scope == Scope(frozenset({"chem"}))
    with pytest.raises(UsageError, match=r"rules\.tune concerns the whole park"):
        office.tokens.issue("li", "script", ["alerts.read", "rules.tune"], ADMIN, enterprises=["chem"])
    wide, _ = office.tokens.issue("li", "script", ["alerts.read", "rules.tune"], ADMIN)
    office.accounts.set_roles("li", ["analyst"], ADMIN, enterprises=["chem"])
    found = office.tokens.find(wide)
    assert found is not None
    assert found.permissions == {"alerts.read"}


@pytest.mark.parametrize(
    ("name", "permissions", "enterprises", "days", "told"),
    [
        ("x", ["users.manage"], None, 0, "cannot grant users.manage"),
        ("x", ["alerts.read", "account.own"], None, 0, "cannot grant account.own"),
        ("x", ["tokens.manage"], None, 0, "cannot grant tokens.manage"),
        ("x", ["alerts.write"], None, 0, "no permission"),
        ("x", [], None, 0, "a name and a permission"),
        (" ", ["alerts.read"], None, 0, "a name and a permission"),
        ("x", ["alerts.read"], ["steel"], 0, "cannot see all"),
        ("x", ["alerts.read"], [""], 0, "cannot see all"),
        ("x", ["alerts.read"], None, 367, "366 days at most"),
        ("x", ["alerts.read"], None, -1, "366 days at most"),
    ],
)
def test_tokens_that_cannot_be(
    office: Office, name: str, permissions: list[str], enterprises: list[str] | None, days: int, told: str
) -> None:
    """None goes beyond its owner, nor lives for ever, nor makes others."""
    office.add("wu", "enterprise_user", enterprises=("chem",))
    office.accounts.set_roles("wu", ["enterprise_user"], ADMIN)
    with pytest.raises(UsageError, match=told):
        office.tokens.issue("wu", name, permissions, ADMIN, enterprises=enterprises, days=days)
    assert office.tokens.list() == []


def test_tokens_expire(office: Office) -> None:
    """After 90 days, or those that were asked for; they stay listed."""
    office.add("li")
    usual, _ = office.tokens.issue("li", "usual", ["alerts.read"], ADMIN)
    short, _ = office.tokens.issue("li", "short", ["alerts.read"], ADMIN, days=1)
    office.clock.pass_by(86_400)
    assert office.tokens.find(short) is None
    assert office.tokens.find(usual) is not None
    office.clock.pass_by(89 * 86_400)
    assert office.tokens.find(usual) is None
    assert [one.is_expired(office.clock.now_ns) for one in office.tokens.list()] == [True, True]


@pytest.mark.parametrize("secret", ["", PREFIX, f"{PREFIX}x", "x" * 51, "\ud800", f"{PREFIX}' OR 1=1"])
def test_secrets_that_are_none(office: Office, secret: str) -> None:
    """They find nothing."""
    office.add("li")
    office.tokens.issue("li", "script", ["alerts.read"], ADMIN)
    assert office.tokens.find(secret) is None


def test_revoking_ones_own(office: Office) -> None:
    """Another's token is as if it were not there."""
    office.add("li")
    _, token = office.tokens.issue("li", "script", ["alerts.read"], ADMIN)
    for identity, account in ((token.id, "wu"), ("token-none", "")):
        with pytest.raises(UsageError, match="no token"):
            office.tokens.revoke(identity, ADMIN, account=account)
    office.tokens.revoke(token.id, ADMIN, account="li")


def test_tokens_of_an_account_are_bounded(office: Office) -> None:
    """It is told what to do."""
    office.add("li")
    tokens = Tokens(office.ledger, replace(office.security, tokens_each=2), office.clock)
    for number in range(2):
        tokens.issue("li", f"script {number}", ["alerts.read"], ADMIN)
    with pytest.raises(UsageError, match="revoke those"):
        tokens.issue("li", "one more", ["alerts.read"], ADMIN)


def test_machines_have_tokens(office: Office) -> None:
    """A sensor reports by one; a locked account gets none."""
    office.accounts.create("probe", ["sensor"], ADMIN, enterprises=["chem"])
    secret, _ = office.tokens.issue("probe", "probe", ["sensors.report"], ADMIN)
    found = office.tokens.find(secret)
    assert found is not None
    assert found.scope == Scope(frozenset({"chem"}))
    office.accounts.lock("probe", "stolen", ADMIN)
    assert office.tokens.find(secret) is None
    with pytest.raises(UsageError, match="is locked"):
        office.tokens.issue("probe", "probe", ["sensors.report"], ADMIN)


def test_a_permission_that_is_gone(office: Office) -> None:
    """A token of an older program keeps what there is still."""
    office.add("li")
    secret, _ = office.tokens.issue("li", "script", ["alerts.read"], ADMIN)
    with office.ledger.transaction() as connection:
        connection.exec_driver_sql('UPDATE tokens SET permissions = \'["alerts.read", "alerts.hum"]\'')
    found = office.tokens.find(secret)
    assert found is not None
    assert found.permissions == {"alerts.read"}
