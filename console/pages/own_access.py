"""One's own ways in: sessions and API tokens."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from starlette.responses import Response

from console.pages.account import guest_of
from console.permission import Permission
from console.rendering import render
from console.routing import Now, Pages, redirect
from console.toast import Toast, add_toast
from console.translation import tell_fault
from console.views import users as views
from console.visit import Visit
from wanglou.errors import UsageError

router = Pages("account")
HERE = "/account#sessions"


@router.post("/account/sessions/end", permission="account.own")
def end_others(visit: Now) -> Response:
    """End all of one's sessions but this one."""
    guest = guest_of(visit)
    visit.services.door.sessions.end_all(guest.name, visit.actor, but=guest.id)
    return add_toast(redirect(HERE), Toast(visit.say("account.sessions_ended")))


@router.post("/account/sessions/{identity}/end", permission="account.own")
def end_one(visit: Now, identity: str) -> Response:
    """End one of one's sessions."""
    views.end_session(visit, guest_of(visit).name, identity)
    return add_toast(redirect(HERE), Toast(visit.say("account.sessions_ended")))


@router.get("/account/tokens", permission="tokens.manage")
def show_tokens(visit: Now) -> Response:
    """Show one's tokens, and the form for another."""
    return _show(visit)


@router.post("/account/tokens", permission="tokens.manage")
def issue(visit: Now) -> Response:
    """Make a token, and show it, once."""
    days = str(visit.form.get("days", ""))
    number = int(days) if days.isascii() and days.isdigit() and len(days) < 5 else 0
    label = str(visit.form.get("label", ""))[:200]
    wanted = [str(one) for one in visit.form.getlist("permission")][:100]
    try:
        secret, token = visit.services.door.tokens.issue(guest_of(visit).name, label, wanted, visit.actor, days=number)
    except UsageError as error:
        return _show(visit, {"label": tell_fault(error, visit.language)}, label, days, wanted)
    return _show(visit, secret=secret, granted=token.permissions)


@router.post("/account/tokens/{identity}/revoke", permission="tokens.manage")
def revoke(visit: Now, identity: str) -> Response:
    """End one of one's tokens."""
    views.revoke_token(visit, guest_of(visit).name, identity)
    return add_toast(redirect("/account/tokens"), Toast(visit.say("account.token_revoked")))


def _show(
    visit: Visit,
    faults: dict[str, str] | None = None,
    label: str = "",
    days: str = "",
    permissions: list[str] | None = None,
    *,
    secret: str = "",
    granted: Collection[Permission] = (),
) -> Response:
    guest, door = guest_of(visit), visit.services.door
    kept = {"label": label, "days": days or str(door.security.token_days), "permissions": permissions or []}
    values: dict[str, Any] = {"tokens": door.tokens.list(guest.name), "grants": views.list_grants(guest.account)}
    values |= {"faults": faults or {}, "kept": kept, "secret": secret, "granted": granted}
    return render(
        visit, "pages/account/tokens.html", values, status=422 if faults else 200, headers=views.SECRET_HEADERS
    )
