"""What the tabs of an incident show."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from console.views.incident_tabs import PACKETS, find_packets, list_alerts, list_entities, list_proofs
from tests.support.cases import list_cases, open_cases, visit_of
from tests.support.consoles import Console
from tests.support.visits import make_guest


@pytest.fixture(scope="module")
def console(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Console]:
    """Open a console with incidents of its own."""
    with open_cases(tmp_path_factory.mktemp("views")) as opened:
        yield opened


def test_every_alert_has_its_records(console: Console) -> None:
    """As many alerts as the incident has, each with what it rests on."""
    visit = visit_of(console)
    for case in list_cases(console):
        proofs, follows = list_proofs(visit, case)
        assert follows == ""
        assert [proof.line.id for proof in proofs] == [line.id for line in list_alerts(visit, case).lines]
        assert len(proofs) == case.incident.alerts
        assert all(proof.records for proof in proofs)


def test_packets_are_linked_where_they_may_be_seen(console: Console) -> None:
    """Else the alert; else nothing."""
    visit = visit_of(console)
    paths = visit.services.paths
    try:
        visit.services.paths = frozenset({PACKETS})
        assert find_packets(visit, "alert-1") == "/alerts/alert-1/packets"
        visit.guest = make_guest("reviewer")
        assert find_packets(visit, "alert-1") == "/alerts/alert-1"
        visit.guest = make_guest("leader")
        assert find_packets(visit, "alert-1") == ""
    finally:
        visit.services.paths = paths


def test_entities_are_those_of_the_graph(console: Console) -> None:
    """With their roles; an empty inventory has no asset for them."""
    case = list_cases(console)[0]
    found = list_entities(visit_of(console), case)
    assert [(one.address, one.role) for one in found] == [
        (node["id"], node["role"]) for node in case.incident.graph["nodes"]
    ]
    assert {one.asset for one in found} == {None}
