"""The API of one's own account; a token reads it at most, as only people change how they sign in."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import Body
from pydantic import BaseModel, Field
from starlette.responses import JSONResponse, Response

from console.api.user_schema import MadeToken, NewToken, SessionItems, TokenItems, User
from console.api.users import describe, describe_session, describe_token
from console.door import Entry
from console.pages.account import guest_of
from console.pages.sign_in import keep_session
from console.password import PasswordError
from console.refusal import Refused
from console.routing import Api, Now
from console.settings import parse_zone
from console.views import users as views
from console.visit import SESSION_COOKIE, Visit
from wanglou.errors import UsageError

router = Api("account")
Secret = Annotated[str, Field(max_length=1_024)]


class Own(BaseModel):
    """One's own account."""

    user: User
    preferences: dict[str, str]


class Preferences(BaseModel):
    """How pages look; what is left out stays."""

    language: Literal["zh", "en"] | None = None
    theme: Literal["auto", "light", "dark"] | None = None
    zone: Annotated[str, Field(max_length=64, description="A name of the IANA database.")] | None = None


class PasswordChange(BaseModel):
    """The password now, and the new one."""

    old: Secret
    new: Secret


class Confirmation(BaseModel):
    """The password now, once more."""

    password: Secret = ""


class Code(BaseModel):
    """The code that an authenticator shows."""

    code: Annotated[str, Field(max_length=64)]


class Begun(BaseModel):
    """What an authenticator needs to know."""

    secret: str
    uri: str


class Codes(BaseModel):
    """Recovery codes, shown once."""

    codes: list[str]


@router.get("/account", permission="account.own", response_model=Own)
def get_own(visit: Now) -> Own:
    """Give one's own account."""
    account = guest_of(visit).account
    return Own(user=describe(account), preferences=dict(account.preferences))


@router.patch("/account/preferences", permission="account.own", response_model=Own)
def prefer(visit: Now, wanted: Preferences) -> Own:
    """Keep how pages shall look."""
    given = wanted.model_dump(exclude_none=True)
    if "zone" in given:
        given["zone"] = parse_zone(given["zone"]).key
    account = visit.services.door.accounts.set_preferences(guest_of(visit).name, given, visit.actor)
    return Own(user=describe(account), preferences=dict(account.preferences))


@router.put("/account/password", permission="account.own", status_code=204)
def change_password(visit: Now, change: PasswordChange) -> Response:
    """Change the password; all other sessions end, and this one gets another cookie."""
    door = visit.services.door
    try:
        entry = door.change_password(guest_of(visit), _cookie(visit), change.old, change.new, visit.origin)
    except PasswordError as error:
        raise UsageError(str(error), do="choose another password") from None
    _admit(entry)
    return keep_session(visit, Response(status_code=204), entry.cookie)


@router.post("/account/second-factor", permission="account.own", response_model=Begun)
def begin_second_factor(visit: Now, given: Annotated[Confirmation, Body()]) -> Response:
    """Make a secret for a second factor, which holds from its first code; who has one gives the password."""
    guest = guest_of(visit)
    if guest.account.has_totp:
        _confirm(visit, given.password)
    made = visit.services.door.begin_totp(guest, visit.actor)
    return _tell(Begun(secret=made.secret, uri=made.uri))


@router.post("/account/second-factor/confirm", permission="account.own", response_model=Codes)
def confirm_second_factor(visit: Now, given: Code) -> Response:
    """Take the second factor into use; the answer holds the recovery codes."""
    cookie, codes = visit.services.door.enrol_totp(guest_of(visit), _cookie(visit), given.code, visit.actor)
    return keep_session(visit, _tell(Codes(codes=list(codes))), cookie)


@router.post("/account/second-factor/remove", permission="account.own", status_code=204)
def remove_second_factor(visit: Now, given: Confirmation) -> Response:
    """Ask for no second factor any more."""
    refused = visit.services.door.remove_totp(guest_of(visit), given.password, visit.actor)
    if refused is not None:
        _admit(refused)
    return Response(status_code=204)


@router.post("/account/recovery-codes", permission="account.own", response_model=Codes)
def renew_recovery(visit: Now, given: Confirmation) -> Response:
    """Make new recovery codes; the former ones are no longer good."""
    _confirm(visit, given.password)
    codes = visit.services.door.accounts.renew_recovery(guest_of(visit).name, visit.actor)
    return _tell(Codes(codes=list(codes)))


@router.get("/account/sessions", permission="account.own", response_model=SessionItems)
def list_sessions(visit: Now) -> SessionItems:
    """List one's sessions."""
    guest = guest_of(visit)
    found = visit.services.door.sessions.list(guest.name)
    return SessionItems(items=[describe_session(one, guest.id) for one in found])


@router.delete("/account/sessions", permission="account.own", status_code=204)
def end_others(visit: Now) -> Response:
    """End all of one's sessions but this one."""
    guest = guest_of(visit)
    visit.services.door.sessions.end_all(guest.name, visit.actor, but=guest.id)
    return Response(status_code=204)


@router.delete("/account/sessions/{identity}", permission="account.own", status_code=204)
def end_one(visit: Now, identity: str) -> Response:
    """End one of one's sessions."""
    views.end_session(visit, guest_of(visit).name, identity)
    return Response(status_code=204)


@router.get("/account/tokens", permission="tokens.manage", response_model=TokenItems)
def list_tokens(visit: Now) -> TokenItems:
    """List one's tokens."""
    found = visit.services.door.tokens.list(guest_of(visit).name)
    return TokenItems(items=[describe_token(one) for one in found])


@router.post("/account/tokens", permission="tokens.manage", response_model=MadeToken, status_code=201)
def issue_token(visit: Now, new: NewToken) -> Response:
    """Make a token; the answer holds its secret."""
    guest = guest_of(visit)
    wanted = new.permissions or views.list_grants(guest.account)
    secret, token = visit.services.door.tokens.issue(
        guest.name, new.name, wanted, visit.actor, enterprises=new.enterprises, days=new.days
    )
    return _tell(MadeToken(token=describe_token(token), secret=secret), 201)


@router.delete("/account/tokens/{identity}", permission="tokens.manage", status_code=204)
def revoke_token(visit: Now, identity: str) -> Response:
    """End one of one's tokens."""
    views.revoke_token(visit, guest_of(visit).name, identity)
    return Response(status_code=204)


def _confirm(visit: Visit, password: str) -> None:
    """Verify the password once more; raises Refused."""
    refused = visit.services.door.accounts.confirm(guest_of(visit).name, password, visit.origin)
    if refused is not None:
        _admit(Entry(wait_s=refused.retry_after_s))


def _admit(entry: Entry) -> None:
    """Raise what refused an attempt: 429 with the time to wait, or 400."""
    if entry.wait_s:
        raise Refused(429, headers={"retry-after": str(entry.wait_s)})
    if not entry.cookie:
        raise UsageError("the password is wrong", do="give the password that you sign in with")


def _cookie(visit: Visit) -> str:
    return visit.request.cookies.get(SESSION_COOKIE, "")


def _tell(body: BaseModel, status: int = 200) -> Response:
    return JSONResponse(body.model_dump(), status, headers=dict(views.SECRET_HEADERS))
