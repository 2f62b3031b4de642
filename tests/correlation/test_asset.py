"""An asset, and how it is written and read."""

from __future__ import annotations

import json

from correlation.asset import make_id, read_asset
from tests.support.claims import PLC, arp, claim, find, served, source


def test_an_asset_is_read_as_it_was_written() -> None:
    """JSON between loses nothing."""
    (asset,) = find(source([*arp("10.0.1.11", PLC), *served("10.0.1.11"), claim("vendor", "ABB", "10.0.1.11")]))
    assert read_asset(json.loads(json.dumps(asset.write()))) == asset


def test_ids_differ_by_enterprise_and_key() -> None:
    """The same key in another enterprise names another asset."""
    assert len({make_id(of, key) for of in ("", "chem") for key in ("ip:10.0.1.1", "ip:10.0.1.2")}) == 4
    assert make_id("chem", "ip:10.0.1.1") == make_id("chem", "ip:10.0.1.1")
