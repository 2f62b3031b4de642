"""Merging and splitting incidents, and taking either back."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from console.refusal import Refused
from console.views.incident_decisions import (
    count_parts,
    list_candidates,
    list_made,
    merge_cases,
    split_case,
    undo_decisions,
)
from correlation.decision import Part
from tests.support.cases import list_cases, open_cases, visit_of
from tests.support.consoles import Console
from wanglou.errors import UsageError


@pytest.fixture(scope="module")
def console(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Console]:
    """Open a console with incidents of its own."""
    with open_cases(tmp_path_factory.mktemp("views")) as opened:
        yield opened


def test_decisions_are_taken_back_by_their_numbers(console: Console) -> None:
    """A merge, and a split by each rule that is offered."""
    visit, before = visit_of(console), {case.id: case.incident.alerts for case in list_cases(console)}
    case = list_cases(console)[0]
    other = list_candidates(visit, case)[0].case
    done = merge_cases(visit, case.id, [other.id])
    assert done.seqs == tuple(one.seq for one in list_made(visit, done.case))
    assert undo_decisions(visit, case.id, done.seqs) is not None
    for rule, count in count_parts(case)["rule"]:
        parted = split_case(visit, case.id, Part(rule=rule))
        sizes = [one.incident.alerts for one in list_cases(console) if one.id in (parted.case.id, *parted.others)]
        assert sorted(sizes) == sorted((count, case.incident.alerts - count))
        undo_decisions(visit, parted.case.id, parted.seqs)
    assert {case.id: case.incident.alerts for case in list_cases(console)} == before


def test_bounds_and_versions(console: Console) -> None:
    """None, too many, and an ETag that is not the last one."""
    visit, case = visit_of(console), list_cases(console)[0]
    for others in ([], ["x"] * 51):
        with pytest.raises(UsageError):
            merge_cases(visit, case.id, others)
    with pytest.raises(UsageError):
        split_case(visit, case.id, Part(("x",) * 501))
    with pytest.raises(Refused):
        split_case(visit, case.id, Part(rule="x"), '"0"')
