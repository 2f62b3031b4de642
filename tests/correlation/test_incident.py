"""Ids of incidents."""

from __future__ import annotations

import re

from correlation.incident import name_incident


def test_ids_follow_from_the_first_alert() -> None:
    """The same first alert gives the same id, another one another."""
    assert name_incident("alert-1") == name_incident("alert-1") != name_incident("alert-2")
    assert re.fullmatch(r"incident-[0-9a-f]{16}", name_incident("alert-1"))
