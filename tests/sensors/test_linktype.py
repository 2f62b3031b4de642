"""Link types."""

from __future__ import annotations

import pytest

from sensors.batch import LINK_TYPES
from sensors.linktype import list_linktypes, name_linktype, resolve_linktype


@pytest.mark.parametrize("linktype", sorted(LINK_TYPES))
def test_what_is_read_resolves_to_itself(linktype: int) -> None:
    """A registered number stands for itself, also with an FCS length in the upper bits."""
    assert resolve_linktype(linktype) == linktype
    assert resolve_linktype(linktype | 0x24000000) == linktype


@pytest.mark.parametrize("alias", [12, 14])
def test_raw_ip_has_aliases(alias: int) -> None:
    """The numbers that some systems store for raw IP are read as RAW."""
    assert resolve_linktype(alias) == 101


def test_what_is_not_read_is_named() -> None:
    """An unread link type resolves to -1 and is told by number and name."""
    assert resolve_linktype(105) == -1
    assert name_linktype(105) == "105 (IEEE802_11)"
    assert name_linktype(60000) == "60000"


def test_the_list_holds_all_that_is_read() -> None:
    """A message that lists link types names every one that is read."""
    assert {int(entry.split()[1]) for entry in list_linktypes().split(", ")} == LINK_TYPES
