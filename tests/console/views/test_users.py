"""What the administrator's pages and API share."""

from __future__ import annotations

import pytest

from console.refusal import Refused
from console.views.users import list_grants, list_roles, read_version, write_version
from tests.support.visits import make_account


def test_etags_are_read_as_they_are_written() -> None:
    """Any is None, none is 428, what is none of ours is 412."""
    assert read_version(write_version(make_account("analyst"))) == 1
    assert read_version("*") is None
    for text, status in ((None, 428), ("x", 412), ("", 412), ("²", 412), ("9" * 20, 412)):
        with pytest.raises(Refused) as caught:
            read_version(text)
        assert caught.value.status == status


def test_tokens_are_granted_what_people_do_not_do_themselves() -> None:
    """Neither passwords nor other tokens."""
    assert "account.own" not in list_grants(make_account("analyst"))
    assert "alerts.read" in list_grants(make_account("analyst"))
    assert {one.duty for one in list_roles()} == {"administration", "operation", "audit", "enterprise", "machine"}
