"""What a test needs beyond Python packages: system programs and the folder of reference captures.

Where one is missing the test skips and says why; where the variable ``CI`` is set it fails, so that a green run there
has run everything.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SHARED = ROOT.parent / "shared"


def is_ci() -> bool:
    """True where the variable ``CI`` is set to anything."""
    return bool(os.environ.get("CI"))


def require(condition: object, reason: str) -> None:
    """Go on where ``condition`` holds; else skip the test with ``reason``, or fail it under CI."""
    if condition:
        return
    if is_ci():
        pytest.fail(f"{reason} (needed, because CI is set)", pytrace=False)
    pytest.skip(reason)


@cache
def suricata_version() -> int:
    """Major version of the Suricata on the PATH; 0 without one."""
    if not shutil.which("suricata"):
        return 0
    said = subprocess.run(["suricata", "-V"], capture_output=True, text=True, check=False, timeout=60).stdout
    found = re.search(r"version (\d+)", said)
    return int(found.group(1)) if found else 0


def require_tshark() -> None:
    """Need tshark."""
    require(shutil.which("tshark"), "tshark is missing: tools/system-packages.sh dissect")


def find_mosquitto() -> str | None:
    """Path of the broker: Debian has it in ``/usr/sbin``, which is not on everybody's PATH."""
    return shutil.which("mosquitto") or shutil.which("mosquitto", path="/usr/sbin")


def require_mosquitto() -> None:
    """Need mosquitto."""
    require(find_mosquitto(), "mosquitto is missing: tools/system-packages.sh broker")


def find_postgresql() -> Path | None:
    """Folder of the newest PostgreSQL server's programs: Debian has each version apart, and none on the PATH."""
    folders = [path.parent for path in Path("/usr/lib/postgresql").glob("*/bin/postgres")]
    found = shutil.which("postgres")
    return max(
        folders, key=lambda folder: int(folder.parent.name), default=Path(found).resolve().parent if found else None
    )


def require_postgresql() -> None:
    """Need PostgreSQL's server."""
    require(find_postgresql(), "PostgreSQL is missing: tools/system-packages.sh postgres")


def require_suricata() -> None:
    """Need Suricata 7 or newer."""
    require(suricata_version() >= 7, "Suricata 7 is missing: tools/system-packages.sh suricata")


def require_capture() -> None:
    """Need the right and the programs to make network namespaces and to capture in them."""
    require(os.geteuid() == 0, "capturing on an interface needs root")
    programs = shutil.which("ip") and (shutil.which("dumpcap") or shutil.which("tcpdump"))
    require(programs, "ip and dumpcap or tcpdump are missing: tools/system-packages.sh capture")


def find_chromium() -> str | None:
    """Path of the browser, by the name that Debian gives it."""
    return shutil.which("chromium")


def require_chromium() -> None:
    """Need a browser."""
    require(find_chromium(), "chromium is missing: tools/system-packages.sh browser")


def require_shared() -> Path:
    """Need the reference captures beside the checkout; gives their folder, which tests only read."""
    require((SHARED / "captures").is_dir(), "the reference captures are missing: no ../shared beside the checkout")
    return SHARED


def require_elasticsearch() -> None:
    """Need what fetches, builds and runs the server of ``tools/elasticsearch``."""
    missing = [program for program in ("java", "javac", "mvn") if not shutil.which(program)]
    require(not missing, f"{', '.join(missing)} missing: tools/system-packages.sh elasticsearch")


MARKERS: dict[str, Callable[[], None]] = {
    "needs_tshark": require_tshark,
    "needs_mosquitto": require_mosquitto,
    "needs_postgresql": require_postgresql,
    "needs_suricata": require_suricata,
    "needs_capture": require_capture,
    "needs_chromium": require_chromium,
    "needs_elasticsearch": require_elasticsearch,
}
"""Marker of a test and the check that runs before it; each is declared in ``pyproject.toml``."""
