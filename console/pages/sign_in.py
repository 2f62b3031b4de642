"""Signing in and out: name and password, then the code of the second factor where there is one."""

from __future__ import annotations

from starlette.responses import Response

from console.address import local_address
from console.door import Entry
from console.formats import write_local
from console.navigation import find_home
from console.rendering import render
from console.routing import Now, Pages, redirect
from console.toast import Toast, add_toast
from console.visit import SESSION_COOKIE, Visit
from wanglou.errors import ConflictError

router = Pages("sign_in")


@router.get("/sign-in", permission=None)
def show(visit: Now) -> Response:
    """Show the form; who is signed in already goes on."""
    if visit.guest is not None:
        return redirect(local_address(visit.asked("next"), "/start"))
    return render(visit, "pages/sign_in.html", {"next": visit.asked("next"), "name": "", "fault": ""})


@router.post("/sign-in", permission=None)
def sign_in(visit: Now) -> Response:
    """Try to sign in; what went wrong does not tell which of the fields it was."""
    fields = {name: str(visit.form.get(name, "")) for name in ("name", "password", "code", "next")}
    headers, cookies = visit.request.headers, visit.request.cookies
    try:
        entry = visit.services.door.sign_in(
            fields["name"],
            fields["password"],
            fields["code"],
            visit.origin,
            headers.get("user-agent", ""),
            cookies.get(SESSION_COOKIE, ""),
        )
    except ConflictError:  # the account was changed between the password and the session
        values = {"next": fields["next"], "name": fields["name"][:64], "fault": visit.say("sign_in.again")}
        return render(visit, "pages/sign_in.html", values, status=401)
    if entry.cookie:
        response = redirect(local_address(fields["next"], "/start"))
        return keep_session(visit, add_toast(response, Toast(_welcome(visit, entry))), entry.cookie)
    values = {"next": fields["next"], "name": fields["name"][:64], "fault": refuse(visit, entry)}
    waiting = {"retry-after": str(entry.wait_s)} if entry.wait_s else {}
    return render(visit, "pages/sign_in.html", values, status=429 if entry.wait_s else 401, headers=waiting)


def refuse(visit: Visit, entry: Entry) -> str:
    """Tell why nobody was let in, which says nothing about which of the fields it was."""
    return visit.say("sign_in.wait", seconds=entry.wait_s) if entry.wait_s else visit.say("sign_in.wrong")


def _welcome(visit: Visit, entry: Entry) -> str:
    """Tell of the sign-in before this one, so that a stranger's is noticed."""
    if not entry.previous_ns:
        return visit.say("sign_in.first")
    when = write_local(entry.previous_ns, visit)
    failed = visit.say("sign_in.failures", count=entry.failures) if entry.failures else ""
    return visit.say("sign_in.before", when=when, origin=entry.previous_origin) + failed


@router.post("/sign-out", permission="account.own")
def sign_out(visit: Now) -> Response:
    """End the session and forget its cookie."""
    visit.services.door.sign_out(visit.request.cookies.get(SESSION_COOKIE, ""))
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
