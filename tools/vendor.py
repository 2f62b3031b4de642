"""Fetch the scripts that browsers get, htmx and ECharts, into ``console/static/vendor``: ``python tools/vendor.py``.

They come out of two wheels that carry npm's files unchanged, so that pip is all it takes; ``vendor.txt`` pins the
wheels, ``FILES`` the scripts by the SHA-256 of what npm publishes. Where pip has no luck and npm is there, npm fetches.
Nothing is done where the files are there already.
"""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TARGET = ROOT / "console" / "static" / "vendor"
LOCK = Path(__file__).with_name("vendor.txt")


@dataclass(frozen=True)
class Script:
    """One file, where it comes from, and what it must be."""

    name: str
    sha256: str
    wheel: str
    """Beginning of the wheel's name."""
    member: str
    """Path in the wheel."""
    package: str
    """Package of npm and its version."""
    path: str
    """Path in that package."""


FILES = (
    Script(
        "htmx.min.js",
        "71ea67185bfa8c98c39d31717c6fce5d852370fcdfd129db4543774d3145c0de",
        "django_htmx-",
        "django_htmx/static/django_htmx/htmx-2.min.js",
        "htmx.org@2.0.10",
        "package/dist/htmx.min.js",
    ),
    Script(
        "echarts.esm.min.js",
        "28515f26aa57f87eb1e4ed4eb446927eaf329b5f5e02b4bfd4b0264fea40d1da",
        "instaui_echarts-",
        "instaui_echarts/static/echarts.esm.min.js",
        "echarts@6.1.0",
        "package/dist/echarts.esm.min.js",
    ),
)


def main() -> int:
    """Fetch what is missing; gives 1, and says what to do, where it cannot."""
    missing = [script for script in FILES if not is_right(TARGET / script.name, script)]
    if not missing:
        return 0
    TARGET.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as name:
        for fetch in (fetch_by_pip, fetch_by_npm):
            if fetch(Path(name), missing):
                print(f"vendor: {', '.join(script.name for script in missing)}")
                return 0
    print(
        "vendor: the console's scripts could not be fetched: pip download failed (is there a package index?), "
        "and npm is not there or failed too. Try again, or install npm.",
        file=sys.stderr,
    )
    return 1


def is_right(path: Path, script: Script) -> bool:
    """True where the file is there and is the one that was meant."""
    return path.is_file() and hashlib.sha256(path.read_bytes()).hexdigest() == script.sha256


def fetch_by_pip(folder: Path, scripts: list[Script]) -> bool:
    """Download the wheels and take the scripts out."""
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps"]
    command += ["--only-binary", ":all:", "--require-hashes", "--requirement", str(LOCK), "--dest", str(folder)]
    if subprocess.run(command, check=False).returncode:
        return False
    for script in scripts:
        wheel = next(folder.glob(f"{script.wheel}*.whl"))
        with zipfile.ZipFile(wheel) as archive:
            keep(script, archive.read(script.member))
    return True


def fetch_by_npm(folder: Path, scripts: list[Script]) -> bool:
    """Let npm fetch the packages and take the scripts out."""
    npm = shutil.which("npm")
    if npm is None:
        return False
    for script in scripts:
        done = subprocess.run(
            [npm, "pack", "--silent", script.package], cwd=folder, check=False, capture_output=True, text=True
        )
        if done.returncode:
            return False
        with tarfile.open(folder / done.stdout.split()[-1]) as archive:
            member = archive.extractfile(script.path)
            if member is None:
                return False
            keep(script, member.read())
    return True


def keep(script: Script, content: bytes) -> None:
    """Write a script after comparing its digest; raises ValueError for another file."""
    if hashlib.sha256(content).hexdigest() != script.sha256:
        raise ValueError(f"{script.name} is not the file that was pinned")
    made = TARGET / f".{script.name}"
    made.write_bytes(content)
    made.replace(TARGET / script.name)


if __name__ == "__main__":
    sys.exit(main())
