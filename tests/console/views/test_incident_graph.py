"""The graph of an incident."""

from __future__ import annotations

from typing import Any

import pytest

from console.views.incident_graph import LONGEST_NAME, MOST_NODES, REST, draw_graph, shorten


def make(count: int, role: str = "target") -> dict[str, Any]:
    """Make a graph of one actor and ``count`` others that it acted on."""
    others = [{"id": f"10.0.{one // 250}.{one % 250}", "role": role, "alerts": one + 1} for one in range(count)]
    edges = [{"source": "10.9.9.9", "target": one["id"], "rules": ["r"], "severity": 70, "alerts": one["alerts"]}
             for one in others]  # fmt: skip
    return {"nodes": [{"id": "10.9.9.9", "role": "actor", "alerts": 99}, *others], "edges": edges}


@pytest.mark.parametrize("count", [0, 1, 2, MOST_NODES - 1, MOST_NODES, 199])
@pytest.mark.parametrize("role", ["target", "relay", "suspect", "other", "unheard of"])
def test_no_more_nodes_than_allowed_and_none_lost(count: int, role: str) -> None:
    """What is not drawn is counted; no alert of an edge is lost; all stands inside, nothing on another."""
    graph = make(count, role)
    drawn = draw_graph(graph)
    assert len(drawn.nodes) <= MOST_NODES
    assert sum(node.folded or 1 for node in drawn.nodes) == count + 1
    assert sum(edge.alerts for edge in drawn.edges) == sum(edge["alerts"] for edge in graph["edges"])
    places = {(node.x, node.y) for node in drawn.nodes}
    assert len(places) == len(drawn.nodes)
    assert all(0 <= x < drawn.width and 0 <= y < drawn.height for x, y in places)
    assert any(node.id == "10.9.9.9" for node in drawn.nodes)


def test_the_rest_is_one_node() -> None:
    """It has all that was folded, and the edges of those."""
    drawn = draw_graph(make(100))
    rest = next(node for node in drawn.nodes if node.id == REST)
    assert rest.folded == drawn.folded == 100 + 1 - (MOST_NODES - 1)
    assert [edge.target for edge in drawn.edges].count(REST) == 1


def test_edges_without_an_end_or_a_node_are_left_out() -> None:
    """Nobody knows where they would begin."""
    graph = make(1)
    graph["edges"] += [{**graph["edges"][0], "source": ""}, {**graph["edges"][0], "target": "10.1.1.1"}]
    assert len(draw_graph(graph).edges) == 1


def test_edges_go_either_way_and_to_oneself() -> None:
    """Each has a path."""
    graph = make(1)
    edge = graph["edges"][0]
    graph["edges"] += [{**edge, "source": edge["target"], "target": edge["source"]}, {**edge, "target": edge["source"]}]
    assert len({one.path for one in draw_graph(graph).edges}) == 3


def test_long_names_are_cut_in_the_middle() -> None:
    """Both ends stay."""
    name = "2001:0db8:85a3:0000:0000:8a2e:0370:7334"
    assert len(shorten(name)) == LONGEST_NAME
    assert shorten(name)[:4] == "2001"
    assert shorten(name)[-4:] == "7334"
    assert shorten("10.0.0.1") == "10.0.0.1"
