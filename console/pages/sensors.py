"""The page of sensors: the worker for uploads."""

from __future__ import annotations

from starlette.responses import Response

from console.rendering import render
from console.routing import Now, Pages, redirect
from console.toast import Toast, add_toast
from console.views.sensors import BADGES, list_sensors, restart_worker

router = Pages("sensors")


@router.get("/sensors", permission="sensors.read")
def show_list(visit: Now) -> Response:
    """Show the sensors with what they lost."""
    return render(visit, "pages/sensors/list.html", {"sensors": list_sensors(visit), "badges": BADGES})


@router.post("/sensors/worker/restart", permission="sensors.manage")
def restart(visit: Now) -> Response:
    """Let a new process take the worker's place; its job is given back and taken again."""
    restart_worker(visit)
    return add_toast(redirect("/sensors"), Toast(visit.say("sensors.restarting")))
