"""The start page: what is going on, and where to look first."""

from __future__ import annotations

from functools import partial
from typing import Any

from starlette.responses import Response

from console.figures import SEVERITIES
from console.rendering import render
from console.routing import Now, Pages
from console.views.overview import lead, lead_to_alerts, name_loss, survey, tell
from console.visit import Visit
from correlation.overview import AGES

router = Pages("overview")


@router.get("/", permission="overview.read")
def show(visit: Now) -> Response:
    """Show the park, or what one may see of it, over the period."""
    found = survey(visit)
    values: dict[str, Any] = {"times": True, "found": found, "answer": tell(visit, found), "AGES": AGES}
    return render(visit, "pages/overview/show.html", values | give_words(visit))


def give_words(visit: Visit) -> dict[str, Any]:
    """Give what the templates of the overview and of the wall ask: addresses, and names of counters."""
    return {
        "LEVELS": SEVERITIES,
        "lead": partial(lead, visit),
        "to_alerts": partial(lead_to_alerts, visit),
        "name_loss": partial(name_loss, visit),
        "name_of": lambda identity: visit.services.name_enterprise(identity, visit.language),
    }
