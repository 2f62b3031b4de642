"""Conduits of both directions are one link; what flows within a zone, or beyond those known, is told apart."""

from __future__ import annotations

from console.views.topology import OUT, join_conduits
from correlation.conversations import Conduit
from correlation.pairs import Traffic

ONE, OTHER = ("chem", "a", 4.0), ("chem", "b", 1.0)


def test_both_directions_are_one_link() -> None:
    """What flows back is part of the same conduit; past a level it is marked."""
    conduits = (
        Conduit(ONE, OTHER, ("modbus",), 1, Traffic(1, 1, 10)),
        Conduit(OTHER, ONE, ("dns",), 1, Traffic(1, 1, 5)),
    )
    (link,), inner = join_conduits(conduits, {ONE, OTHER})
    assert (link.traffic, link.pairs, link.protocols) == (Traffic(2, 2, 15), 2, ("modbus", "dns"))
    assert (link.there.bytes, link.back.bytes, link.is_skipping, inner) == (10, 5, True, {})


def test_what_is_within_or_outside() -> None:
    """Zones that are not known are outside; bytes within one are no conduit; the busiest comes first."""
    conduits = (
        Conduit(ONE, ONE, (), 1, Traffic(1, 1, 7)),
        Conduit(ONE, OTHER, (), 1, Traffic(1, 1, 1)),
        Conduit(("x", "y", None), ONE, (), 1, Traffic(1, 1, 9)),
    )
    links, inner = join_conduits(conduits, {ONE, OTHER})
    assert inner == {ONE: 7}
    assert [(link.one, link.bytes) for link in links] == [(OUT, 9), (ONE, 1)]
