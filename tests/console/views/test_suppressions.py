"""Suppressions as far as a guest may see and make them."""

from __future__ import annotations

import pytest

from console.refusal import Refused
from console.views.suppressions import lift, list_suppressions, suppress
from tests.support.consoles import Console
from tests.support.visits import make_guest, make_visit
from wanglou.errors import UsageError


def test_nobody_decides_for_another_enterprise(console: Console) -> None:
    """Nor lifts what it may not see."""
    park, chem = make_visit(), make_visit()
    park.services = chem.services = console.services
    chem.guest = make_guest("analyst", enterprises=frozenset({"chem"}))
    given = {"rule": "x", "source": "", "destination": "", "reason": "tests", "days": 1}
    for enterprise in ("", "water"):
        with pytest.raises(UsageError):
            suppress(chem, enterprise=enterprise, **given)  # type: ignore[arg-type] # of several types
    made = suppress(park, enterprise="water", **given)  # type: ignore[arg-type] # as above
    assert made.until_ns == park.now_ns + 86_400 * 10**9
    assert list_suppressions(chem) == []
    with pytest.raises(Refused):
        lift(chem, made.id)
    assert lift(park, made.id) == made
