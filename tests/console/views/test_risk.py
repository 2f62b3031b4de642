"""Risk as pages and the API show it."""

from __future__ import annotations

import pytest

from console.refusal import Refused
from console.views.risk import list_rated, name_part, read_enterprise_risk, read_park_risk
from tests.support.consoles import Console
from tests.support.hunting import visit_of


def test_parts_add_up_to_the_figure(stock: Console) -> None:
    """Of the park and of each enterprise; every part has words."""
    visit = visit_of(stock)
    park = read_park_risk(visit)
    assert park is not None
    rated = [park, *(read_enterprise_risk(visit, line.enterprise) for line in list_rated(visit, "enterprise"))]
    for one in rated:
        assert sum(part.points for part in one.figure.parts) == one.figure.score
        assert all(name_part(visit, part) for part in one.figure.parts)
        assert one.trend[-1][1].score == one.figure.score


def test_nobody_sees_the_risk_of_others(stock: Console) -> None:
    """Neither the park's nor another enterprise's."""
    bound = visit_of(stock, enterprises=frozenset({"chem"}))
    assert read_park_risk(bound) is None
    assert {line.enterprise for line in list_rated(bound, "asset")} <= {"chem"}
    with pytest.raises(Refused):
        read_enterprise_risk(bound, "machining")
