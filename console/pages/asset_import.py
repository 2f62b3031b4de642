"""The page that takes what a CSV file says of assets."""

from __future__ import annotations

from starlette.responses import Response

from console.rendering import render
from console.routing import Now, Pages, redirect
from console.toast import Toast, add_toast
from console.views.asset_import import Outcome, take_file
from console.views.assets import name_value
from console.visit import Visit
from correlation.asset_csv import HEADERS, MOST_CHARACTERS

router = Pages("assets")


@router.get("/assets/import", permission="assets.edit")
def show(visit: Now) -> Response:
    """Show the form."""
    return _show(visit, None, "")


@router.post("/assets/import", permission="assets.edit")
def take(visit: Now) -> Response:
    """Look at the file, or take it; what is wrong is listed by line, with the text kept."""
    text, is_trial = str(visit.form.get("text", "")), "check" in visit.form
    enterprise = str(visit.form.get("enterprise", ""))
    reason = str(visit.form.get("reason", ""))[:MOST_CHARACTERS] or visit.say("assets.import_reason")
    outcome = take_file(visit, text.encode("utf-8", "replace"), enterprise, reason, is_trial=is_trial)
    if outcome.faults or is_trial:
        return _show(visit, outcome, text, status=422 if outcome.faults else 200)
    told = visit.say("assets.imported", rows=outcome.rows, changed=outcome.changed)
    return add_toast(redirect("/assets"), Toast(told))


def _show(visit: Visit, outcome: Outcome | None, text: str, *, status: int = 200) -> Response:
    enterprises = [one.id for one in visit.services.site.enterprises if visit.scope.admits(one.id)]
    values = {
        "outcome": outcome,
        "text": text,
        "columns": [titles[visit.language == "en"] for titles in HEADERS.values()],
        "enterprises": [(one, name_value(visit, "enterprise", one)) for one in enterprises],
        "name_value": lambda name, value: name_value(visit, name, value),
    }
    return render(visit, "pages/assets/import.html", values, status=status)
