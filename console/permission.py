"""Who may do what: the one table of roles and permissions.

Administration, operation and audit are apart (三员分立; GB/T 22239-2019, 8.1.5: 系统管理, 安全管理, 审计管理): no
account holds roles of two of these duties, and only the auditor reads the audit. Which permission belongs to which role
is our own choice; the standard names the duties only.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Literal, get_args

from wanglou.errors import UsageError

Permission = Literal[
    "account.own",
    "alerts.read",
    "alerts.suppress",
    "alerts.triage",
    "assets.edit",
    "assets.read",
    "audit.read",
    "captures.delete",
    "captures.read",
    "captures.upload",
    "help.read",
    "hunt.export",
    "hunt.read",
    "identifiers.read",
    "incidents.decide",
    "incidents.read",
    "overview.read",
    "packets.read",
    "posture.read",
    "risk.read",
    "risk.tune",
    "rules.read",
    "rules.tune",
    "sensors.manage",
    "sensors.read",
    "sensors.report",
    "settings.manage",
    "store.manage",
    "store.read",
    "tokens.manage",
    "users.manage",
    "wall.read",
]
"""What a route may ask for: ``<subject>.<verb>``.

``account.own`` is one's own password, second factor, sessions and preferences; ``tokens.manage`` one's own API tokens;
``sensors.report`` the sending of records by a sensor; ``posture.read`` what the province fetches.
"""
PERMISSIONS: tuple[Permission, ...] = get_args(Permission)

Role = Literal[
    "park_admin", "analyst", "responder", "enterprise_user", "reviewer", "auditor", "leader", "sensor", "province"
]
ROLE_NAMES: tuple[Role, ...] = get_args(Role)

Duty = Literal["administration", "operation", "audit", "enterprise", "machine"]
"""What a role is there for; one account has roles of one duty."""

_READ: frozenset[Permission] = frozenset(
    {"account.own", "help.read", "overview.read", "alerts.read", "incidents.read", "assets.read", "risk.read"}
)
_ANALYST: frozenset[Permission] = _READ | {
    "alerts.suppress",
    "alerts.triage",
    "assets.edit",
    "captures.read",
    "captures.upload",
    "hunt.export",
    "hunt.read",
    "identifiers.read",
    "incidents.decide",
    "packets.read",
    "risk.tune",
    "rules.read",
    "rules.tune",
    "sensors.read",
    "store.read",
    "tokens.manage",
    "wall.read",
}
ROLES: Mapping[Role, frozenset[Permission]] = {
    "park_admin": frozenset(
        {
            "account.own",
            "captures.delete",
            "captures.read",
            "help.read",
            "sensors.manage",
            "sensors.read",
            "settings.manage",
            "store.manage",
            "store.read",
            "tokens.manage",
            "users.manage",
        }
    ),
    "analyst": _ANALYST,
    "responder": (_ANALYST - {"risk.tune", "rules.tune"}) | {"captures.delete"},
    "enterprise_user": _READ | {"captures.read", "identifiers.read"},
    "reviewer": _READ | {"identifiers.read"},
    "auditor": frozenset({"account.own", "audit.read", "help.read"}),
    "leader": frozenset({"account.own", "help.read", "incidents.read", "overview.read", "risk.read", "wall.read"}),
    "sensor": frozenset({"sensors.report"}),
    "province": frozenset({"posture.read"}),
}
"""What each role may do."""
DUTIES: Mapping[Role, Duty] = {
    "park_admin": "administration",
    "analyst": "operation",
    "responder": "operation",
    "reviewer": "operation",
    "leader": "operation",
    "auditor": "audit",
    "enterprise_user": "enterprise",
    "sensor": "machine",
    "province": "machine",
}
"""Which duty each role belongs to."""
PARK_WIDE: frozenset[Permission] = frozenset(
    {
        "audit.read",
        "captures.delete",
        "captures.upload",
        "risk.tune",
        "rules.tune",
        "sensors.manage",
        "sensors.read",
        "settings.manage",
        "store.manage",
        "store.read",
        "users.manage",
        "wall.read",
    }
)
"""What concerns the whole park: nobody has it who is bound to enterprises, whatever the role."""


def check_roles(names: Collection[str]) -> frozenset[Role]:
    """Give the roles of these names; raises UsageError for none, unknown ones, and roles of several duties."""
    unknown = sorted(set(names) - set(ROLE_NAMES))
    if unknown or not names:
        what = f"no role {unknown[0]!r}" if unknown else "an account needs a role"
        raise UsageError(what, do=f"give one of {', '.join(ROLE_NAMES)}")
    roles: frozenset[Role] = frozenset(role for role in ROLE_NAMES if role in names)
    duties = sorted({DUTIES[role] for role in roles})
    if len(duties) > 1:
        raise UsageError(
            f"{' and '.join(sorted(roles))} are roles of several duties: {', '.join(duties)}",
            do="give one account roles of one duty: administration, operation and audit stay apart",
        )
    return roles


def list_permissions(roles: Collection[Role], *, is_bound: bool = False) -> frozenset[Permission]:
    """Give all that these roles may do together; ``is_bound`` to enterprises, nothing that is park-wide."""
    found: frozenset[Permission] = frozenset().union(*(ROLES[role] for role in roles))
    return found - PARK_WIDE if is_bound else found


def check_permissions(names: Collection[str]) -> frozenset[Permission]:
    """Give the permissions of these names; raises UsageError for unknown ones."""
    if unknown := sorted(set(names) - set(PERMISSIONS)):
        raise UsageError(f"no permission {unknown[0]!r}", do=f"give one of {', '.join(PERMISSIONS)}")
    return frozenset(one for one in PERMISSIONS if one in names)
