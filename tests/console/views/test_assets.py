"""Assets as pages and the API show them."""

from __future__ import annotations

import pytest

from console.refusal import Refused
from console.views.assets import (
    check_values,
    count_page,
    edit_asset,
    get_asset,
    list_facets,
    list_page,
    list_stated,
    read_query,
    read_values,
    version_of,
    write_token,
)
from correlation.asset_list import FACETS
from tests.support.consoles import Console
from tests.support.hunting import visit_of
from wanglou.errors import UsageError


def test_facets_count_what_the_list_has(stock: Console) -> None:
    """Each value's count is that of the list narrowed to it; nobody sees other enterprises' assets."""
    visit = visit_of(stock, "scope=all")
    query = read_query(visit)
    total = count_page(visit, query)
    assert total == len(list_page(visit, query, "-risk", 500, "").lines) > 0
    facets = list_facets(visit, query)
    assert {facet.name for facet in facets} <= set(FACETS)
    for choice in facets[0].choices:
        one = visit_of(stock, f"scope=all&{facets[0].name}={choice.toggled}")
        assert count_page(one, read_query(one)) == choice.count
    bound = visit_of(stock, "scope=all", enterprises=frozenset({"nobody"}))
    assert count_page(bound, read_query(bound)) == 0


@pytest.mark.parametrize("query", ["scope=x", "type=x", "level=7", "criticality=6", "state=x"])
def test_what_no_asset_can_have_is_refused(stock: Console, query: str) -> None:
    """With what there is to choose from."""
    with pytest.raises(UsageError):
        read_query(visit_of(stock, query))


def test_values_keep_commas_apart() -> None:
    """A value with a comma is one value; none is a sign of its own."""
    assert [write_token(value) for value in ("a,b", None, "", 1.0, 3)] == ["a%2Cb", "-", "-", "1", "3"]


def test_fields_of_forms_are_read_with_their_faults() -> None:
    """What is empty takes back what was said; what is wrong is told by field."""
    values, faults = read_values({"owner": " Li ", "zone": "", "level": "nine"})
    assert (values["owner"], values["zone"]) == ("Li", None)
    assert set(faults) == {"level"}
    with pytest.raises(UsageError):
        check_values({"level": "nine"})


def test_an_edit_meets_what_was_read(stock: Console) -> None:
    """It changes the version; an edit of what was there before is refused, one that is taken back leaves nothing."""
    visit = visit_of(stock, "scope=inside")
    asset = get_asset(visit, list_page(visit, read_query(visit), "name", 1, "").lines[0].id)
    before = version_of(asset)
    changed = edit_asset(visit, asset, {"owner": "Li"}, before)
    assert list_stated(changed)["owner"] == "Li"
    assert version_of(changed) != before
    with pytest.raises(Refused):
        edit_asset(visit, changed, {"owner": "Wang"}, before)
    assert "owner" not in list_stated(edit_asset(visit, changed, {"owner": None}, version_of(changed)))
    with pytest.raises(Refused):
        get_asset(visit, "asset-none")
