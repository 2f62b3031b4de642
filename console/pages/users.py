"""Pages of accounts, for the administrator: who there is, what they may do and see, and ways back in."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from starlette.responses import Response

from console.permission import ROLE_NAMES, Permission
from console.rendering import render
from console.routing import Now, Pages, redirect
from console.table import Column, Table, choose_columns
from console.toast import Toast, add_toast
from console.translation import tell_fault
from console.views import users as views
from console.views.users import (
    SECRET_HEADERS,
    STATE_CHOICES,
    create_user,
    entitle_user,
    find_account,
    get_user,
    issue_machine_token,
    list_grants,
    list_roles,
    list_users,
)
from console.visit import Visit
from wanglou.errors import UsageError

router = Pages("users")
COLUMNS = (
    Column("name", "users.column_name", is_fixed=True),
    Column("person", "users.column_person"),
    Column("roles", "users.column_roles", is_wide=True),
    Column("enterprises", "users.column_enterprises"),
    Column("state", "users.column_state"),
    Column("factor", "users.column_factor"),
    Column("signed", "users.column_signed"),
    Column("origin", "users.column_origin", is_usual=False),
    Column("sessions", "users.column_sessions", is_usual=False, is_number=True),
    Column("tokens", "users.column_tokens", is_usual=False, is_number=True),
)


@router.get("/users", permission="users.manage")
def show_list(visit: Now) -> Response:
    """Show the accounts."""
    rows = list_users(visit)
    states = [(name, visit.say(f"users.choice_{name}")) for name in STATE_CHOICES]
    values: dict[str, Any] = {
        "table": Table(COLUMNS, rows, chosen=choose_columns(visit, COLUMNS)),
        "states": states,
        "roles": [("", visit.say("users.any_role")), *((name, visit.say(f"role.{name}")) for name in ROLE_NAMES)],
        "active": sum(row.account.is_active for row in rows),
    }
    if selected := visit.asked("selected"):
        values |= _tell(visit, selected)
    return render(visit, "pages/users/list.html", values)


@router.get("/users/~new", permission="users.manage")
def show_new(visit: Now) -> Response:
    """Show the form for a new account."""
    return _show_new(visit, {})


@router.get("/users/~roles", permission="users.manage")
def show_roles(visit: Now) -> Response:
    """Show which role may do what."""
    return render(visit, "pages/users/roles.html", {"roles": list_roles()})


@router.post("/users", permission="users.manage")
def create(visit: Now) -> Response:
    """Make an account, and show its one-time secret, once."""
    name, display = _field(visit, "name"), _field(visit, "display")
    try:
        account, secret = create_user(visit, name, _list(visit, "role"), _list(visit, "enterprise"), display)
    except UsageError as error:
        return _show_new(visit, {"name": tell_fault(error, visit.language)})
    return _show_secret(visit, account.name, secret, "created")


@router.get("/users/{name}", permission="users.manage")
def show_one(visit: Now, name: str) -> Response:
    """Show one account, by itself or in the side panel of the list."""
    template = "pages/users/panel.html" if visit.target == "side" else "pages/users/one.html"
    return render(visit, template, _tell(visit, name))


@router.post("/users/{name}/rights", permission="users.manage")
def entitle(visit: Now, name: str) -> Response:
    """Give an account other roles and enterprises; its sessions end."""
    try:
        entitle_user(visit, name, _list(visit, "role"), _list(visit, "enterprise"), _version(visit))
    except UsageError as error:
        return _show_one(visit, name, {"rights": tell_fault(error, visit.language)})
    return _done(visit, name, "entitled")


@router.post("/users/{name}/display", permission="users.manage")
def name_person(visit: Now, name: str) -> Response:
    """Name the person of an account."""
    account = find_account(visit.services.door, name)
    accounts = visit.services.door.accounts
    accounts.set_display(account.name, _field(visit, "display"), visit.actor, expected=_version(visit))
    return _done(visit, name, "changed")


@router.post("/users/{name}/lock", permission="users.manage")
def lock(visit: Now, name: str) -> Response:
    """Lock an account, for a reason."""
    account = find_account(visit.services.door, name)
    try:
        visit.services.door.accounts.lock(account.name, _field(visit, "reason"), visit.actor, expected=_version(visit))
    except UsageError as error:
        return _show_one(visit, name, {"reason": tell_fault(error, visit.language)})
    return _done(visit, name, "locked")


@router.post("/users/{name}/unlock", permission="users.manage")
def unlock(visit: Now, name: str) -> Response:
    """Unlock an account and forget its failures."""
    account = find_account(visit.services.door, name)
    visit.services.door.accounts.unlock(account.name, visit.actor, expected=_version(visit))
    return _done(visit, name, "unlocked")


@router.post("/users/{name}/reset", permission="users.manage")
def reset(visit: Now, name: str) -> Response:
    """Give an account a one-time secret in place of its password, and show it, once."""
    account = find_account(visit.services.door, name)
    try:
        secret = visit.services.door.accounts.reset(
            account.name, visit.actor, totp=bool(visit.form.get("totp")), expected=_version(visit)
        )
    except UsageError as error:
        return _show_one(visit, name, {"reset": tell_fault(error, visit.language)})
    return _show_secret(visit, account.name, secret, "reset")


@router.post("/users/{name}/sessions/end", permission="users.manage")
def end_sessions(visit: Now, name: str) -> Response:
    """End all sessions of an account."""
    account = find_account(visit.services.door, name)
    visit.services.door.sessions.end_all(account.name, visit.actor)
    return _done(visit, name, "ended")


@router.post("/users/{name}/tokens", permission="users.manage")
def issue_token(visit: Now, name: str) -> Response:
    """Make a token of a machine's account, and show it, once."""
    days = _field(visit, "days")
    number = int(days) if days.isascii() and days.isdigit() and len(days) < 5 else 0
    try:
        secret, token = issue_machine_token(visit, name, _field(visit, "label"), _list(visit, "permission"), number)
    except UsageError as error:
        return _show_one(visit, name, {"label": tell_fault(error, visit.language)})
    return _show_secret(visit, token.account.name, secret, "token", token.permissions)


@router.post("/users/{name}/tokens/{identity}/revoke", permission="users.manage")
def revoke_token(visit: Now, name: str, identity: str) -> Response:
    """End a token of an account."""
    account = find_account(visit.services.door, name)
    views.revoke_token(visit, account.name, identity)
    return _done(visit, name, "revoked")


def _show_new(visit: Visit, faults: dict[str, str]) -> Response:
    kept = {"name": _field(visit, "name"), "display": _field(visit, "display")}
    values = {"faults": faults, "kept": kept, "chosen": _list(visit, "role"), "bound": _list(visit, "enterprise")}
    return render(visit, "pages/users/new.html", values | _choices(visit), status=422 if faults else 200)


def _show_one(visit: Visit, name: str, faults: dict[str, str]) -> Response:
    return render(visit, "pages/users/one.html", _tell(visit, name) | {"faults": faults}, status=422)


def _show_secret(visit: Visit, name: str, secret: str, why: str, granted: Collection[Permission] = ()) -> Response:
    values = {
        "name": name,
        "secret": secret,
        "why": why,
        "granted": granted,
        "hours": visit.services.door.security.secret_hours,
    }
    return render(visit, "pages/users/secret.html", values, headers=SECRET_HEADERS)


def _tell(visit: Visit, name: str) -> dict[str, Any]:
    user = get_user(visit, name)
    return {"user": user, "faults": {}, "grants": list_grants(user.account)} | _choices(visit)


def _choices(visit: Visit) -> dict[str, Any]:
    enterprises = [(one.id, one.name.zh if visit.language == "zh" else one.name.en)
                   for one in visit.services.site.enterprises]  # fmt: skip
    return {"role_rows": list_roles(), "enterprises": enterprises}


def _done(visit: Visit, name: str, what: str) -> Response:
    return add_toast(redirect(f"/users/{name.strip().lower()}"), Toast(visit.say(f"users.done_{what}", name=name[:64])))


def _version(visit: Visit) -> int | None:
    text = _field(visit, "version")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None


def _field(visit: Visit, name: str) -> str:
    return str(visit.form.get(name, ""))[:1_000]


def _list(visit: Visit, name: str) -> list[str]:
    return [str(one) for one in visit.form.getlist(name)][:100]
