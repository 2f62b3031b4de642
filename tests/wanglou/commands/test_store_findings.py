"""What a look at a store finds: files with other bytes, stages of a newer version, a disk that is nearly full."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import sqlalchemy as sa

from correlation.incident_tables import INCIDENTS
from correlation.lake import Lake
from tests.support.command_line import run
from wanglou.bundled import captures_folder
from wanglou.component import VERSIONS
from wanglou.ledger import Ledger


def test_damage_is_found(lake_copy: Path) -> None:
    """A file with other bytes is found when all are read, named with its way out; a cluster is not read so."""
    assert run("store", "check", "--deep", "--store", lake_copy).code == 0
    file = next(lake_copy.glob("modbus/*/*.parquet"))
    file.write_bytes(b"\x5a" * file.stat().st_size)
    assert run("store", "check", "--store", lake_copy).code == 0
    done = run("store", "check", "--deep", "--store", lake_copy, width=400)
    assert done.code == 3
    assert f"{file.relative_to(lake_copy)} has other bytes than were written" in done.out
    assert "wanglou capture delete" in done.out
    done = run("search", "*", "--store", lake_copy, width=400)
    assert done.code == 3
    assert f"{file.relative_to(lake_copy)} has other bytes" in done.err
    assert "--store lake:DIR" in run("store", "check", "--deep", "--store", "https://127.0.0.1:1").err


def test_stages_of_a_newer_version(lake_copy: Path) -> None:
    """Found by a check, and by a replay before it reads a packet; what is left alone is not asked for."""
    with Ledger(lake_copy / "ledger.db", [INCIDENTS]) as ledger, ledger.transaction() as connection:
        connection.execute(sa.update(VERSIONS).where(VERSIONS.c.component == "incidents").values(version=99))
    done = run("store", "check", "--store", lake_copy, width=400)
    assert done.code == 3
    assert "incidents: written in version 99" in done.out
    capture = next(captures_folder().glob("dns_tunnel.pcap*"))
    with Lake(lake_copy) as lake:
        before = lake.captures()
    done = run("replay", capture, "--store", lake_copy)
    assert (done.code, done.out) == (3, "")
    assert "use the newer Wanglou" in done.err
    with Lake(lake_copy) as lake:
        assert lake.captures() == before


def test_a_disk_with_less_than_the_reserve(lake_copy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is wrong, as a replay refuses it."""
    usage = shutil.disk_usage(lake_copy)._replace(free=255 << 20)
    monkeypatch.setattr(shutil, "disk_usage", lambda _folder: usage)
    done = run("store", "check", "--store", lake_copy)
    assert done.code == 3
    assert "255 MiB free, 256 MiB kept in reserve" in done.out
