"""The viewer of packets: what a record or an alert rests on, as fields and as bytes."""

from __future__ import annotations

from starlette.responses import Response

from console.rendering import render
from console.routing import Now, Pages
from console.views.evidence import find_ground, show_packets

router = Pages("evidence")


@router.get("/evidence/{identity}", permission="packets.read")
def show_one(visit: Now, identity: str) -> Response:
    """Show the packets of one record or alert; they come after the page, as a child process dissects them."""
    ground = find_ground(visit, identity)
    values: dict[str, object] = {"ground": ground}
    is_part = visit.target == "packets"
    if is_part or visit.asked("whole"):
        found = show_packets(visit, ground, visit.asked("packet"))
        values |= {"missing": found} if isinstance(found, str) else {"missing": "", "packets": found}
    return render(visit, "pages/evidence/packets.html" if is_part else "pages/evidence/one.html", values)
