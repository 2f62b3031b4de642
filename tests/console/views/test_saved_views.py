"""Views that people save of pages."""

from __future__ import annotations

import pytest

from console.refusal import Refused
from console.views.saved_views import delete_view, find_view, list_views, rename_view, save_view, show_views
from tests.support.consoles import Console
from tests.support.hunting import visit_of
from wanglou.errors import ConflictError, UsageError


def test_a_view_keeps_the_filter_and_no_place(stock: Console) -> None:
    """It is renamed by its version, shown on its page, and gone when it is deleted."""
    visit = visit_of(stock)
    made = save_view(visit, page="/alerts", name="  night   shift ", query="severity=high&cursor=x&selected=y")
    assert (made.name, made.query) == ("night shift", "severity=high")
    assert [one.id for one in show_views(visit).views] == [made.id]
    assert rename_view(visit, made.id, "day", expected=1).version == 2
    with pytest.raises(ConflictError):
        rename_view(visit, made.id, "late", expected=1)
    assert delete_view(visit, made.id).name == "day"
    with pytest.raises(Refused):
        find_view(visit, made.id)


@pytest.mark.parametrize(
    "wrong",
    [{"page": "/nowhere"}, {"page": "/users"}, {"name": " "}, {"name": "x" * 81}, {"query": "q=" + "x" * 9_000}],
)
def test_what_is_no_view_is_refused(stock: Console, wrong: dict[str, str]) -> None:
    """A page that one may not see, no name, and too much of either."""
    given = {"page": "/alerts", "name": "n", "query": ""} | wrong
    with pytest.raises(UsageError):
        save_view(visit_of(stock), page=given["page"], name=given["name"], query=given["query"])
    assert list_views(visit_of(stock)) == []


def test_somebody_bound_to_an_enterprise_shares_nothing(stock: Console) -> None:
    """Nor sees what others share."""
    shared = save_view(visit_of(stock), page="/alerts", name="all", query="", is_shared=True)
    bound = visit_of(stock, enterprises=frozenset({"chem"}))
    with pytest.raises(UsageError):
        save_view(bound, page="/alerts", name="mine", query="", is_shared=True)
    delete_view(visit_of(stock), shared.id)
