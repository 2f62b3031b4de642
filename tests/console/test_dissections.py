"""Dissections are kept, so that a packet that is looked at again costs nothing."""

from __future__ import annotations

import pytest

from console import dissections
from sensors.cutting import Packet


def test_the_latest_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same packets are dissected once; other packets, captures and dissectors again; few are kept."""
    calls: list[int] = []

    def note(packets: list[Packet], _: object) -> dissections.Trees:
        calls.append(packets[0].ordinal)
        return [{"number": packets[0].ordinal}]

    monkeypatch.setattr(dissections, "_dissect", note)
    kept = dissections.Dissections()
    packet = Packet(1, 0, 1, 1, b"x")
    for capture, decode_as in (("a", {}), ("a", {}), ("b", {}), ("a", {"tcp.port==1": "mbtcp"})):
        assert kept.dissect(capture, [packet], decode_as) == [{"number": 1}]
    assert len(calls) == 3
    for ordinal in range(2, dissections.MOST_KEPT + 2):
        kept.dissect("a", [Packet(ordinal, 0, 1, 1, b"x")], {})
    kept.dissect("a", [packet], {})
    assert calls[-1] == 1
