"""The page of suppressions: what is suppressed, until when and why; making and lifting one."""

from __future__ import annotations

from collections.abc import Mapping

from starlette.responses import Response

from console.address import local_address
from console.rendering import render
from console.routing import Now, Pages, redirect
from console.table import Column, Table
from console.toast import Toast, add_toast
from console.translation import translate
from console.views.suppressions import lift, list_suppressions, suppress
from console.visit import Visit
from wanglou.errors import UsageError

router = Pages("suppressions")
COLUMNS = (
    Column("what", "suppressions.column_what", is_wide=True, is_fixed=True),
    Column("enterprise", "suppressions.column_enterprise"),
    Column("until", "suppressions.column_until", is_fixed=True),
    Column("reason", "suppressions.column_reason"),
    Column("lift", "suppressions.column_lift"),
)
FIELDS = ("rule", "source", "destination", "enterprise", "days", "reason")
DAYS = (1, 7, 30, 90)


@router.get("/suppressions", permission="alerts.read")
def show(visit: Now) -> Response:
    """List the suppressions, with a form that an alert's page may have filled in."""
    return _show(visit, {name: visit.asked(name) for name in FIELDS}, "")


@router.post("/suppressions", permission="alerts.suppress")
def make(visit: Now) -> Response:
    """Make one; what is wrong with it is told above the form, which keeps what was typed."""
    given = {name: str(visit.form.get(name, "")).strip() for name in FIELDS}
    days = int(given["days"]) if given["days"].isascii() and given["days"].isdigit() and len(given["days"]) < 6 else 0
    try:
        suppress(visit, **{name: given[name] for name in FIELDS if name != "days"}, days=days)
    except UsageError as error:
        told = translate(error, visit.language)
        return _show(visit, given, " ".join(filter(None, (told.what or told.original, told.do))), status=422)
    return add_toast(redirect("/suppressions"), Toast(visit.say("suppressions.made")))


@router.post("/suppressions/{identity}/lift", permission="alerts.suppress")
def end(visit: Now, identity: str) -> Response:
    """Lift one."""
    lift(visit, identity)
    response = redirect(local_address(str(visit.form.get("back", "")), "/suppressions"))
    return add_toast(response, Toast(visit.say("suppressions.lifted")))


def _show(visit: Visit, given: Mapping[str, str], fault: str, status: int = 200) -> Response:
    table = Table(COLUMNS, list_suppressions(visit))
    named = [(one.id, getattr(one.name, visit.language)) for one in visit.services.site.enterprises]
    choices = [(one, name) for one, name in named if visit.scope.admits(one)]
    if visit.scope.is_whole:
        choices.insert(0, ("", visit.say("suppressions.all")))
    values = {"table": table, "given": given, "fault": fault, "choices": choices, "days": DAYS}
    return render(visit, "pages/suppressions/list.html", values, status=status)
