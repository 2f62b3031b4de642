"""The wall view: a screen that everybody in the room reads, and that nobody signs in at."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from console.display import COOKIE, PATH
from console.pages.overview import give_words
from console.refusal import not_found
from console.rendering import render
from console.routing import Now, Pages, redirect
from console.security import DAY_NS, SECOND_NS
from console.views.overview import Overview, tell
from console.views.wall import survey_wall
from console.visit import Visit
from correlation.overview import AGES

router = Pages("wall")
REFRESH_S = 15
ROTATE_S = 20
"""How long each highlight is shown."""
KEEP_S = 366 * DAY_NS // SECOND_NS
"""How long a browser keeps a display's cookie; it is good no longer than the token."""


@router.get("/wall", permission="wall.read")
def show(visit: Now) -> Response:
    """Show the whole screen."""
    return render(visit, "pages/wall/show.html", _look(visit))


@router.get("/wall/state", permission="wall.read")
def show_state(visit: Now) -> Response:
    """Show only what changes, for the screen to take over."""
    return render(visit, "pages/wall/board.html", _look(visit))


@router.get("/wall/plan.svg", permission="wall.read")
def show_plan(visit: Now) -> Response:
    """Give the ground plan of the park; it was cleaned when the site file was read."""
    plan = visit.services.site.plan
    if not plan:
        raise not_found()
    return Response(plan, media_type="image/svg+xml")


@router.get("/wall/open", permission=None)
def show_exchange(visit: Now) -> Response:
    """Take the token out of the address, where only the browser sees it, and send it as a form."""
    return render(visit, "pages/wall/open.html", {"is_refused": False})


@router.post("/wall/open", permission=None)
def exchange(visit: Now) -> Response:
    """Exchange a token for the display's cookie."""
    secret = str(visit.form.get("token", ""))[:256]
    agent = visit.request.headers.get("user-agent", "")
    cookie = visit.services.displays.admit(secret, visit.origin, agent) if secret else None
    if cookie is None:
        return render(visit, "pages/wall/open.html", {"is_refused": True}, status=401)
    response = redirect(PATH)
    secure = visit.request.url.scheme == "https"
    response.set_cookie(COOKIE, cookie, max_age=KEEP_S, httponly=True, samesite="strict", secure=secure, path=PATH)
    return response


def _look(visit: Visit) -> dict[str, Any]:
    wall = survey_wall(visit)
    answer = tell(visit, Overview(wall.alarm, wall.trouble, wall.danger, wall.intake))
    told = {"wall": wall, "answer": answer, "AGES": AGES, "REFRESH_S": REFRESH_S, "ROTATE_S": ROTATE_S}
    return told | give_words(visit)
