"""Pages of risk: the park, one enterprise, and the weights."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from console.refusal import Refused
from console.rendering import render
from console.routing import Now, Pages, redirect
from console.toast import Toast, add_toast
from console.views.asset_story import write_alert_query
from console.views.risk import Rated, list_rated, name_part, read_enterprise_risk, read_park_risk
from console.views.risk_weights import SECTIONS, change_weights, list_sections, read_used, reset_weights
from console.visit import Visit

router = Pages("risk")


@router.get("/risk", permission="risk.read")
def show_park(visit: Now) -> Response:
    """Show the risk of the park, or of the enterprises that one may see, with the assets at the highest risk."""
    rated = read_park_risk(visit)
    values = {"rated": rated, "enterprise": None, "trends": _read_enterprises(visit)}
    return render(visit, "pages/risk/show.html", values | _tell(visit, None))


@router.get("/risk/enterprises/{enterprise}", permission="risk.read")
def show_enterprise(visit: Now, enterprise: str) -> Response:
    """Show the risk of one enterprise with the assets that make it."""
    values = {"rated": read_enterprise_risk(visit, enterprise), "enterprise": enterprise, "trends": ()}
    return render(visit, "pages/risk/show.html", values | _tell(visit, enterprise))


@router.get("/risk/weights", permission="risk.read")
def show_weights(visit: Now) -> Response:
    """Show the weights in use; who may tune them gets a form."""
    return _show_weights(visit, {}, {})


@router.post("/risk/weights", permission="risk.tune")
def tune(visit: Now) -> Response:
    """Take other weights into use, or go back to the shipped ones."""
    given = {name: str(value) for name, value in visit.form.items() if name.partition(".")[0] in SECTIONS}
    expected = f'"{visit.form.get("expected", "")}"'
    try:
        if "reset" in visit.form:
            reset_weights(visit, expected)
        else:
            _, faults = change_weights(visit, given, expected)
            if faults:
                return _show_weights(visit, given, faults, status=422)
    except Refused as refused:
        if refused.status != 412:
            raise
        return _show_weights(visit, given, {}, is_late=True, status=412)
    return add_toast(redirect("/risk/weights"), Toast(visit.say("risk.weights_used")))


def _show_weights(
    visit: Visit, given: dict[str, str], faults: dict[str, str], *, is_late: bool = False, status: int = 200
) -> Response:
    used = read_used(visit)
    values = {
        "used": used,
        "sections": list_sections(used.weights),
        "typed": given,
        "faults": faults,
        "is_late": is_late,
        "version": used.version.strip('"'),
    }
    return render(visit, "pages/risk/weights.html", values, status=status)


def _read_enterprises(visit: Visit) -> list[Rated]:
    return [read_enterprise_risk(visit, line.enterprise) for line in list_rated(visit, "enterprise")]


def _tell(visit: Visit, enterprise: str | None) -> dict[str, Any]:
    return {
        "assets": list_rated(visit, "asset", enterprise),
        "name_part": lambda part: name_part(visit, part),
        "name_enterprise": lambda name: (
            visit.services.name_enterprise(name, visit.language) if name else visit.say("risk.nobody")
        ),
        "alert_query_of": write_alert_query,
    }
