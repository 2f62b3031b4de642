"""Incidents of the bundled captures: one for each attack, none where nothing is wrong."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

import pytest
import yaml

from correlation.case import Case
from correlation.lake import Lake
from wanglou.bundled import MANIFEST, captures_folder
from wanglou.commands.incidents import open_incidents
from wanglou.replay_options import ReplayOptions
from wanglou.site import load_site
from wanglou.verification import Expectation, load_expectations, replay_bundled

SEVERAL = {
    "several_writers": {("10.20.3.66",), ("10.20.1.200",), ("203.0.113.45",)},
    "exposed_controller": {("203.0.113.45",), ("10.20.1.200",)},
    "reply_injection": {("10.20.1.12",), ("10.20.1.200",)},
}
"""Captures whose story tells of several attackers that have nothing to do with each other, and who they are."""
NOBODY = {"controller_fault", "dns_amplification", "handle_amplification"}
"""Captures in which the network does not show who did it: a fault, and floods under forged addresses."""
ACTORS = ("10.20.3.66", "10.20.1.200", "203.0.113.45", "203.0.113.10", "192.168.10.10")
"""Attackers of the stories; insiders are named below."""
INSIDERS = {"safety_write": "10.20.1.100", "exception_storm": "10.20.2.10", "opcua_downgrade": "10.20.2.20"}
TITLES = Path(__file__).parent / "golden" / "titles.yaml"
"""Titles of the bundled attacks, each read beside the story of its capture: none says more than was seen."""
EXPECTATIONS = load_expectations(captures_folder() / MANIFEST)


def name_of(path: Path) -> str:
    """Name of a capture without its endings."""
    return path.name.split(".")[0]


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[Case]]:
    """Incidents of each bundled capture, all of them in one lake."""
    folder = tmp_path_factory.mktemp("bundled") / "lake"
    reports = replay_bundled(EXPECTATIONS, ReplayOptions(folder, load_site(captures_folder() / "site.yaml")))
    capture_of = {report.identity: name_of(report.path) for report in reports}
    with Lake(folder) as lake, open_incidents(folder) as (incidents, _):
        incidents.rebuild(lake)
        cases: dict[str, list[Case]] = defaultdict(list)
        for case in incidents.cases():
            alert = lake.get(case.incident.timeline[0].sample)
            assert alert is not None
            cases[capture_of[str(alert["wanglou.capture"])]].append(case)
        return cases


@pytest.mark.parametrize("expectation", EXPECTATIONS, ids=lambda one: name_of(one.path))
def test_one_incident_for_each_attack(found: dict[str, list[Case]], expectation: Expectation) -> None:
    """Captures of normal traffic have none, an attack has one that names its attacker, two attackers have two."""
    name = name_of(expectation.path)
    actors = sorted(case.incident.actors for case in found.get(name, []))
    if not expectation.must:
        assert actors == []
    elif name in SEVERAL:
        assert actors == sorted(SEVERAL[name])
    elif name in NOBODY:
        assert actors == [()]
    else:
        assert [len(its) for its in actors] == [1]
        assert actors[0][0] == INSIDERS.get(name, actors[0][0])
        assert actors[0][0] in (*ACTORS, *INSIDERS.values())


def test_captures_that_overlap_are_not_mixed(found: dict[str, list[Case]]) -> None:
    """The bundled captures are of one site and overlap in time, with the same attackers: none shares an incident."""
    assert all(len(case.incident.captures) == 1 for cases in found.values() for case in cases)


def test_the_fault_is_a_fault(found: dict[str, list[Case]]) -> None:
    """A controller that fails is told as a failure of equipment and of nobody's doing."""
    (case,) = found["controller_fault"]
    assert (case.incident.title_en, case.incident.event_class) == ("10.20.1.12 failed", "设备设施故障事件")


def test_titles_tell_all_three(found: dict[str, list[Case]]) -> None:
    """Every title begins with an actor or says that none is known, and names a target."""
    for cases in found.values():
        for case in cases:
            incident = case.incident
            assert incident.title_zh != incident.title_en
            if incident.actors:
                assert incident.title_en.startswith(incident.actors[0])
                assert "several targets" not in incident.title_en or not incident.targets


def test_titles_are_those_that_were_read(found: dict[str, list[Case]]) -> None:
    """In both languages, word by word."""
    told = {
        name: sorted(({"zh": one.incident.title_zh, "en": one.incident.title_en} for one in cases), key=_english)
        for name, cases in found.items()
    }
    assert told == yaml.safe_load(TITLES.read_text("utf-8"))


def test_the_readme_shows_an_alert_that_is_there(found: dict[str, list[Case]]) -> None:
    """Its sample is the alert of the safety range."""
    readme = (Path(__file__).parents[1] / "README.md").read_text("utf-8")
    (case,) = found["safety_write"]
    assert f"wanglou show {case.incident.timeline[0].sample[: len('alert-') + 8]}\n" in readme


def _english(titles: dict[str, str]) -> str:
    return titles["en"]
