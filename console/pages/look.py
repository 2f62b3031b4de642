"""How one looks at the console: language, theme and time zone, kept with the account and in this browser."""

from __future__ import annotations

from starlette.responses import Response

from console.address import local_address
from console.routing import Now, Pages, redirect
from console.settings import parse_zone
from console.visit import LANGUAGE_COOKIE, THEME_COOKIE, THEMES, ZONE_COOKIE
from wanglou.errors import UsageError
from wanglou.languages import LANGUAGES

router = Pages("look")
YEAR_S = 365 * 86_400


@router.post("/look", permission=None)
def choose(visit: Now) -> Response:
    """Keep what was chosen and go back to where one was."""
    response = redirect(local_address(str(visit.form.get("back", "")), "/start"))
    chosen: dict[str, str] = {}
    secure = visit.request.url.scheme == "https"
    for field, cookie in (("language", LANGUAGE_COOKIE), ("theme", THEME_COOKIE), ("zone", ZONE_COOKIE)):
        if field in visit.form:
            value = _check(field, str(visit.form[field]))
            chosen[field] = value
            response.set_cookie(cookie, value, max_age=YEAR_S, httponly=True, samesite="lax", secure=secure, path="/")
    if visit.guest is not None and chosen:
        visit.services.door.accounts.set_preferences(visit.guest.name, chosen, visit.actor)
    return response


def _check(field: str, value: str) -> str:
    known = {"language": LANGUAGES, "theme": THEMES}.get(field)
    if known is None:
        return parse_zone(value).key
    if value not in known:
        raise UsageError(f"no {field} {value[:40]!r}", do=f"give one of {', '.join(known)}")
    return value
