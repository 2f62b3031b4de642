"""The wheel carries all that the product needs without a checkout, and the locks pin all that it asks for."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
PACKAGES: list[str] = PROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]
LOCKS = ("requirements.txt", "requirements-dev.txt")
CODE = {".py", ".pyc"}


def shipped(folder: Path) -> set[str]:
    """Files under a folder as paths from its parent, caches left out."""
    paths = (path for path in folder.rglob("*") if path.is_file() and "__pycache__" not in path.parts)
    return {path.relative_to(folder.parent).as_posix() for path in paths}


def normalise(requirement: str) -> str:
    """Name of a requirement as package indexes compare it (PEP 503)."""
    return re.sub(r"[-_.]+", "-", re.split(r"[\s\[<>=!~;]", requirement.strip())[0]).lower()


def pinned(lock: str) -> dict[str, str]:
    """Normalised name and version of what a lock file pins."""
    found = re.findall(r"^([A-Za-z0-9._-]+)==(\S+)", (ROOT / lock).read_text(), re.MULTILINE)
    return {normalise(name): version for name, version in found}


@pytest.fixture(scope="module")
def unpacked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of an unpacked wheel, built with what is installed here."""
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder), str(ROOT)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    wheel = next(folder.glob("*.whl"))
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder / "unpacked")
    return folder / "unpacked"


@pytest.mark.parametrize("package", PACKAGES)
def test_each_package_is_shipped_whole(unpacked: Path, package: str) -> None:
    """Modules, rules, data files and ``py.typed`` of each package are in the wheel."""
    assert shipped(ROOT / package) <= shipped(unpacked / package)
    assert f"{package}/py.typed" in shipped(unpacked / package)


def test_rules_and_attack_table_are_shipped(unpacked: Path) -> None:
    """The detection stage's data is where its code looks: beside it."""
    assert list((unpacked / "detection" / "rules").rglob("*.yml"))
    assert (unpacked / "detection" / "attack_ics.json").is_file()


def test_captures_are_shipped_without_their_programs(unpacked: Path) -> None:
    """All of ``pcaps/`` but the programs that made it lies in ``wanglou/_captures``."""
    expected = {name for name in shipped(ROOT / "pcaps") if not name.startswith("pcaps/scenarios/")}
    captures = unpacked / "wanglou" / "_captures"
    assert {name.replace("_captures", "pcaps", 1) for name in shipped(captures)} == expected
    assert "pcaps/manifest.yaml" in expected
    assert not [name for name in expected if Path(name).suffix in CODE]


def test_nothing_else_is_shipped(unpacked: Path) -> None:
    """Tests, benchmarks and tools stay out, and every top-level package is one of the flow's."""
    assert {path.name for path in unpacked.iterdir() if not path.name.endswith(".dist-info")} == set(PACKAGES)


def test_every_stage_of_the_tree_is_shipped() -> None:
    """A stage that is added to the tree is added to the wheel."""
    shippable = {path.parent.name for path in ROOT.glob("*/py.typed")}
    assert shippable == set(PACKAGES)


def test_the_wheel_finds_its_own_captures_and_rules(unpacked: Path, tmp_path: Path) -> None:
    """Run away from the checkout, the wheel's code reads the wheel's data."""
    script = "from wanglou.bundled import captures_folder; print(captures_folder())"
    environment = {**os.environ, "PYTHONPATH": str(unpacked)}
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=tmp_path, env=environment, capture_output=True, text=True, check=True
    )
    assert Path(done.stdout.strip()) == unpacked / "wanglou" / "_captures"


def test_locks_pin_what_the_project_asks_for() -> None:
    """Every requirement of pyproject.toml is pinned; both locks agree where they overlap."""
    run, dev = (pinned(lock) for lock in LOCKS)
    build = [normalise(name) for name in PROJECT["build-system"]["requires"]]
    assert {normalise(name) for name in PROJECT["project"]["dependencies"]} | {*build} <= set(run)
    assert {normalise(name) for name in PROJECT["project"]["optional-dependencies"]["dev"]} <= set(dev)
    assert run.items() <= dev.items()


@pytest.mark.parametrize("lock", LOCKS)
def test_locks_carry_hashes_and_no_address(lock: str) -> None:
    """Each pin has hashes; no index, folder or other address is named."""
    text = (ROOT / lock).read_text()
    assert all("--hash=sha256:" in entry for entry in re.split(r"^(?=[A-Za-z0-9])", text, flags=re.MULTILINE)[1:])
    assert not re.findall(r"^-.*|.*://.*", text, re.MULTILINE)


def test_the_scripts_are_executable() -> None:
    """What the Makefile and CI call can be called."""
    for name in (".ci/run", "tools/system-packages.sh", "tools/lock.sh"):
        assert os.access(ROOT / name, os.X_OK), name
