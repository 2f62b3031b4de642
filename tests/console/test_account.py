"""What the administrator decides about accounts."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from console.account import FIRST, check_enterprises
from console.scope import Scope
from console.sign_in import Refusal, SignedIn
from tests.support.accounts import ADMIN, HERE, OTHER, PASSWORD, Office
from wanglou.audit import Actor
from wanglou.errors import ConflictError, UsageError


def test_the_first_administrator(office: Office) -> None:
    """It is made with a secret that works once it is the newest, and must be changed; then there is none any more."""
    first = office.accounts.begin()
    second = office.accounts.begin()
    assert first is not None
    assert second is not None
    assert second[0].name == FIRST
    assert second[0].roles == {"park_admin"}
    assert first[1] != second[1]
    assert office.accounts.sign_in(FIRST, first[1], "", HERE) == Refusal("wrong")
    done = office.accounts.sign_in(FIRST, second[1], "", HERE)
    assert isinstance(done, SignedIn)
    assert done.must_change == "temporary"
    assert office.accounts.begin() is None
    office.accounts.change_password(FIRST, second[1], PASSWORD, HERE)
    assert office.accounts.begin() is None
    assert {row.actor for row in office.audit()[:2]} == {"system:console"}


def test_no_first_administrator_where_there_are_accounts(office: Office) -> None:
    """Somebody made others at the command line: nothing is made beside them."""
    office.accounts.create("li", ["park_admin"], ADMIN)
    assert office.accounts.begin() is None
    assert [one.name for one in office.accounts.list()] == ["li"]


def test_accounts_are_made_and_listed(office: Office) -> None:
    """By name, with what they may do and see; the audit says who made them, and not their secret."""
    office.accounts.create("wu", ["enterprise_user"], ADMIN, enterprises=["chem", "water"], display="吴\x1b[31m")
    account, _ = office.accounts.create("li", ["analyst", "responder"], ADMIN)
    assert [one.name for one in office.accounts.list()] == ["li", "wu"]
    assert account.scope.is_whole
    wu = office.accounts.find("wu")
    assert wu is not None
    assert wu.scope == Scope(frozenset({"chem", "water"}))
    assert wu.display == "吴?[31m"
    assert office.accounts.find("nobody") is None
    row = office.audit()[0]
    assert (row.actor, row.origin, row.subject) == (ADMIN.name, ADMIN.origin, "wu")
    assert json.loads(row.after or "")["enterprises"] == '["chem", "water"]'


@pytest.mark.parametrize(
    ("name", "roles", "enterprises", "told"),
    [
        ("li", ["analyst"], [], "there is an account 'li'"),
        ("LI", ["analyst"], [], "there is an account 'li'"),
        ("w u", ["analyst"], [], "no name of an account"),
        ("wu", [], [], "needs a role"),
        ("wu", ["park_admin", "auditor"], [], "several duties"),
        ("wu", ["enterprise_user"], [], "needs one"),
        ("wu", ["enterprise_user"], ["chem", " "], "has no name"),
    ],
)
def test_accounts_that_cannot_be(
    office: Office, name: str, roles: list[str], enterprises: list[str], told: str
) -> None:
    """What is wrong is told, and nothing is made."""
    office.accounts.create("li", ["analyst"], ADMIN)
    with pytest.raises(UsageError, match=told):
        office.accounts.create(name, roles, ADMIN, enterprises=enterprises)
    assert len(office.accounts.list()) == len(office.audit()) == 1


def test_resetting(office: Office) -> None:
    """Another secret, no sessions, no former failures; the second factor goes only where that is said."""
    office.add("li")
    office.enrol()
    office.clock.pass_by(60)
    secret = office.accounts.reset("li", ADMIN)
    account = office.accounts.find("li")
    assert account is not None
    assert account.has_totp
    secret = office.accounts.reset("li", ADMIN, totp=True)
    done = office.accounts.sign_in("li", secret, "", HERE)
    assert isinstance(done, SignedIn)
    assert (done.must_change, done.account.has_totp) == ("temporary", False)
    with pytest.raises(UsageError, match="no account 'nobody'"):
        office.accounts.reset("nobody", ADMIN)


def test_rights_that_change_end_sessions(office: Office) -> None:
    """Other roles, other enterprises, locking, resetting: whoever was signed in must sign in again."""
    office.add("wu", "enterprise_user", enterprises=("chem",))
    changes: tuple[Callable[[], object], ...] = (
        lambda: office.accounts.set_roles("wu", ["enterprise_user"], ADMIN, enterprises=["water"]),
        lambda: office.accounts.set_roles("wu", ["analyst"], ADMIN, enterprises=[]),
        lambda: office.accounts.lock("wu", "left", ADMIN),
    )
    for change in changes:
        cookie, _ = office.sessions.begin(office.enter("wu").account, HERE)
        change()
        assert office.sessions.find(cookie) is None
    office.accounts.unlock("wu", ADMIN)
    cookie, _ = office.sessions.begin(office.enter("wu").account, HERE)
    office.accounts.reset("wu", ADMIN)
    assert office.sessions.find(cookie) is None


def test_the_same_rights_end_nothing(office: Office) -> None:
    """What changes nothing is not audited and ends no session."""
    office.add("li")
    cookie, _ = office.sessions.begin(office.enter().account, HERE)
    count = len(office.audit())
    office.accounts.set_roles("li", ["analyst"], ADMIN)
    office.accounts.set_display("li", "", ADMIN)
    assert office.sessions.find(cookie) is not None
    assert len(office.audit()) == count


def test_roles_of_several_duties(office: Office) -> None:
    """Neither at once nor later."""
    office.add("li")
    with pytest.raises(UsageError, match="several duties"):
        office.accounts.set_roles("li", ["analyst", "auditor"], ADMIN)
    with pytest.raises(UsageError, match="does not become a machine's"):
        office.accounts.set_roles("li", ["sensor"], ADMIN)
    with pytest.raises(UsageError, match="needs one"):
        office.accounts.set_roles("li", ["enterprise_user"], ADMIN)


def test_somebody_administers(office: Office) -> None:
    """The last administrator is neither locked nor given other roles, while others are as one likes."""
    office.add("li")
    office.accounts.lock("li", "left", ADMIN)
    office.add("root", "park_admin")
    changes: tuple[Callable[[], object], ...] = (
        lambda: office.accounts.lock("root", "left", ADMIN),
        lambda: office.accounts.set_roles("root", ["auditor"], ADMIN),
    )
    for change in changes:
        with pytest.raises(UsageError, match="no administrator would be left"):
            change()
    root = office.accounts.find("root")
    assert root is not None
    assert root.is_active
    assert root.roles == {"park_admin"}
    office.add("boss", "park_admin")
    office.accounts.lock("root", "left", ADMIN)


def test_locking_needs_a_reason(office: Office) -> None:
    """It is kept and told."""
    office.add("li")
    with pytest.raises(UsageError, match="needs a reason"):
        office.accounts.lock("li", "  ", ADMIN)
    assert office.accounts.lock("li", " left ", ADMIN).reason == "left"
    assert office.accounts.unlock("li", ADMIN).reason == ""


def test_two_administrators_at_once(office: Office) -> None:
    """Whoever decided on what was read before is told that it changed."""
    version = office.add("li").version
    office.accounts.set_display("li", "Li Lei", ADMIN, expected=version)
    changes: tuple[Callable[[], object], ...] = (
        lambda: office.accounts.set_roles("li", ["responder"], ADMIN, expected=version),
        lambda: office.accounts.lock("li", "left", ADMIN, expected=version),
        lambda: office.accounts.reset("li", ADMIN, expected=version),
        lambda: office.accounts.unlock("li", ADMIN, expected=version),
    )
    for change in changes:
        with pytest.raises(ConflictError, match="changed meanwhile"):
            change()
    assert office.actions()[-1] == "changed"


def test_signing_in_changes_no_version(office: Office) -> None:
    """An administrator's page is not out of date because somebody signed in."""
    account = office.add("li")
    assert office.enter().account.version == account.version


def test_preferences(office: Office) -> None:
    """They are kept, one beside the other, and bounded."""
    office.add("li")
    own = Actor("user:li", HERE)
    office.accounts.set_preferences("li", {"language": "en"}, own)
    assert office.accounts.set_preferences("li", {"theme": "dark"}, own).preferences == {
        "language": "en",
        "theme": "dark",
    }
    for many in ({f"key-{number}": "" for number in range(33)}, {"zone": "x" * 257}):
        with pytest.raises(UsageError, match="too many preferences"):
            office.accounts.set_preferences("li", many, own)


def test_every_change_is_audited(office: Office) -> None:
    """Who did what to whom, from where, in order; and the chain holds."""
    office.accounts.create("li", ["analyst"], ADMIN)
    secret = office.accounts.reset("li", ADMIN)
    office.accounts.change_password("li", secret, PASSWORD, HERE)
    office.enrol("li")
    office.accounts.renew_recovery("li", ADMIN)
    office.accounts.remove_totp("li", ADMIN)
    office.accounts.change_password("li", PASSWORD, OTHER, HERE)
    office.accounts.set_roles("li", ["responder"], ADMIN)
    office.accounts.lock("li", "left", ADMIN)
    office.accounts.unlock("li", ADMIN)
    rows = office.audit()
    assert [row.action.removeprefix("account.") for row in rows] == [
        "created", "reset", "password_changed", "totp_begun", "totp_enrolled", "recovery_renewed", "totp_removed",
        "password_changed", "entitled", "locked", "unlocked",
    ]  # fmt: skip
    assert {row.subject for row in rows} == {"li"}
    assert {(row.actor, row.origin) for row in rows} == {("user:root", "10.0.0.1"), ("user:li", HERE)}
    assert json.loads(rows[8].before or "")["roles"] == '["analyst"]'
    assert office.ledger.verify().findings == []


def test_enterprises_are_trimmed() -> None:
    """Names are those of the site file, without spaces around them."""
    assert check_enterprises(["enterprise_user"], [" chem ", "chem"]) == {"chem"}
