"""One's own account: how the console looks, the password, and the second factor."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from starlette.responses import Response

from console.door import Guest
from console.pages.sign_in import keep_session, refuse
from console.password import PasswordError
from console.refusal import SignInWanted
from console.rendering import render
from console.routing import Now, Pages, redirect
from console.toast import Toast, add_toast
from console.visit import SESSION_COOKIE, Visit
from wanglou.errors import UsageError

router = Pages("account")
ZONES = ("Asia/Shanghai", "Asia/Urumqi", "Asia/Hong_Kong", "Asia/Tokyo", "Asia/Singapore", "Europe/Berlin", "UTC")
"""Zones that are offered; the settings' own is added."""


@router.get("/account", permission="account.own")
def show(visit: Now) -> Response:
    """Show the account of who is signed in."""
    zones = list(dict.fromkeys([visit.zone.key, visit.services.settings.zone, *ZONES]))
    return render(visit, "pages/account/show.html", {"zones": [(zone, zone.replace("_", " ")) for zone in zones]})


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
    return render(visit, "pages/account/second_factor.html", {"step": "begin", "faults": {}})


@router.post("/second-factor/begin", permission="account.own")
def begin_second_factor(visit: Now) -> Response:
    """Show a new secret, which holds from its first code."""
    enrolment = visit.services.door.begin_totp(guest_of(visit), visit.actor)
    return _ask_code(visit, enrolment.secret, enrolment.uri, {})


@router.post("/second-factor/confirm", permission="account.own")
def confirm_second_factor(visit: Now) -> Response:
    """Take the second factor into use where the code fits, and show the recovery codes, once."""
    secret, uri, code = (str(visit.form.get(name, "")) for name in ("secret", "uri", "code"))
    try:
        cookie, codes = visit.services.door.enrol_totp(guest_of(visit), _cookie(visit), code, visit.actor)
    except UsageError:
        uri = uri if uri.startswith("otpauth://totp/") else ""
        return _ask_code(visit, secret, uri, {"code": visit.say("account.wrong_code")})
    values = {"step": "done", "codes": codes, "faults": {}}
    return keep_session(visit, render(visit, "pages/account/second_factor.html", values), cookie)


@router.post("/second-factor/remove", permission="account.own")
def remove_second_factor(visit: Now) -> Response:
    """Remove the second factor, after the password was given once more."""
    refused = visit.services.door.remove_totp(guest_of(visit), str(visit.form.get("password", "")), visit.actor)
    if refused is None:
        return add_toast(redirect("/account"), Toast(visit.say("account.factor_off")))
    told = refuse(visit, refused) if refused.wait_s else visit.say("account.wrong_password")
    values = {"step": "begin", "faults": {"password": told}}
    return render(visit, "pages/account/second_factor.html", values, status=422)


def guest_of(visit: Visit) -> Guest:
    """Give the guest; the guard lets nobody pass without one where a permission is asked."""
    if visit.guest is None:
        raise SignInWanted("/sign-in")
    return visit.guest


def _ask_code(visit: Visit, secret: str, uri: str, faults: Mapping[str, str]) -> Response:
    values: dict[str, Any] = {"step": "confirm", "secret": secret[:64], "uri": uri, "faults": faults}
    return render(visit, "pages/account/second_factor.html", values, status=422 if faults else 200)


def _show_password(visit: Visit, faults: dict[str, str]) -> Response:
    security = visit.services.door.security
    values = {"faults": faults, "is_first": bool(guest_of(visit).duty), "security": security}
    return render(visit, "pages/account/password.html", values, status=422 if faults else 200)


def _cookie(visit: Visit) -> str:
    return visit.request.cookies.get(SESSION_COOKIE, "")
