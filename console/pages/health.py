"""The page of health: how the console and what it rests on are doing."""

from __future__ import annotations

from starlette.responses import Response

from console.figures import SECOND_NS
from console.rendering import render
from console.routing import Now, Pages
from console.views.health import check_health, tell_runtime, worst

router = Pages("health")


@router.get("/health", permission="store.read")
def show(visit: Now) -> Response:
    """Show each thing that was looked at, the worst first."""
    rows = check_health(visit)
    runtime = tell_runtime()
    order = {"bad": 0, "warn": 1, "good": 2}
    values = {
        "rows": sorted(rows, key=lambda row: order[row.condition]),
        "worst": worst(rows),
        "version": runtime["version"],
        "age_ns": int(runtime["seconds"]) * SECOND_NS,
        "served": visit.services.paths,
    }
    return render(visit, "pages/health/show.html", values)
