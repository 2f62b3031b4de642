"""The API of accounts, for the administrator."""

from __future__ import annotations

from typing import Annotated

from fastapi import Header, Query
from pydantic import BaseModel
from starlette.responses import JSONResponse, Response

from console.account_row import Account
from console.api.user_schema import (
    Lock,
    Made,
    MadeToken,
    NewToken,
    NewUser,
    Reset,
    RoleItem,
    RoleItems,
    SessionItem,
    SessionItems,
    TokenItem,
    TokenItems,
    User,
    UserChange,
    Users,
)
from console.figures import write_time
from console.problem import CHANGES
from console.routing import Api, Now
from console.session import Session
from console.token import Token
from console.views import users as views
from console.views.users import (
    SECRET_HEADERS,
    StateChoice,
    create_user,
    entitle_user,
    find_account,
    issue_machine_token,
    list_roles,
    list_users,
    read_version,
    write_version,
)
from wanglou.errors import UsageError

router = Api("users")
IfMatch = Annotated[str | None, Header(description="ETag that the account was read with, or * for any.")]
Text = Annotated[str, Query(max_length=256)]
_CHANGES = {**dict(CHANGES)}


@router.get("/users", permission="users.manage", response_model=Users)
def list_them(visit: Now, q: Text = "", state: StateChoice = "all", role: Text = "") -> Users:
    """List the accounts by name."""
    del q, state, role  # the visit reads them, as for pages
    return Users(items=[describe(row.account) for row in list_users(visit)])


@router.get("/roles", permission="users.manage", response_model=RoleItems)
def list_their_roles(visit: Now) -> RoleItems:
    """List the roles with what they may do."""
    del visit
    return RoleItems(
        items=[RoleItem(name=one.name, duty=one.duty, permissions=[*one.permissions]) for one in list_roles()]
    )


@router.post("/users", permission="users.manage", response_model=Made, status_code=201)
def create(visit: Now, new: NewUser) -> Response:
    """Make an account; the answer holds its one-time secret."""
    account, secret = create_user(visit, new.name, new.roles, new.enterprises, new.display)
    return _answer(account, Made(user=describe(account), secret=secret), 201)


@router.get("/users/{name}", permission="users.manage", response_model=User)
def get_one(visit: Now, name: str) -> Response:
    """Give one account, with its ETag."""
    account = find_account(visit.services.door, name)
    return _answer(account, describe(account))


@router.patch("/users/{name}", permission="users.manage", response_model=User, responses=_CHANGES)
def change_one(visit: Now, name: str, change: UserChange, if_match: IfMatch = None) -> Response:
    """Change roles, enterprises or the person's name, if the account is still as it was read."""
    expected = read_version(if_match)
    accounts, account = visit.services.door.accounts, find_account(visit.services.door, name)
    if change.roles is not None or change.enterprises is not None:
        roles = sorted(account.roles) if change.roles is None else change.roles
        enterprises = sorted(account.enterprises) if change.enterprises is None else change.enterprises
        account = entitle_user(visit, account.name, roles, enterprises, expected)
        expected = account.version
    if change.display is not None:
        account = accounts.set_display(account.name, change.display, visit.actor, expected=expected)
    return _answer(account, describe(account))


@router.post("/users/{name}/reset", permission="users.manage", response_model=Made, responses=_CHANGES)
def reset(visit: Now, name: str, how: Reset, if_match: IfMatch = None) -> Response:
    """Give an account a one-time secret in place of its password; its sessions end."""
    expected, account = read_version(if_match), find_account(visit.services.door, name)
    secret = visit.services.door.accounts.reset(account.name, visit.actor, totp=how.totp, expected=expected)
    account = find_account(visit.services.door, name)
    return _answer(account, Made(user=describe(account), secret=secret))


@router.post("/users/{name}/lock", permission="users.manage", response_model=User, responses=_CHANGES)
def lock(visit: Now, name: str, why: Lock, if_match: IfMatch = None) -> Response:
    """Lock an account: its sessions end, its tokens are refused."""
    expected, account = read_version(if_match), find_account(visit.services.door, name)
    account = visit.services.door.accounts.lock(account.name, why.reason, visit.actor, expected=expected)
    return _answer(account, describe(account))


@router.post("/users/{name}/unlock", permission="users.manage", response_model=User, responses=_CHANGES)
def unlock(visit: Now, name: str, if_match: IfMatch = None) -> Response:
    """Unlock an account and forget its failures."""
    expected, account = read_version(if_match), find_account(visit.services.door, name)
    account = visit.services.door.accounts.unlock(account.name, visit.actor, expected=expected)
    return _answer(account, describe(account))


@router.get("/users/{name}/sessions", permission="users.manage", response_model=SessionItems)
def list_sessions(visit: Now, name: str) -> SessionItems:
    """List the sessions of an account."""
    account = find_account(visit.services.door, name)
    return SessionItems(items=[describe_session(one) for one in visit.services.door.sessions.list(account.name)])


@router.delete("/users/{name}/sessions", permission="users.manage", status_code=204)
def end_sessions(visit: Now, name: str) -> Response:
    """End all sessions of an account."""
    account = find_account(visit.services.door, name)
    visit.services.door.sessions.end_all(account.name, visit.actor)
    return Response(status_code=204)


@router.get("/users/{name}/tokens", permission="users.manage", response_model=TokenItems)
def list_tokens(visit: Now, name: str) -> TokenItems:
    """List the tokens of an account."""
    account = find_account(visit.services.door, name)
    return TokenItems(items=[describe_token(one) for one in visit.services.door.tokens.list(account.name)])


@router.post("/users/{name}/tokens", permission="users.manage", response_model=MadeToken, status_code=201)
def issue_token(visit: Now, name: str, new: NewToken) -> Response:
    """Make a token of a machine's account; people make their own."""
    if new.enterprises is not None:
        raise UsageError("a machine's token sees what its account sees", do="leave enterprises out")
    secret, token = issue_machine_token(visit, name, new.name, new.permissions, new.days)
    made = MadeToken(token=describe_token(token), secret=secret)
    return JSONResponse(made.model_dump(), 201, headers=dict(SECRET_HEADERS))


@router.delete("/users/{name}/tokens/{identity}", permission="users.manage", status_code=204)
def revoke_token(visit: Now, name: str, identity: str) -> Response:
    """End a token of an account."""
    account = find_account(visit.services.door, name)
    views.revoke_token(visit, account.name, identity)
    return Response(status_code=204)


def describe(account: Account) -> User:
    """Give an account as the API does."""
    return User(
        name=account.name,
        display=account.display,
        roles=sorted(account.roles),
        enterprises=sorted(account.enterprises),
        permissions=sorted(account.permissions),
        state=account.state,
        reason=account.reason,
        created=tell_time(account.created_ns),
        signed_in=tell_time(account.signed_ns),
        signed_in_from=account.signed_origin,
        has_second_factor=account.has_totp,
        version=account.version,
    )


def describe_session(one: Session, current: str = "") -> SessionItem:
    """Give a session as the API does."""
    return SessionItem(
        id=one.id,
        began=tell_time(one.began_ns),
        seen=tell_time(one.seen_ns),
        origin=one.origin,
        agent=one.agent,
        is_current=one.id == current,
    )


def describe_token(one: Token) -> TokenItem:
    """Give a token as the API does."""
    return TokenItem(
        id=one.id,
        name=one.name,
        permissions=sorted(one.permissions),
        enterprises=None if one.enterprises is None else sorted(one.enterprises),
        created=tell_time(one.created_ns),
        expires=tell_time(one.expires_ns),
        used=tell_time(one.used_ns),
        used_from=one.used_origin,
    )


def tell_time(ns: int) -> str | None:
    """Write a time as RFC 3339; null for 0, which means never."""
    return write_time(ns, 3) if ns else None


def _answer(account: Account, body: BaseModel, status: int = 200) -> Response:
    return JSONResponse(body.model_dump(), status, headers={**SECRET_HEADERS, "etag": write_version(account)})
