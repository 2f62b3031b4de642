"""A lake of one bundled capture, read once for all tests of commands."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from correlation.lake import Lake
from correlation.opening import LEDGER
from tests.support.command_line import CAPTURES, SAMPLE
from wanglou.appliance import replay
from wanglou.replay_options import ReplayOptions
from wanglou.site import load_site
from wanglou.stages import open_stages, update_stages


@pytest.fixture(scope="session")
def lake_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of a lake that holds one capture with alerts; only for reading."""
    folder = tmp_path_factory.mktemp("commands") / "lake"
    reports = replay([SAMPLE], ReplayOptions(folder, load_site(CAPTURES / "site.yaml"), "chem"))
    assert [report.state for report in reports] == ["read"]
    return folder


@pytest.fixture(scope="session")
def mixed_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of a lake that holds captures of OPC UA, MQTT, DNS and Handle; only for reading."""
    folder = tmp_path_factory.mktemp("mixed") / "lake"
    names = ("opcua_discovery", "mqtt_exposed_broker", "dns_update", "handle_unauthorised_change", "mqtt_malformed")
    paths = [CAPTURES / f"{name}.pcap.gz" for name in names]
    reports = replay(paths, ReplayOptions(folder, load_site(CAPTURES / "site.yaml"), "chem"))
    assert [report.state for report in reports] == ["read"] * len(names)
    return folder


@pytest.fixture
def lake(lake_folder: Path) -> Iterator[Lake]:
    """Open that lake."""
    with Lake(lake_folder) as opened:
        yield opened


@pytest.fixture
def lake_copy(lake_folder: Path, tmp_path: Path) -> Path:
    """Folder of a copy that a test may change."""
    return Path(shutil.copytree(lake_folder, tmp_path / "lake"))


@pytest.fixture
def grouped_lake(lake_copy: Path) -> Path:
    """A lake of one capture with an attack, its incidents grouped."""
    with Lake(lake_copy) as lake, open_stages(lake_copy / LEDGER) as ledger:
        update_stages(lake, ledger, None, [capture.record.identity for capture in lake.captures()])
    return lake_copy
