"""Facts about ``detection.derivation``."""

from __future__ import annotations

import ipaddress

import pyarrow as pa
import pytest

from detection import distinct
from detection.derivation import Derivation
from detection.facts import SiteFacts
from tests.support.rules import table
from wanglou.addresses import Ranges
from wanglou.site import Name, Site, Zone

NAMES = ["wanglou.site.source.zone", "wanglou.site.source.level", "wanglou.site.source.known"]


def make_site() -> Site:
    """A site of one zone."""
    ranges = Ranges([ipaddress.ip_network("10.0.0.0/24")])
    return Site("s", Name("s", "s"), zones=(Zone("cell", Name("c", "c"), ranges, 1.5, ""),))


def derive(derivation: Derivation, *clients: str | None) -> list[list[object]]:
    """Derive for records of these clients: one list of values a name."""
    whole = table(*({"source.ip": client} for client in clients))
    columns = derivation.extend({name: whole.column(name).combine_chunks() for name in derivation.inputs}, len(clients))
    return [columns[name].to_pylist() for name in NAMES]


def test_derived_columns_stand_beside_their_inputs(monkeypatch: pytest.MonkeyPatch) -> None:
    """Over several batches each row gets the facts of its own inputs, also when what is known is forgotten."""
    monkeypatch.setattr(distinct, "LIMIT", 2)
    derivation = Derivation("modbus", NAMES, SiteFacts(make_site()))
    for _ in range(3):
        found = derive(derivation, "10.0.0.1", "10.9.9.9", None, "10.0.0.1", "10.0.0.2")

        assert found[0] == ["cell", None, None, "cell", "cell"]
        assert found[1] == [1.5, None, None, 1.5, 1.5]
        assert found[2] == [True, False, None, True, True]


def test_without_a_site_nothing_is_read() -> None:
    """All values are missing, and no column is needed to say so."""
    derivation = Derivation("modbus", NAMES, SiteFacts(None))

    assert derivation.inputs == []
    assert derive(derivation, "10.0.0.1", None) == [[None, None]] * 3
    assert pa.types.is_string(derivation.types["wanglou.site.source.zone"])
