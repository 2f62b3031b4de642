"""Packets as pages and the API show them."""

from __future__ import annotations

import pytest

from console import dissections
from console.refusal import Refused
from console.views.evidence import find_ground, show_packets
from tests.support.consoles import Console
from tests.support.hunting import find_newest, visit_of
from wanglou.errors import WanglouError


def test_records_of_another_enterprise_have_no_packets(console: Console) -> None:
    """They are not there for who is bound to one."""
    identity = str(find_newest(console)[0]["event.id"])
    assert find_ground(visit_of(console), identity).records
    with pytest.raises(Refused, match="404"):
        find_ground(visit_of(console, enterprises=frozenset({"nobody"})), identity)


def test_bytes_are_shown_where_nothing_dissects_them(console: Console, monkeypatch: pytest.MonkeyPatch) -> None:
    """A dissector that is missing or fails leaves the bytes, and says so."""

    def fail(*_: object, **__: object) -> None:
        raise WanglouError("tshark is not installed, so packets cannot be dissected")

    monkeypatch.setattr(dissections, "_dissect", fail)
    monkeypatch.setattr("console.views.evidence.DISSECTIONS", dissections.Dissections())
    visit = visit_of(console)
    found = show_packets(visit, find_ground(visit, str(find_newest(console)[0]["event.id"])))
    assert not isinstance(found, str)
    assert found.fault is not None
    assert found.chosen is not None
    assert found.chosen.rows
    assert found.chosen.layers == []
