"""What the ledger keeps of assets."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy as sa

from correlation import asset_ledger as kept
from correlation.assets import Decisions
from tests.support.claims import PLC, arp, asked, find, served, source
from tests.support.desk import make_asset
from tests.support.ledgers import ACTOR, list_audit
from wanglou.ledger import Ledger

CLAIMS = [*arp("10.0.1.11", PLC), *served("10.0.1.11")]


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    """A ledger with the tables of assets."""
    opened = Ledger(tmp_path / "ledger.db", [kept.ASSETS], create=True)
    yield opened
    opened.close()


def test_claims_are_read_as_they_were_saved(ledger: Ledger) -> None:
    """Saving a capture again puts its claims in the place of the earlier ones."""
    with ledger.transaction() as connection:
        kept.save_source(connection, "a", "", "1", CLAIMS[:1], 0)
        kept.save_source(connection, "a", "", "2", CLAIMS, 3)
        kept.save_source(connection, "b", "", "1", [], 4)
        assert kept.list_claims(connection) == source(CLAIMS)
        assert kept.list_states(connection) == {"a": "2", "b": "1"}
        assert kept.count_dropped(connection) == 7
        kept.remove_sources(connection, ["a"])
        assert kept.list_claims(connection) == []


def test_only_assets_that_differ_are_written(ledger: Ledger) -> None:
    """What is the same stays; what is gone goes."""
    first, second = find(source(CLAIMS)), find(source([*CLAIMS, *asked("10.0.1.100")]))
    with ledger.transaction() as connection:
        assert kept.replace_assets(connection, first) == {"new": 1, "changed": 0, "removed": 0}
        assert kept.replace_assets(connection, second) == {"new": 1, "changed": 0, "removed": 0}
        assert kept.list_assets(connection) == second
        assert kept.replace_assets(connection, second) == {"new": 0, "changed": 0, "removed": 0}
        assert kept.replace_assets(connection, []) == {"new": 0, "changed": 0, "removed": 2}


def test_decisions_are_audited(ledger: Ledger) -> None:
    """Each one with what it was before; saying the same again is no change."""
    with ledger.change(ACTOR) as change:
        assert kept.decide(change, "chem", "ip:10.0.1.11", "name", "tank", "seen")
        assert not kept.decide(change, "chem", "ip:10.0.1.11", "name", "tank", "seen")
        assert kept.decide(change, "chem", "ip:10.0.1.11", "name", "boiler", "seen")
        assert kept.decide(change, "chem", "ip:10.0.1.11", "merge ip:10.0.1.12", value=True, reason="")
        assert kept.decide(change, "chem", "ip:10.0.1.13", "split", value=True, reason="")
        assert kept.decide(change, "chem", "ip:10.0.1.13", "level", 2.0, "")
        assert kept.decide(change, "chem", "ip:10.0.1.13", "level", None, "")
        assert not kept.decide(change, "chem", "ip:10.0.1.13", "level", None, "")
    with ledger.reading() as connection:
        assert kept.list_decisions(connection) == {
            "chem": Decisions(
                {"ip:10.0.1.11": {"name": "boiler"}}, (("ip:10.0.1.11", "ip:10.0.1.12"),), ("ip:10.0.1.13",)
            )
        }
    actions = [(row.action, row.enterprise) for row in list_audit(ledger) if row.kind == "asset_decision"]
    assert actions == [(f"asset_decision.{word}", "chem")
                       for word in ("created", "changed", "created", "created", "created", "withdrawn")]  # fmt: skip


def test_settings(ledger: Ledger) -> None:
    """The last one holds."""
    with ledger.transaction() as connection:
        assert kept.read_setting(connection, "site") is None
        for value in ({"id": "a"}, {"id": "b"}):
            kept.save_setting(connection, "site", value)
        assert kept.read_setting(connection, "site") == {"id": "b"}


def test_a_ledger_of_version_1_gets_the_columns(tmp_path: Path) -> None:
    """Assets of an earlier version are found and sorted as those that are written now."""
    place, added = tmp_path / "ledger.db", ("name", "vendor", "model", "addresses", "place", "words")
    assets = [
        make_asset(1),
        replace(make_asset(2), addresses=("fe80::2", "10.0.0.2")),
        replace(make_asset(3), addresses=()),
    ]
    with Ledger(place, [kept.ASSETS], create=True) as first, first.transaction() as connection:
        kept.replace_assets(connection, assets)
        wanted = connection.execute(sa.select(kept.ASSET).order_by(kept.ASSET.c.id)).all()
    with closing(sqlite3.connect(place)) as raw:
        for name in added:
            raw.execute(f"ALTER TABLE assets DROP COLUMN {name}")
        raw.execute("UPDATE versions SET version = 1 WHERE component = 'assets'")
        raw.commit()
    with Ledger(place, [kept.ASSETS]) as again, again.reading() as connection:
        assert connection.execute(sa.select(kept.ASSET).order_by(kept.ASSET.c.id)).all() == wanted
        assert kept.list_assets(connection) == sorted(assets, key=lambda asset: asset.id)
