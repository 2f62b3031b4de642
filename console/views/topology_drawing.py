"""The picture of zones and conduits: boxes in swim lanes by Purdue level, and lines between them."""

from __future__ import annotations

import itertools
import math
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from console.views.topology import OUT, Link, join_conduits, write_zone
from correlation.asset import LEVELS
from correlation.conversations import Topology
from correlation.hosts import Zone, Zoned

MOST_NODES = 60
"""Boxes that are drawn; the zones beyond them are told together, lane by lane."""
MOST_LINES = 120
"""Conduits that are drawn, the busiest."""
WIDTH, LABEL, BOX, HEIGHT, GAP = 1_220, 128, 196, 52, 18
"""Of the drawing, the lanes' names, a box, and between boxes, in pixels."""
NAMES = 84
"""Where the words of the lanes end: lines keep to the right of it."""
COLUMNS = (WIDTH - LABEL) // (BOX + GAP)
"""Boxes beside each other."""
PORTS, PORT = 7, 16
"""Places at a box's edge where lines begin, and how far they are apart."""
WIDEST = 8.0
"""Width of the busiest conduit's line."""
NAME_CELLS = 24
"""Characters of a name in a box; those of Chinese count twice."""


@dataclass(frozen=True, slots=True)
class Box:
    """One zone, or several folded together, in its place."""

    zoned: Zoned
    x: float
    y: float
    assets: int
    folded: int = 0
    """Zones that it stands for; 0 for one that stands for itself."""
    inner: int = 0
    """Bytes of conversations within it."""

    @property
    def is_outside(self) -> bool:
        """True for what is no zone of the park."""
        return self.zoned == OUT

    @property
    def key(self) -> str:
        """How the address names it."""
        return write_zone(self.zoned)


@dataclass(frozen=True, slots=True)
class Lane:
    """One Purdue level."""

    level: float | None
    is_outside: bool
    y: float
    height: float


@dataclass(frozen=True, slots=True)
class Line:
    """A conduit as it is drawn."""

    link: Link
    path: str
    width: float


@dataclass(frozen=True, slots=True)
class Drawing:
    """Everything of the picture."""

    lanes: Sequence[Lane]
    boxes: Sequence[Box]
    lines: Sequence[Line]
    links: Sequence[Link]
    """All conduits between two zones, the busiest first."""
    folded: int
    """Zones without a box of their own."""
    height: float
    left_out: bool
    """True where there were more pairs of addresses than are added up."""

    @property
    def skipping(self) -> int:
        """Conduits that pass over a level."""
        return sum(link.is_skipping for link in self.links)


def lay_out(topology: Topology) -> Drawing:
    """Put zones into lanes and draw the lines between them."""
    known = {(one.enterprise, one.zone, one.level) for one in topology.zones}
    links, inner = join_conduits(topology.conduits, known)
    sizes: dict[Zoned, int] = defaultdict(int)
    for link in links:
        size = link.bytes
        sizes[link.one] += size
        sizes[link.other] += size
    kept = _keep(topology.zones, sizes)
    boxes, lanes, height = _place(topology.zones, kept, inner, has_outside=OUT in sizes)
    at = {box.zoned: box for box in boxes}
    homes = {zoned: at.get(zoned) or at.get(("", "", zoned[2])) for zoned in {*known, OUT}}
    most = links[0].bytes if links else 1
    drawn = [_draw(link, homes, most, place) for place, link in enumerate(links[:MOST_LINES])]
    lines = [line for line in drawn if line is not None]
    return Drawing(lanes, boxes, lines, links, len(known) - len(kept), height, topology.left_out)


def _keep(zones: Sequence[Zone], sizes: Mapping[Zoned, int]) -> set[Zoned]:
    """Choose the zones with a box of their own: all, or the busiest, with room for the folded of every lane."""
    ends = [(zone.enterprise, zone.zone, zone.level) for zone in zones]
    if len(ends) < MOST_NODES:
        return set(ends)
    room = MOST_NODES - 1 - len({level for *_, level in ends})
    return set(sorted(ends, key=lambda end: (-sizes.get(end, 0), str(end)))[:room])


def _place(
    zones: Sequence[Zone], kept: set[Zoned], inner: Mapping[Zoned, int], *, has_outside: bool
) -> tuple[list[Box], list[Lane], float]:
    """Put boxes into rows, lane by lane from the top: outside, level 5 to 0, without a level."""
    boxes: list[Box] = []
    lanes: list[Lane] = []
    blocks = _share_columns(zones) if len(kept) == len(zones) else {}
    y = 0.0
    if has_outside:
        y = _add_lane(boxes, lanes, [Box(OUT, 0, 0, 0, inner=inner.get(OUT, 0))], {}, None, y, is_outside=True)
    for level in (*reversed(LEVELS), None):
        here = [zone for zone in zones if zone.level == level]
        shown = [
            Box(key, 0, 0, zone.assets, inner=inner.get(key, 0))
            for zone in sorted(here, key=lambda zone: (zone.enterprise, zone.zone))
            if (key := (zone.enterprise, zone.zone, zone.level)) in kept
        ]
        rest = [zone for zone in here if (zone.enterprise, zone.zone, zone.level) not in kept]
        if rest:
            shown.append(Box(("", "", level), 0, 0, sum(zone.assets for zone in rest), len(rest)))
        if shown:
            y = _add_lane(boxes, lanes, shown, blocks, level, y, is_outside=False)
    return boxes, lanes, y


def _share_columns(zones: Sequence[Zone]) -> dict[str, tuple[int, int]]:
    """Give each enterprise columns of its own, the same in all lanes: first and count; none where they are too many."""
    counts = Counter((zone.enterprise, zone.level) for zone in zones)
    widths: dict[str, int] = {}
    for (enterprise, _level), count in sorted(counts.items(), key=lambda one: one[0][0]):
        widths[enterprise] = max(count, widths.get(enterprise, 0))
    if sum(widths.values()) > COLUMNS:
        return {}
    starts = itertools.accumulate(widths.values(), initial=0)
    return {name: (start, wide) for start, (name, wide) in zip(starts, widths.items(), strict=False)}


def _add_lane(
    boxes: list[Box],
    lanes: list[Lane],
    shown: Sequence[Box],
    blocks: Mapping[str, tuple[int, int]],
    level: float | None,
    y: float,
    *,
    is_outside: bool,
) -> float:
    rows = 1 if blocks else math.ceil(len(shown) / COLUMNS)
    sizes = Counter(box.zoned[0] for box in shown)
    before: Counter[str] = Counter()
    for place, box in enumerate(shown):
        row, column = divmod(place, COLUMNS)
        wide: float = min(COLUMNS, len(shown) - row * COLUMNS)
        at: float = column
        if blocks:
            enterprise = box.zoned[0]
            start, span = blocks[enterprise]
            at = start + (span - sizes[enterprise]) / 2 + before[enterprise]
            before[enterprise] += 1
            wide = sum(one for _, one in blocks.values())
        left = LABEL + (WIDTH - LABEL - wide * (BOX + GAP) + GAP) / 2
        boxes.append(replace(box, x=left + at * (BOX + GAP), y=y + GAP + row * (HEIGHT + GAP)))
    height = rows * (HEIGHT + GAP) + GAP
    lanes.append(Lane(level, is_outside, y, height))
    return y + height


def _draw(link: Link, homes: Mapping[Zoned, Box | None], most: int, place: int) -> Line | None:
    one, other = homes.get(link.one), homes.get(link.other)
    if one is None or other is None or one is other:
        return None
    size = math.log1p(link.traffic.bytes) / math.log1p(most) if most else 0
    return Line(link, _curve(one, other, (place % PORTS - PORTS // 2) * PORT), round(1 + (WIDEST - 1) * size**3, 1))


def _curve(one: Box, other: Box, shift: float) -> str:
    """Lead a line from edge to edge, ``shift`` beside their middles; it goes around boxes that lie straight between."""
    if one.y > other.y:
        one, other = other, one
    begin, end = one.x + BOX / 2 + shift, other.x + BOX / 2 + shift
    if one.y == other.y:
        y = one.y + HEIGHT
        return f"M{begin:.0f} {y:.0f}C{begin:.0f} {y + GAP:.0f} {end:.0f} {y + GAP:.0f} {end:.0f} {y:.0f}"
    top, bottom = one.y + HEIGHT, other.y
    if bottom - top > HEIGHT and abs(begin - end) < BOX:
        side = 1 if shift >= 0 else -1
        edges = [box.x + (BOX if side > 0 else 0) for box in (one, other)]
        wide = GAP + abs(shift) + (bottom - top) / 8
        bow = wide if side > 0 else -min(wide, (min(edges) - NAMES) * 4 / 3)
        ys = [box.y + HEIGHT / 2 for box in (one, other)]
        return (f"M{edges[0]:.0f} {ys[0]:.0f}C{edges[0] + bow:.0f} {ys[0]:.0f} {edges[1] + bow:.0f} {ys[1]:.0f} "
                f"{edges[1]:.0f} {ys[1]:.0f}")  # fmt: skip
    bend = max(GAP, (bottom - top) / 2)
    return f"M{begin:.0f} {top:.0f}C{begin:.0f} {top + bend:.0f} {end:.0f} {bottom - bend:.0f} {end:.0f} {bottom:.0f}"


def shorten(text: str, cells: int = NAME_CELLS) -> str:
    """Cut a text to the room of a box."""
    room = cells
    for place, character in enumerate(text):
        room -= 2 if unicodedata.east_asian_width(character) in "WF" else 1
        if room < 0:
            return f"{text[: place - 1]}…"
    return text
