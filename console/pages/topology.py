"""Pages of the network: zones by Purdue level with their conduits, and who speaks to whom."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from console.rendering import render
from console.routing import Now, Pages
from console.views.assets import name_value, write_token
from console.views.conversations import SIZES, read_grid
from console.views.topology import read_topology, write_zone
from console.views.topology_drawing import BOX, HEIGHT, LABEL, WIDTH, lay_out, shorten
from console.visit import Visit
from correlation.hosts import OUTSIDE, Zoned

router = Pages("topology")
MOST_ROWS = 50
"""Conduits that the table below the drawing lists."""


@router.get("/assets/topology", permission="assets.read")
def show_topology(visit: Now) -> Response:
    """Show zones in lanes of their Purdue levels, and conduits between them."""
    topology = read_topology(visit)
    sizes = {"width": WIDTH, "box_width": BOX, "box_height": HEIGHT, "label": LABEL, "most": MOST_ROWS}
    values = {"topology": topology, "drawing": lay_out(topology), **sizes}
    return render(visit, "pages/assets/topology.html", values | words(visit))


@router.get("/assets/conversations", permission="assets.read")
def show_conversations(visit: Now) -> Response:
    """Show the busiest hosts as a matrix of what one began with another."""
    grid = read_grid(visit)
    chosen = visit.asked("size") if visit.asked("size") in map(str, SIZES) else str(SIZES[0])
    sizes = [(str(size), visit.say("assets.hosts", count=size)) for size in SIZES]
    return render(
        visit, "pages/assets/conversations.html", {"grid": grid, "sizes": sizes, "size": chosen} | words(visit)
    )


def words(visit: Visit) -> dict[str, Any]:
    """Give what both templates may use."""

    def name_zone(zoned: Zoned) -> str:
        if zoned[1] == OUTSIDE and not zoned[0]:
            return visit.say("assets.outside")
        return zoned[1] or visit.say("assets.no_zone")

    enterprises = [one.id for one in visit.services.site.enterprises if visit.scope.admits(one.id)]
    return {
        "times": True,
        "name_zone": name_zone,
        "name_value": lambda name, value: name_value(visit, name, value),
        "write_token": write_token,
        "write_zone": write_zone,
        "shorten": shorten,
        "enterprises": [("", visit.say("assets.whole_park"))]
        + [(one, name_value(visit, "enterprise", one)) for one in enterprises],
    }
