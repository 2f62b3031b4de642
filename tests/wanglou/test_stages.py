"""All later stages brought up with one store and one ledger."""

from __future__ import annotations

from pathlib import Path

import pytest

from correlation.decision import Part
from correlation.lake import Lake
from correlation.opening import LEDGER
from correlation.risk_ledger import list_days, read_figures
from correlation.triage import Triage
from tests.support.command_line import CAPTURES, SAMPLE
from tests.support.ledgers import ACTOR
from wanglou.appliance import replay
from wanglou.ledger import Ledger
from wanglou.replay_options import ReplayOptions
from wanglou.site import Site, load_site
from wanglou.stages import COMPONENTS, StageReport, open_stages, update_stages


@pytest.fixture(scope="module")
def site() -> Site:
    """The bundled site."""
    return load_site(CAPTURES / "site.yaml")


@pytest.fixture
def folder(tmp_path: Path, site: Site) -> Path:
    """A lake of one capture with an attack."""
    replay([SAMPLE], ReplayOptions(tmp_path / "lake", site))
    return tmp_path / "lake"


def test_all_stages_at_once(folder: Path, site: Site) -> None:
    """Assets, an incident and figures come of one call; a second one finds nothing to do."""
    with Lake(folder) as lake, open_stages(folder / LEDGER) as ledger:
        identities = [one.record.identity for one in lake.captures()]
        report = update_stages(lake, ledger, site, identities, ACTOR)
        assert (report.incidents_found, report.incidents.opened) == (1, 1)
        assert report.assets.changes["new"] == report.assets.assets > 0
        assert report.risk.park is not None
        head = ledger.head()
        assert update_stages(lake, ledger, site, identities, ACTOR) == StageReport(incidents_found=1)
        assert ledger.head() == head


def test_risk_is_told_of_assets(folder: Path, site: Site) -> None:
    """Figures are named by the asset's id, with what it is called, and rest on its criticality."""
    with Lake(folder) as lake, open_stages(folder / LEDGER) as ledger:
        update_stages(lake, ledger, site, [one.record.identity for one in lake.captures()], ACTOR)
        with ledger.reading() as connection:
            (day,) = list_days(connection)
            figures = read_figures(connection, day.site, day.day, "asset", enterprise="chem")
        worst = figures[0]
        assert worst.subject.startswith("asset-")
        assert worst.name in ("10.20.1.12", "10.20.1.13") or worst.name
        assert worst.stated


def test_any_ledger_goes_with_any_store(folder: Path, tmp_path: Path, site: Site) -> None:
    """A ledger of its own, elsewhere, gives the same as that of the lake."""
    found = []
    with Lake(folder) as lake:
        identities = [one.record.identity for one in lake.captures()]
        for place in (folder / LEDGER, tmp_path / "elsewhere.db"):
            with Ledger(place, COMPONENTS, create=True) as ledger:
                found.append(update_stages(lake, ledger, site, identities, ACTOR))
    assert found[0] == found[1]


def test_a_suppression_lowers_risk(folder: Path, site: Site) -> None:
    """What nobody wants to see opens no incident and is no threat."""
    with Lake(folder) as lake, open_stages(folder / LEDGER) as ledger:
        identities = [one.record.identity for one in lake.captures()]
        before = update_stages(lake, ledger, site, identities, ACTOR).risk.park
        Triage(ledger).suppress(Part(source="10.20.3.66"), 1 << 62, "known", ACTOR)
        after = update_stages(lake, ledger, site, identities, ACTOR)
        assert after.incidents_found == 0
        assert before is not None
        assert after.risk.park is not None
        assert after.risk.park.score < before.score
