"""Signing in and out: name and password, then the code of the second factor where there is one."""

from __future__ import annotations

from starlette.responses import Response

from console.address import local_address
from console.navigation import find_home
from console.rendering import render
from console.routing import Now, Pages, redirect
from console.visit import SESSION_COOKIE, Visit

router = Pages("sign_in")


@router.get("/sign-in", permission=None)
def show(visit: Now) -> Response:
    """Show the form; who is signed in already goes on."""
    if visit.guest is not None:
        return redirect(local_address(visit.asked("next"), "/"))
    return render(
        visit, "pages/sign_in.html", {"next": visit.asked("next"), "name": "", "fault": "", "needs_code": False}
    )


@router.post("/sign-in", permission=None)
def sign_in(visit: Now) -> Response:
    """Try to sign in; what went wrong does not tell which of the fields it was."""
    fields = {name: str(visit.form.get(name, "")) for name in ("name", "password", "code", "next")}
    entry = visit.services.door.sign_in(fields["name"], fields["password"], fields["code"], visit.origin)
    if entry.cookie:
        return keep_session(visit, redirect(local_address(fields["next"], "/")), entry.cookie)
    fault = ""
    if entry.wait_s:
        fault = visit.say("sign_in.wait", seconds=entry.wait_s)
    elif not entry.needs_code or fields["code"]:
        fault = visit.say("sign_in.wrong")
    values = {
        "next": fields["next"],
        "name": fields["name"][:64],
        "fault": fault,
        "needs_code": entry.needs_code,
    }
    headers = {"retry-after": str(entry.wait_s)} if entry.wait_s else {}
    status = 429 if entry.wait_s else 200 if not fault else 401
    return render(visit, "pages/sign_in.html", values, status=status, headers=headers)


@router.post("/sign-out", permission="account.own")
def sign_out(visit: Now) -> Response:
    """End the session and forget its cookie."""
    visit.services.door.sign_out(visit.request.cookies.get(SESSION_COOKIE, ""), visit.origin)
    response = redirect("/sign-in")
    response.delete_cookie(SESSION_COOKIE, path="/")
    return response


@router.get("/start", permission="account.own")
def start(visit: Now) -> Response:
    """Go to the first page that the guest may use."""
    return redirect(find_home(visit))


def keep_session(visit: Visit, response: Response, cookie: str) -> Response:
    """Let the browser keep the session's cookie, out of reach of scripts, until it is closed."""
    secure = visit.request.url.scheme == "https"
    response.set_cookie(SESSION_COOKIE, cookie, httponly=True, samesite="lax", secure=secure, path="/")
    return response
