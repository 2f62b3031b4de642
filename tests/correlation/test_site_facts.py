"""Facts of a site as the ledger keeps them."""

from __future__ import annotations

import json
from pathlib import Path

from correlation.asset_ledger import ASSETS, save_setting
from correlation.site_facts import SITE, load_site_facts, read_site, write_site
from tests.support.command_line import CAPTURES
from wanglou.ledger import Ledger
from wanglou.site import load_site

PARK = load_site(CAPTURES / "site.yaml")


def test_what_stages_ask_is_kept() -> None:
    """Enterprises, zones, masters and safety functions answer as those of the file do, and its digest is the same."""
    told = read_site(json.loads(json.dumps(write_site(PARK))))
    assert told is not None
    assert (told.id, told.digest, write_site(told)) == (PARK.id, PARK.digest, write_site(PARK))
    for address in ("10.20.1.11", "10.20.3.66", "192.168.10.10", "203.0.113.45"):
        zones = [site.find_zone(address, "chem") for site in (told, PARK)]
        assert len({zone and (zone.id, zone.level) for zone in zones}) == 1
        found = [site.find_enterprise(address) for site in (told, PARK)]
        assert len({one and one.id for one in found}) == 1
        allowed = {site.is_master_allowed("chem", address, "10.20.1.11", 1) for site in (told, PARK)}
        assert len(allowed) == 1
        safe = {site.find_safety("chem", address, 1) is None for site in (told, PARK)}
        assert len(safe) == 1
    assert told.find_zone("10.20.1.11", "chem").id == "chem-cell"  # type: ignore[union-attr] # there is one


def test_facts_of_earlier_versions(tmp_path: Path) -> None:
    """They lack masters and the digest; where no site was ever given there is none."""
    facts = write_site(PARK)
    del facts["masters"], facts["digest"]
    with Ledger(tmp_path / "ledger.db", [ASSETS], create=True) as ledger, ledger.transaction() as connection:
        assert load_site_facts(connection) is None
        save_setting(connection, SITE, facts)
        told = load_site_facts(connection)
    assert told is not None
    assert (told.masters, told.digest, told.id) == ((), "", PARK.id)
