"""``wanglou assets``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.support.claims import HMI, PLC, ROUTER, arp, asked, claim, passed, served
from tests.support.command_line import run
from tests.support.observations import add_capture, make_asset_lake, make_flow


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A lake with a controller, an operator station, a router and a host behind it."""
    claims = [*arp("10.0.1.11", PLC), *served("10.0.1.11"), claim("vendor", "ABB", "10.0.1.11"), *arp("10.0.1.100",
    HMI),
              *asked("10.0.1.100"), *arp("10.0.1.1", ROUTER), *passed("10.0.2.5", ROUTER), *passed("10.0.2.6", ROUTER),
              *asked("10.0.2.5", "dns"), *asked("203.0.113.7")]  # fmt: skip
    with make_asset_lake(tmp_path / "lake") as lake:
        add_capture(lake, "a", claims, [make_flow(1, "10.0.1.100", "10.0.1.11"), make_flow(2, "10.0.2.5", "10.0.1.11")])
    return tmp_path / "lake"


def read(folder: Path, *arguments: str) -> list[dict[str, Any]]:
    """Run a command that writes NDJSON."""
    done = run("assets", *arguments, "--json", "--lake", folder)
    assert done.code == 0, done.err
    return [json.loads(line) for line in done.out.splitlines()]


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("width", [60, 80, 120])
def test_a_table(folder: Path, language: str, width: int) -> None:
    """Assets of the enterprise by level, within the width of the terminal."""
    done = run("assets", "list", "--lake", folder, "--lang", language, width=width)
    assert done.code == 0
    assert "10.0.1.11" in done.out
    assert "203.0.113.7" not in done.out
    assert ("控制器" if language == "zh" else "Controller") in done.out
    assert max(map(len, done.out.splitlines())) <= width


def test_assets_are_chosen(folder: Path) -> None:
    """By type, level, state, scope and number."""

    def found(*arguments: str) -> list[str]:
        return [one["addresses"][0] for one in read(folder, "list", *arguments)]

    assert sorted(found()) == ["10.0.1.1", "10.0.1.100", "10.0.1.11", "10.0.2.5"]
    assert found("--type", "plc") == found("--level", "1") == ["10.0.1.11"]
    assert found("--scope", "outside") == ["203.0.113.7"]
    assert len(found("--scope", "all", "--limit", "2")) == 2
    assert found("--state", "gone") == found("--enterprise", "chem") == found("--zone", "x") == []


def test_one_asset(folder: Path) -> None:
    """All that is known, why, and its history; as a record too."""
    done = run("assets", "show", "10.0.1.11", "--lake", folder)
    for part in ("Controller", PLC, "ABB", "Answered others", "role modbus_server", "new"):
        assert part in done.out
    (record,) = read(folder, "show", PLC)
    assert (record["type"], record["vendor"], record["history"][0]["kind"]) == ("plc", "ABB", "new")


def test_edit(folder: Path) -> None:
    """What is said holds, until it is taken back."""
    assert run("assets", "edit", "10.0.1.11", "name=tank", "level=2", "--reason", "x", "--lake", folder).code == 0
    (record,) = read(folder, "show", "tank")
    assert (record["level"], record["edited"]) == (2.0, ["level", "name"])
    assert run("assets", "edit", "tank", "level=", "--lake", folder).code == 0
    assert read(folder, "show", "tank")[0]["level"] == 1.0


@pytest.mark.parametrize(
    "change", ["name", "colour=red", "level=9", "criticality=6", "type=robot", f"name={'x' * 600}"]
)
def test_edits_that_cannot_be(folder: Path, change: str) -> None:
    """A message and code 2."""
    done = run("assets", "edit", "10.0.1.11", change, "--lake", folder)
    assert done.code == 2
    assert done.err.startswith("error: ")


def test_merge_and_split(folder: Path) -> None:
    """By any of their names, and back."""
    assert run("assets", "merge", "10.0.1.100", "10.0.2.5", "--lake", folder).code == 0
    assert len(read(folder, "list")) == 3
    assert run("assets", "merge", "10.0.1.100", "10.0.2.5", "--lake", folder).code == 2
    assert run("assets", "split", "10.0.1.100", "10.0.2.5", "--lake", folder).code == 0
    assert len(read(folder, "list")) == 4
    assert run("assets", "split", "10.0.1.11", "10.9.9.9", "--lake", folder).code == 2


def test_no_such_asset(folder: Path, tmp_path: Path) -> None:
    """A message says what to do; a lake that is not there is told."""
    done = run("assets", "show", "10.9.9.9", "--lake", folder)
    assert (done.code, "no such asset" in done.err) == (2, True)
    assert run("assets", "list", "--lake", tmp_path / "none").code == 3


@pytest.mark.parametrize("language", ["zh", "en"])
def test_export_and_import(folder: Path, tmp_path: Path, language: str) -> None:
    """What was written and is read changes nothing; a cell that is changed and a row that is new are taken."""
    file = tmp_path / "assets.csv"
    assert run("assets", "export", file, "--lake", folder, "--lang", language).code == 0
    before = read(folder, "list", "--scope", "all")
    done = run("assets", "import", file, "--lake", folder)
    assert (done.code, done.out) == (0, "5 rows read, 0 assets changed\n")
    ignored = "固件版本, 状态, 置信度" if language == "zh" else "Firmware, State, Confidence"
    assert done.err == f"{ignored}: columns that only traffic tells, not taken\n"
    assert read(folder, "list", "--scope", "all") == before
    text = file.read_text(encoding="utf-8-sig").replace(",ABB,", ",西门子,")
    cells = [""] * (len(text.splitlines()[0].split(",")) - 1)
    cells[4:6] = ["10.0.1.40", "00:11:22:33:44:55"]
    file.write_bytes((text + ",".join(["", *cells[1:]]) + ",\r\n").encode("gb18030"))
    done = run("assets", "import", file, "--lake", folder)
    assert (done.code, done.out) == (0, "6 rows read, 2 assets changed\n"), done.err
    assert read(folder, "show", "10.0.1.11")[0]["vendor"] == "西门子"
    assert [one["macs"] for one in read(folder, "list", "--state", "declared")] == [["00-11-22-33-44-55"]]


def test_a_file_that_is_not_there(folder: Path, tmp_path: Path) -> None:
    """It is told how to get one."""
    done = run("assets", "import", tmp_path / "none.csv", "--lake", folder)
    assert (done.code, "wanglou assets export" in done.err) == (2, True)


def test_a_file_with_faults(folder: Path, tmp_path: Path) -> None:
    """Every fault has its line, and nothing is taken."""
    file = tmp_path / "assets.csv"
    file.write_text("addresses,name,level\n10.0.1.11,tank,1\n10.0.1.11,tank,1\n10.0.1.11 10.0.1.100,a,1\n")
    done = run("assets", "import", file, "--lake", folder)
    assert done.code == 3
    assert f"{file}:3: " in done.err
    assert f"{file}:4: " in done.err
    assert read(folder, "list", "--type", "plc")[0].get("name") is None


def test_the_map(folder: Path) -> None:
    """Links of all assets, or of one; as a table and as records."""
    links = read(folder, "map")
    assert [(one["source.ip"], one["destination.ip"], one["flow.count"]) for one in links] == [
        ("10.0.1.100", "10.0.1.11", 1), ("10.0.2.5", "10.0.1.11", 1),
    ] or len(links) == 2  # fmt: skip
    assert len(read(folder, "map", "10.0.2.5")) == 1
    done = run("assets", "map", "--lake", folder, width=80)
    assert "tcp/502" in done.out
    assert max(map(len, done.out.splitlines())) <= 80
