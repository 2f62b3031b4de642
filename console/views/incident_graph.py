"""The graph of an incident: who acted on whom, drawn from left to right by role, at most so many nodes."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

MOST_NODES = 60
"""Nodes that are drawn; the rest is one node that tells how many."""
REST = "…"
"""Id of the node that stands for the rest."""
ROLES = ("actor", "suspect", "relay", "other", "target")
"""From left to right: who acts, who seems to, who passes it on, the rest, whom it befell."""
_COLUMN = {"actor": 0, "suspect": 0, "relay": 1, "other": 1, "target": 2}
_RANK = {"actor": 0, "suspect": 1, "relay": 2, "target": 3, "other": 4}
"""Who is kept first where not all are drawn."""
WIDTH, HEIGHT, GAP_X, GAP_Y = 176, 26, 84, 10
MARGIN = 26
"""Room above the nodes for the columns' names."""
TALLEST = 15
"""Nodes of a column before it goes on beside itself."""
LONGEST_NAME = 23
"""Characters of a name that fit into a node."""


@dataclass(frozen=True, slots=True)
class Node:
    """One address, or the rest."""

    id: str
    label: str
    role: str
    alerts: int
    x: float
    y: float
    folded: int = 0
    """Nodes that it stands for, where it is the rest."""

    @property
    def middle(self) -> float:
        """Height of its middle."""
        return self.y + HEIGHT / 2


@dataclass(frozen=True, slots=True)
class Edge:
    """What one did to another."""

    source: str
    target: str
    rules: tuple[str, ...]
    severity: int
    alerts: int
    path: str
    """Of SVG."""
    width: float


@dataclass(frozen=True, slots=True)
class Graph:
    """A drawing, in units of SVG."""

    nodes: Sequence[Node]
    edges: Sequence[Edge]
    columns: Sequence[tuple[str, float]]
    """Role of each column, and where its name stands."""
    width: float
    height: float
    folded: int
    """Nodes that the rest stands for."""


def draw_graph(graph: Mapping[str, Any], most: int = MOST_NODES) -> Graph:
    """Lay out ``nodes`` (id, role, alerts) and ``edges`` (source, target, rules, severity, alerts)."""
    ranked = sorted(graph["nodes"], key=lambda one: (_RANK.get(one["role"], 4), -one["alerts"], one["id"]))
    kept = ranked if len(ranked) <= most else ranked[: most - 1]
    rest = ranked[len(kept) :]
    placed, columns, width, height = _place(kept, rest)
    edges = _fold(graph["edges"], {node.id for node in placed})
    at = {node.id: node for node in placed}
    drawn = [_draw(one, at) for one in edges]
    return Graph(placed, [one for one in drawn if one], columns, width, height, len(rest))


def _place(
    kept: Sequence[Mapping[str, Any]], rest: Sequence[Mapping[str, Any]]
) -> tuple[list[Node], list[tuple[str, float]], float, float]:
    """Put nodes into columns; a tall one goes on beside itself."""
    by_column: dict[int, list[Mapping[str, Any]]] = defaultdict(list)
    for one in kept:
        by_column[_COLUMN.get(one["role"], 1)].append(one)
    if rest:
        by_column[1].append({"id": REST, "role": "other", "alerts": sum(one["alerts"] for one in rest)})
    nodes: list[Node] = []
    columns: list[tuple[str, float]] = []
    tallest = max((min(len(some), TALLEST) for some in by_column.values()), default=1)
    height = MARGIN + tallest * (HEIGHT + GAP_Y)
    x = 1.0
    for column in sorted(by_column):
        some = by_column[column]
        columns.append((str(some[0]["role"]), x))
        for begin in range(0, len(some), TALLEST):
            piece = some[begin : begin + TALLEST]
            top = MARGIN + (tallest - len(piece)) * (HEIGHT + GAP_Y) / 2
            for place, one in enumerate(piece):
                folded = len(rest) if one["id"] == REST else 0
                y = top + place * (HEIGHT + GAP_Y)
                nodes.append(Node(one["id"], shorten(one["id"]), one["role"], one["alerts"], x, y, folded))
            x += WIDTH + (GAP_Y if begin + TALLEST < len(some) else GAP_X)
    return nodes, columns, max(x - GAP_X + 1, WIDTH + 2), height


def _fold(edges: Sequence[Mapping[str, Any]], known: set[str]) -> list[dict[str, Any]]:
    """Join the edges of nodes that are not drawn; those without an end stand for none."""
    found: dict[tuple[str, str], dict[str, Any]] = {}
    for edge in edges:
        ends = tuple(edge[end] if edge[end] in known else REST if edge[end] else "" for end in ("source", "target"))
        if not all(ends) or ends == (REST, REST) or (REST in ends and REST not in known):
            continue
        one = found.setdefault((ends[0], ends[1]), {"rules": set(), "severity": 0, "alerts": 0})
        one["rules"] |= {*edge["rules"]}
        one["severity"] = max(one["severity"], edge["severity"])
        one["alerts"] += edge["alerts"]
    return [{"source": source, "target": target, **one} for (source, target), one in found.items()]


def _draw(edge: Mapping[str, Any], at: Mapping[str, Node]) -> Edge | None:
    source, target = at.get(edge["source"]), at.get(edge["target"])
    if source is None or target is None:
        return None
    width = round(min(1 + math.log10(max(edge["alerts"], 1)), 4), 2)
    rules = tuple(sorted(edge["rules"]))
    return Edge(source.id, target.id, rules, edge["severity"], edge["alerts"], _path(source, target), width)


def _path(source: Node, target: Node) -> str:
    """Bend from the side of one node to that of the other; within a column, around its right side."""
    if source.x < target.x:
        begin, end, bend = source.x + WIDTH, target.x - 7, max((target.x - source.x - WIDTH) / 2, 24)
        return _curve(begin, source.middle, begin + bend, end - bend, end, target.middle)
    if source.x > target.x:
        begin, end, bend = source.x, target.x + WIDTH + 7, max((source.x - target.x - WIDTH) / 2, 24)
        return _curve(begin, source.middle + 5, begin - bend, end + bend, end, target.middle + 5)
    side, end = source.x + WIDTH, source.x + WIDTH + 7
    return _curve(side, source.middle + 4, side + 40, end + 40, end, target.middle - 4)


def _curve(x1: float, y1: float, c1: float, c2: float, x2: float, y2: float) -> str:
    return f"M{x1:.1f} {y1:.1f}C{c1:.1f} {y1:.1f} {c2:.1f} {y2:.1f} {x2:.1f} {y2:.1f}"


def shorten(name: str) -> str:
    """Cut the middle out of a long name."""
    if len(name) <= LONGEST_NAME:
        return name
    half = (LONGEST_NAME - 1) // 2
    return f"{name[:half]}…{name[-half:]}"
