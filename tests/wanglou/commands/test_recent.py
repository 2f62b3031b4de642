"""What reports tell is what the lake would."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from correlation.lake import Lake
from tests.support.command_line import CAPTURES, ROOT, SAMPLE, Screen
from wanglou.appliance import replay
from wanglou.capture_report import CaptureReport
from wanglou.commands.findings import print_findings
from wanglou.commands.inventory import count_devices, count_identifiers, count_protocols
from wanglou.commands.recent import Recent, is_fresh
from wanglou.commands.summary import group_alerts, rank_conversations
from wanglou.languages import LANGUAGES, load_catalogue
from wanglou.replay_options import ReplayOptions
from wanglou.site import load_site

NAMES = ("opcua_discovery", "mqtt_exposed_broker", "dns_update", "handle_unauthorised_change")

Read = tuple[Path, list[CaptureReport]]


@pytest.fixture(scope="module")
def read(tmp_path_factory: pytest.TempPathFactory) -> Read:
    """A lake of several protocols, and the reports of its captures."""
    folder = tmp_path_factory.mktemp("recent") / "lake"
    paths = [SAMPLE, *(CAPTURES / f"{name}.pcap.gz" for name in NAMES)]
    return folder, replay(paths, ReplayOptions(folder, load_site(CAPTURES / "site.yaml"), "chem"))


def test_both_tell_the_same(read: Read) -> None:
    """Conversations, protocols, devices, identifiers and alerts are those of the lake, in its order."""
    folder, reports = read
    identities = [report.identity for report in reports]
    with Lake(folder) as lake:
        recent = Recent(reports, lake)
        assert rank_conversations(recent, identities) == rank_conversations(lake, identities)
        assert count_protocols(recent, identities) == count_protocols(lake, identities)
        assert count_devices(recent, identities) == count_devices(lake, identities)
        assert count_identifiers(recent, identities) == count_identifiers(lake, identities)
        for language in LANGUAGES:
            say = load_catalogue(language)
            told = group_alerts(recent, identities, say)
            assert told == group_alerts(lake, identities, say)
            assert [list(group.entities) for group in told] == [
                list(group.entities) for group in group_alerts(lake, identities, say)
            ]


def test_all_of_it_prints_the_same(read: Read) -> None:
    """The closing tables are the same with reports and without."""
    folder, reports = read
    identities = [report.identity for report in reports]
    screens = Screen(), Screen()
    print_findings(screens[0].terminal, folder, identities)
    print_findings(screens[1].terminal, folder, identities, reports)
    assert screens[0].out == screens[1].out


def test_what_is_not_remembered_is_read_back(read: Read) -> None:
    """Where a report holds no records, or fewer than there are, the lake is asked."""
    folder, reports = read
    identities = [report.identity for report in reports]
    with Lake(folder) as lake:
        forgetful = [replace(reports[0], remembered={}), *reports[1:]]
        assert rank_conversations(Recent(forgetful, lake), identities) == rank_conversations(lake, identities)


def test_which_reports_are_fresh(read: Read) -> None:
    """A capture that was known before is in the lake alone."""
    folder, reports = read
    assert all(is_fresh(report) for report in reports)
    (again,) = replay([SAMPLE], ReplayOptions(folder, load_site(CAPTURES / "site.yaml"), "chem"))
    assert again.state == "known"
    assert not is_fresh(again)
    assert not again.remembered


def test_a_replay_of_modbus_loads_little(tmp_path: Path) -> None:
    """From its words to the closing tables it needs no database for queries, no grammar of them, and no checker."""
    script = (
        "import sys\nfrom wanglou.cli import main\n"
        f"try:\n    main(['replay', {str(SAMPLE)!r}, '--no-stages', '--lake', {str(tmp_path / 'lake')!r}])\n"
        "except SystemExit as end:\n    print(end.code, {'duckdb', 'luqum', 'pydantic'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.stdout.splitlines()[-1] == "0 set()", done.stderr
