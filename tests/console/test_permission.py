"""Roles and permissions: complete, apart, and refused in wrong company."""

from __future__ import annotations

from itertools import combinations

import pytest

from console.permission import (
    DUTIES,
    PARK_WIDE,
    PERMISSIONS,
    ROLE_NAMES,
    ROLES,
    check_permissions,
    check_roles,
    list_permissions,
)
from wanglou.errors import UsageError

APART = {"administration", "operation", "audit"}


def test_every_role_has_permissions_and_a_duty() -> None:
    """The tables name each role once, with permissions there are."""
    assert set(ROLES) == set(DUTIES) == set(ROLE_NAMES)
    assert all(ROLES[role] and ROLES[role] <= set(PERMISSIONS) for role in ROLE_NAMES)


def test_every_permission_belongs_to_somebody() -> None:
    """No route asks for what nobody has."""
    assert list_permissions(ROLE_NAMES) == set(PERMISSIONS)


def test_the_duties_are_apart() -> None:
    """Whoever administers neither sees packets nor decides; only the auditor reads the audit, and nothing else."""
    admin = ROLES["park_admin"]
    assert not any(one.split(".")[1] in ("triage", "decide", "suppress", "tune") for one in admin)
    assert not admin & {"packets.read", "alerts.read", "incidents.read", "hunt.read", "audit.read"}
    assert [role for role in ROLE_NAMES if "audit.read" in ROLES[role]] == ["auditor"]
    assert ROLES["auditor"] == {"account.own", "audit.read", "help.read"}
    managing = {role for role in ROLE_NAMES if ROLES[role] & {"users.manage", "settings.manage", "store.manage"}}
    assert managing == {"park_admin"}


def test_one_account_has_one_duty() -> None:
    """Every pair of roles of two duties is refused, every pair of one duty admitted."""
    for pair in combinations(ROLE_NAMES, 2):
        if len({DUTIES[role] for role in pair}) == 1:
            assert check_roles(pair) == set(pair)
        else:
            with pytest.raises(UsageError, match="roles of several duties"):
                check_roles(pair)
    with pytest.raises(UsageError, match="several duties"):
        check_roles(["park_admin", "analyst", "auditor"])


@pytest.mark.parametrize(("names", "told"), [([], "needs a role"), (["root"], "no role 'root'")])
def test_roles_that_are_none(names: list[str], told: str) -> None:
    """An account has a role, and one there is."""
    with pytest.raises(UsageError, match=told):
        check_roles(names)


def test_permissions_that_are_none() -> None:
    """A name that is no permission is told."""
    assert check_permissions(["alerts.read"]) == {"alerts.read"}
    with pytest.raises(UsageError, match=r"no permission 'alerts\.write'"):
        check_permissions(["alerts.read", "alerts.write"])


def test_who_is_bound_to_enterprises_changes_nothing_of_the_park() -> None:
    """Whatever the role; and an enterprise's user never had any of it."""
    for role in ROLE_NAMES:
        assert list_permissions([role], is_bound=True) == ROLES[role] - PARK_WIDE
    assert set(PERMISSIONS) >= PARK_WIDE
    assert not ROLES["enterprise_user"] & PARK_WIDE
    assert not any(one.split(".")[1] in ("manage", "tune") for one in set(PERMISSIONS) - PARK_WIDE - {"tokens.manage"})


def test_an_enterprise_user_reads_only() -> None:
    """Nothing that a user of an enterprise may do changes what the park keeps."""
    assert {one.split(".")[1] for one in ROLES["enterprise_user"]} == {"own", "read"}
    assert "packets.read" not in ROLES["enterprise_user"]
