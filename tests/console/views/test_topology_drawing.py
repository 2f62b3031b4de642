"""How zones and conduits are laid out."""

from __future__ import annotations

import itertools

from console.views.topology_drawing import MOST_NODES, WIDTH, lay_out, shorten
from correlation.conversations import Conduit, Topology
from correlation.hosts import Zone
from correlation.pairs import Traffic


def make_topology(zones: int) -> Topology:
    """Make a park of so many zones, each with a conduit to the next, of growing traffic."""
    levels = (4.0, 3.0, 1.0, None)
    made = tuple(Zone("chem", f"zone-{place}", levels[place % 4], 3, {"plc": 3}) for place in range(zones))
    ends = [(one.enterprise, one.zone, one.level) for one in made]
    conduits = tuple(
        Conduit(one, other, ("modbus",), 1, Traffic(1, 2, 100 * place))
        for place, (one, other) in enumerate(itertools.pairwise(ends))
    )
    return Topology(made, conduits, left_out=False)


def test_at_most_so_many_boxes_are_drawn_and_the_rest_counted() -> None:
    """Folded boxes stand for all zones without one of their own; no asset is lost; nothing leaves the picture."""
    for zones in (0, 1, 59, 60, 61, 500):
        drawing = lay_out(make_topology(zones))
        assert len(drawing.boxes) <= MOST_NODES
        assert sum(box.assets for box in drawing.boxes) == 3 * zones
        assert sum(box.folded for box in drawing.boxes) == drawing.folded
        assert all(0 <= box.x <= WIDTH and 0 <= box.y <= drawing.height for box in drawing.boxes)
        places = [(box.x, box.y) for box in drawing.boxes]
        assert len(set(places)) == len(places)


def test_names_are_cut_to_the_room_of_a_box() -> None:
    """Chinese characters take two places."""
    assert shorten("cell", 4) == "cell"
    assert shorten("cells", 4) == "cel…"
    assert shorten("化工单元", 6) == "化工…"


def test_both_directions_are_one_line() -> None:
    """What flows back is part of the same conduit; past a level it is marked."""
    one, other = ("chem", "a", 4.0), ("chem", "b", 1.0)
    zones = (Zone("chem", "a", 4.0, 1, {}), Zone("chem", "b", 1.0, 1, {}))
    conduits = (Conduit(one, other, (), 1, Traffic(1, 1, 10)), Conduit(other, one, (), 1, Traffic(1, 1, 5)))
    drawing = lay_out(Topology(zones, conduits, left_out=False))
    assert len(drawing.lines) == 1
    assert drawing.links[0].traffic == Traffic(2, 2, 15)
    assert drawing.skipping == 1
