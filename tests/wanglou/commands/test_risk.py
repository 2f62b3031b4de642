"""``wanglou risk``."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import pytest

from correlation.lake import Lake
from correlation.risk_weights import SHIPPED
from tests.support.command_line import CAPTURES, run
from wanglou.languages import LANGUAGES, Language


@pytest.fixture(scope="module")
def assessed(lake_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of a lake of one capture whose risk was worked out; only for reading."""
    folder = tmp_path_factory.mktemp("risk") / "lake"
    shutil.copytree(lake_folder, folder)
    done = run("risk", "rebuild", "--site", CAPTURES / "site.yaml", "--lake", folder)
    assert (done.code, done.err) == (0, "")
    return folder


def read(*arguments: str | Path) -> list[dict[str, object]]:
    """Run with ``--json`` and read the lines."""
    done = run("risk", *arguments, "--json")
    assert (done.code, done.err) == (0, "")
    return [json.loads(line) for line in done.out.splitlines()]


def test_figures_are_listed_and_open_to_records(assessed: Path) -> None:
    """Park, enterprise and assets are lines; the parts of each add up to it and name records that are in the lake."""
    found = read("list", "--limit", "0", "--lake", assessed)
    assert [one["risk.kind"] for one in found[:2]] == ["park", "enterprise"]
    evidence: set[str] = set()
    for one in found:
        parts: list[dict[str, float]] = one["risk.parts"]  # type: ignore[assignment]
        assert round(sum(round(part["points"] * 100) for part in parts)) == round(float(str(one["risk.score"])) * 100)
        evidence |= {event for part in parts for event in part["evidence"]}  # type: ignore[attr-defined]
    with Lake(assessed) as lake:
        assert evidence
        assert all(lake.get(event) is not None for event in evidence)


def test_show_prints_parts_and_their_sum(assessed: Path) -> None:
    """The parts shown add up to the sum shown, to the last digit, in a table of short ids."""
    worst = read("list", "--limit", "1", "--lake", assessed)[-1]
    done = run("risk", "show", str(worst["asset.id"]), "--full", "--lake", assessed)
    assert done.code == 0
    rows = re.findall(r" (\d+)\.(\d\d) +\d+\.\d\d +\S", done.out)
    assert len(rows) == len(worst["risk.parts"])  # type: ignore[arg-type]
    assert sum(int(whole + rest) for whole, rest in rows) == round(float(str(worst["risk.score"])) * 100)
    assert "alert-" in done.out
    assert "demo" in done.err


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("width", [60, 80, 120])
@pytest.mark.parametrize(
    "arguments", [["list"], ["show", "park"], ["show", "chem"], ["history"], ["weights"]], ids=lambda words: words[0]
)
def test_tables_fit(assessed: Path, language: Language, width: int, arguments: list[str]) -> None:
    """Both languages print tables that are no wider than the terminal."""
    done = run("--lang", language, "risk", *arguments, "--lake", assessed, width=width)
    assert done.code == 0
    if arguments != ["weights"]:
        assert all(len(line) <= width for line in done.out.splitlines())


def test_history_of_each_kind(assessed: Path) -> None:
    """An asset, an enterprise and the park have a figure for the one day."""
    worst = read("list", "--limit", "1", "--lake", assessed)[-1]
    for name in ("park", "chem", f"chem/{worst['asset.id']}"):
        assert len(read("history", name, "--lake", assessed)) == 1


def test_weights_are_shown_checked_and_used(assessed: Path, tmp_path: Path) -> None:
    """What is printed can be edited and taken into use; figures follow with a rebuild, and the shipped ones return."""
    folder = tmp_path / "lake"
    shutil.copytree(assessed, folder)
    done = run("risk", "weights", "--lake", folder)
    assert done.out == SHIPPED.read_text(encoding="utf-8")
    file = tmp_path / "weights.yaml"
    file.write_text(done.out.replace("points: 60", "points: 10").replace("status: demo", "status: local"), "utf-8")
    assert run("risk", "weights", "--check", file).code == 0
    assert run("risk", "weights", "--use", file, "--lake", folder).code == 0
    assert read("weights", "--lake", folder)[0]["risk.weights.status"] == "local"
    before = read("show", "park", "--lake", folder)[0]
    assert "rebuild" in run("risk", "show", "park", "--lake", folder).err
    assert run("risk", "rebuild", "--site", CAPTURES / "site.yaml", "--lake", folder).code == 0
    assert float(str(read("show", "park", "--lake", folder)[0]["risk.score"])) < float(str(before["risk.score"]))
    assert run("risk", "weights", "--shipped", "--lake", folder).code == 0
    actions = {
        json.loads(line)["event.action"] for line in run("audit", "list", "--json", "--lake", folder).out.splitlines()
    }
    assert {"risk_weights.used", "risk_weights.dropped", "risk.assessed"} <= actions


def test_faulty_weights_are_told_by_line(tmp_path: Path) -> None:
    """A fault names file and line, and the command fails."""
    file = tmp_path / "weights.yaml"
    file.write_text(SHIPPED.read_text("utf-8").replace("internet: 35", "internet: 350"), "utf-8")
    done = run("risk", "weights", "--check", file)
    assert done.code == 3
    line = next(number for number, text in enumerate(file.read_text("utf-8").splitlines(), 1) if "350" in text)
    assert f"weights.yaml:{line}: 'internet' must be a number from 0 to 95" in done.err


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (["show", "10.99.99.99"], 2, "no asset or enterprise"),
        (["show", "park", "--day", "1999-01-01"], 2, "no figures of"),
        (["list", "--park", "elsewhere"], 3, "wanglou risk rebuild"),
        (["weights", "--shipped", "--check", "x"], 2, "exclude each other"),
        (["weights", "--check", "missing.yaml"], 3, "cannot be read"),
    ],
)
def test_mistakes_are_told(assessed: Path, arguments: list[str], code: int, told: str) -> None:
    """Each says what is wrong and what to do."""
    done = run("risk", *arguments, "--lake", assessed)
    assert (done.code, done.out) == (code, "")
    assert told in done.err


def test_without_figures_or_lake(lake_folder: Path, tmp_path: Path) -> None:
    """A lake that was never assessed, and no lake, are told apart."""
    folder = tmp_path / "lake"
    shutil.copytree(lake_folder, folder)
    assert "wanglou risk rebuild" in run("risk", "list", "--lake", folder).err
    assert "wanglou replay" in run("risk", "list", "--lake", tmp_path / "none").err
