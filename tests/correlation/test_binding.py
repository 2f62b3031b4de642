"""A ledger serves one store: any other is refused, until somebody says that it was moved."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from correlation.binding import adopt, identify, require_bound, require_same
from correlation.elastic import Elastic
from correlation.lake import Lake
from correlation.opening import LEDGER, open_ledger, open_store
from tests.support.gate import stand_before
from tests.support.ledgers import ACTOR, list_audit
from tests.support.stores import take_captures, write
from wanglou.errors import StoreError
from wanglou.ledger import Ledger
from wanglou.stages import COMPONENTS, update_stages

REFUSED = "belongs to another store.*store adopt"


@contextmanager
def opened(location: Path | str, place: str | Path) -> Iterator[Ledger]:
    """Open a ledger for a store."""
    with open_ledger(str(location), place, COMPONENTS) as ledger:
        yield ledger


def make_lake(folder: Path) -> Path:
    """Make a lake with one capture."""
    with Lake(folder) as lake:
        write(lake, take_captures()[0])
    return folder


@pytest.fixture
def address(elastic: Elastic) -> str:
    """Where an empty store on Elasticsearch is."""
    elastic.init()
    return f"{elastic.address.urls[0]}?prefix={elastic.address.prefix}"


def test_a_store_has_one_id(elastic: Elastic, tmp_path: Path) -> None:
    """Made once, and another's is another; it goes along with a lake's folder."""
    elastic.init()
    first = identify(elastic)
    assert identify(elastic) == first
    folder = make_lake(tmp_path / "a")
    with Lake(folder) as lake:
        assert identify(lake) != first
        known = identify(lake)
    moved = shutil.move(folder, tmp_path / "b")
    with Lake(Path(moved)) as lake:
        assert identify(lake) == known


def test_a_lakes_own_ledger_serves_no_other(tmp_path: Path, address: str) -> None:
    """Neither another lake nor a cluster; its own lake wherever it is moved to."""
    one, other = make_lake(tmp_path / "one"), make_lake(tmp_path / "other")
    with opened(one / LEDGER, one):
        pass
    for place in (str(other), address):
        with pytest.raises(StoreError, match=REFUSED), opened(one / LEDGER, place):
            pass
    moved = Path(shutil.move(one, tmp_path / "moved"))
    with opened("", moved):
        pass


def test_a_ledger_apart_serves_the_first_store(place: Path | str, tmp_path: Path) -> None:
    """SQLite and PostgreSQL: what is opened first is kept, another is refused, with what to do."""
    one, other = make_lake(tmp_path / "one"), make_lake(tmp_path / "other")
    for _ in range(2):
        with opened(place, one):
            pass
    with pytest.raises(StoreError, match=REFUSED) as told, opened(place, other):
        pass
    assert str(one) in str(told.value)
    assert ":secret@" not in str(told.value)
    shutil.move(one, tmp_path / "moved")
    with opened(place, tmp_path / "moved"):
        pass


def test_a_cluster_at_another_address_is_the_same(elastic: Elastic, address: str, tmp_path: Path) -> None:
    """It says itself who it is; at the address that is known it is not even asked, so that it may be away."""
    location = tmp_path / "ledger.db"
    with opened(location, address):
        pass
    with stand_before(elastic.address.urls[0]) as gate:
        behind = address.replace(elastic.address.urls[0], gate.url)
        with pytest.raises(StoreError, match="no connection"), opened(location, behind):
            pass
        gate.open()
        with opened(location, behind):
            pass
    with pytest.raises(StoreError, match=REFUSED), opened(location, make_lake(tmp_path / "lake")):
        pass


def test_a_first_use_waits_for_no_cluster(elastic: Elastic, tmp_path: Path) -> None:
    """One that is away is asked the next time."""
    with stand_before(elastic.address.urls[0]) as gate:
        behind = f"{gate.url}?prefix={elastic.address.prefix}"
        with opened(tmp_path / "ledger.db", behind):
            pass
        gate.open()
        elastic.init()
        with opened(tmp_path / "ledger.db", behind):
            pass
    with pytest.raises(StoreError, match=REFUSED), opened(tmp_path / "ledger.db", make_lake(tmp_path / "lake")):
        pass


def test_stages_look_at_the_store_itself(elastic: Elastic, address: str, tmp_path: Path) -> None:
    """A cluster made anew at the same address would have taken all assets and incidents away."""
    write(elastic, take_captures()[1])
    identities = [take_captures()[1].record.identity]
    with opened(tmp_path / "ledger.db", address) as ledger:
        update_stages(elastic, ledger, None, identities, ACTOR)
        elastic.remove_all()
        elastic.init()
        for _ in range(2):
            with pytest.raises(StoreError, match=REFUSED):
                update_stages(elastic, ledger, None, [], ACTOR)
            identify(elastic)
        with pytest.raises(StoreError, match=REFUSED):
            require_same(elastic, ledger)


def test_adopting_moves_a_ledger(elastic: Elastic, address: str, tmp_path: Path) -> None:
    """From a lake to a cluster and on; each time audited, and the former store is refused from then on."""
    lake = make_lake(tmp_path / "lake")
    location = lake / LEDGER
    assert adopt(location, address, ACTOR) == str(lake)
    with opened(location, address) as ledger:
        require_same(elastic, ledger)
        assert "ledger.bound" in {row.action for row in list_audit(ledger)}
    with pytest.raises(StoreError, match=REFUSED), opened("", lake):
        pass
    assert adopt(location, str(lake), ACTOR).startswith(elastic.address.urls[0])
    with opened("", lake) as ledger, open_store(lake) as store:
        require_same(store, ledger)
        require_bound(ledger, location, lake)
    with pytest.raises(StoreError, match=REFUSED), opened(location, address):
        pass
