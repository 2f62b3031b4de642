"""One's own account: how the console looks, the password, and the second factor."""

from __future__ import annotations

from starlette.responses import Response

from console.pages.sign_in import keep_session
from console.rendering import render
from console.routing import Now, Pages, redirect
from console.toast import Toast, add_toast
from console.translation import translate
from console.visit import Visit
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
    """Show the form for another password, which the first one must be changed by."""
    return _show_password(visit, {})


@router.post("/password", permission="account.own")
def change_password(visit: Now) -> Response:
    """Change the password; all other sessions end."""
    old, new, again = (str(visit.form.get(name, "")) for name in ("old", "new", "again"))
    if new != again:
        return _show_password(visit, {"again": visit.say("account.not_equal")})
    if visit.guest is None:  # the guard let nobody pass without one
        return redirect("/sign-in")
    try:
        cookie = visit.services.door.change_password(visit.guest, old, new, visit.origin)
    except UsageError as error:
        told = translate(error, visit.language)
        return _show_password(visit, {"new": " ".join(filter(None, (told.what or told.original, told.do)))})
    response = keep_session(visit, redirect("/"), cookie)
    return add_toast(response, Toast(visit.say("account.password_changed")))


@router.get("/second-factor", permission="account.own")
def show_second_factor(visit: Now) -> Response:
    """Show a new secret for a second factor, which holds from its first code."""
    return _show_second_factor(visit, {})


@router.post("/second-factor", permission="account.own")
def confirm_second_factor(visit: Now) -> Response:
    """Take the second factor into use where the code fits."""
    secret, code = str(visit.form.get("secret", "")), str(visit.form.get("code", ""))
    if visit.guest is not None and visit.services.door.confirm_totp(visit.guest, secret, code, visit.origin):
        return add_toast(redirect("/account"), Toast(visit.say("account.factor_on")))
    return _show_second_factor(visit, {"code": visit.say("account.wrong_code")})


def _show_password(visit: Visit, faults: dict[str, str]) -> Response:
    is_first = visit.guest is not None and visit.guest.duty == "password"
    values = {"faults": faults, "is_first": is_first}
    return render(visit, "pages/account/password.html", values, status=422 if faults else 200)


def _show_second_factor(visit: Visit, faults: dict[str, str]) -> Response:
    if visit.guest is None:  # the guard let nobody pass without one
        return redirect("/sign-in")
    enrolment = visit.services.door.begin_totp(visit.guest)
    values = {"faults": faults, "enrolment": enrolment}
    return render(visit, "pages/account/second_factor.html", values, status=422 if faults else 200)
