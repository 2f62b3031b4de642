"""One's own account: how the console looks, the password, and the second factor."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from starlette.responses import Response

from console.door import Entry, Guest
from console.pages.sign_in import keep_session, refuse
from console.password import PasswordError
from console.qr_code import draw_code
from console.refusal import SignInWanted
from console.rendering import render
from console.routing import Now, Pages, redirect
from console.toast import Toast, add_toast
from console.totp import Enrolment
from console.visit import SESSION_COOKIE, Visit
from wanglou.errors import UsageError

router = Pages("account")
ZONES = ("Asia/Shanghai", "Asia/Urumqi", "Asia/Hong_Kong", "Asia/Tokyo", "Asia/Singapore", "Europe/Berlin", "UTC")
"""Zones that are offered; the settings' own is added."""


@router.get("/account", permission="account.own")
def show(visit: Now) -> Response:
    """Show the account of who is signed in."""
    zones = list(dict.fromkeys([visit.zone.key, visit.services.settings.zone, *ZONES]))
    guest = guest_of(visit)
    values = {
        "zones": [(zone, zone.replace("_", " ")) for zone in zones],
        "sessions": visit.services.door.sessions.list(guest.name),
        "tokens": len(visit.services.door.tokens.list(guest.name)),
    }
    return render(visit, "pages/account/show.html", values)


@router.get("/password", permission="account.own")
def show_password(visit: Now) -> Response:
    """Show the form for another password, which a one-time secret must be changed by."""
    return _show_password(visit, {})


@router.post("/password", permission="account.own")
def change_password(visit: Now) -> Response:
    """Change the password; all other sessions end."""
    old, new, again = (str(visit.form.get(name, "")) for name in ("old", "new", "again"))
    if new != again:
        return _show_password(visit, {"again": visit.say("account.not_equal")})
    try:
        entry = visit.services.door.change_password(guest_of(visit), _cookie(visit), old, new, visit.origin)
    except PasswordError as error:
        security = visit.services.door.security
        values = {"least": security.password_least, "most": security.password_most, "kinds": security.password_kinds}
        return _show_password(
            visit, {"new": " ".join(visit.say(f"account.fault_{one}", **values) for one in error.faults)}
        )
    if not entry.cookie:
        told = refuse(visit, entry) if entry.wait_s else visit.say("account.wrong_password")
        return _show_password(visit, {"old": told})
    return keep_session(
        visit, add_toast(redirect("/start"), Toast(visit.say("account.password_changed"))), entry.cookie
    )


@router.get("/second-factor", permission="account.own")
def show_second_factor(visit: Now) -> Response:
    """Show whether there is a second factor, and how to set one up or remove it."""
    return _show_factor(visit, {})


@router.post("/second-factor/begin", permission="account.own")
def begin_second_factor(visit: Now) -> Response:
    """Show a new secret, which holds from its first code; who has one already gives the password once more."""
    guest = guest_of(visit)
    if guest.account.has_totp and (told := confirm(visit)):
        return _show_factor(visit, {"begin": told})
    return _ask_code(visit, visit.services.door.begin_totp(guest, visit.actor), {})


@router.post("/second-factor/confirm", permission="account.own")
def confirm_second_factor(visit: Now) -> Response:
    """Take the second factor into use where the code fits, and show the recovery codes, once."""
    guest, code = guest_of(visit), str(visit.form.get("code", ""))[:64]
    try:
        cookie, codes = visit.services.door.enrol_totp(guest, _cookie(visit), code, visit.actor)
    except UsageError:
        pending = visit.services.door.accounts.pending_totp(guest.name)
        if pending is None:
            return _show_factor(visit, {"begin": visit.say("account.factor_again")})
        return _ask_code(visit, pending, {"code": visit.say("account.wrong_code")})
    return keep_session(visit, _show_codes(visit, codes), cookie)


@router.post("/second-factor/recovery", permission="account.own")
def renew_recovery(visit: Now) -> Response:
    """Show new recovery codes, once, after the password was given once more."""
    if told := confirm(visit):
        return _show_factor(visit, {"recovery": told})
    return _show_codes(visit, visit.services.door.accounts.renew_recovery(guest_of(visit).name, visit.actor))


@router.post("/second-factor/remove", permission="account.own")
def remove_second_factor(visit: Now) -> Response:
    """Remove the second factor, after the password was given once more."""
    refused = visit.services.door.remove_totp(guest_of(visit), str(visit.form.get("password", "")), visit.actor)
    if refused is None:
        return add_toast(redirect("/account"), Toast(visit.say("account.factor_off")))
    told = refuse(visit, refused) if refused.wait_s else visit.say("account.wrong_password")
    return _show_factor(visit, {"password": told})


def confirm(visit: Visit) -> str:
    """See that the password was given once more; gives what is wrong, or nothing."""
    given = str(visit.form.get("password", ""))
    refused = visit.services.door.accounts.confirm(guest_of(visit).name, given, visit.origin)
    if refused is None:
        return ""
    return (
        refuse(visit, Entry(wait_s=refused.retry_after_s))
        if refused.retry_after_s
        else visit.say("account.wrong_password")
    )


def guest_of(visit: Visit) -> Guest:
    """Give the guest; the guard lets nobody pass without one where a permission is asked."""
    if visit.guest is None:
        raise SignInWanted("/sign-in")
    return visit.guest


def _ask_code(visit: Visit, enrolment: Enrolment, faults: Mapping[str, str]) -> Response:
    picture = draw_code(enrolment.uri, visit.say("account.factor_picture"))
    values: dict[str, Any] = {"step": "confirm", "enrolment": enrolment, "picture": picture, "faults": faults}
    return render(visit, "pages/account/second_factor.html", values, status=422 if faults else 200)


def _show_factor(visit: Visit, faults: Mapping[str, str]) -> Response:
    values = {"step": "begin", "faults": faults}
    return render(visit, "pages/account/second_factor.html", values, status=422 if faults else 200)


def _show_codes(visit: Visit, codes: tuple[str, ...]) -> Response:
    return render(visit, "pages/account/second_factor.html", {"step": "done", "codes": codes, "faults": {}})


def _show_password(visit: Visit, faults: dict[str, str]) -> Response:
    security = visit.services.door.security
    values = {"faults": faults, "is_first": bool(guest_of(visit).duty), "security": security}
    return render(visit, "pages/account/password.html", values, status=422 if faults else 200)


def _cookie(visit: Visit) -> str:
    return visit.request.cookies.get(SESSION_COOKIE, "")
