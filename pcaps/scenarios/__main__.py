"""Make the bundled captures again: ``python -m pcaps.scenarios NAME... --out FOLDER``, or ``--list`` to see the names.

Needs root, iproute2, ethtool, tcpdump, tshark and mosquitto on Linux. All traffic stays in namespaces made
for the purpose.
"""

from __future__ import annotations

import argparse
import os
import shutil
import signal
import sys
from pathlib import Path

from pcaps.scenarios.rig.facts import update_manifest
from pcaps.scenarios.rig.scenario import Scenario, load_scenarios
from pcaps.scenarios.rig.staging import play
from wanglou.errors import UsageError, WanglouError

_HERE = Path(__file__).parents[1]
"""Folder of the bundled captures and their manifest."""

_TOOLS = ("ip", "ethtool", "sysctl", "tcpdump", "tshark", "mosquitto")


def main(arguments: list[str] | None = None) -> int:
    """List or play scenarios; 0 when all were made, 2 for a wrong argument, 3 when one failed."""
    options = _parse(arguments)
    scenarios = load_scenarios()
    if options.list:
        for name, scenario in scenarios.items():
            print(
                f"{name:24} {scenario.enterprise:10} {scenario.duration_s:6.0f} s, {scenario.time_scale:g} times faster"
            )
        return 0
    names = list(scenarios) if options.all else options.names
    try:
        unknown = [name for name in names if name not in scenarios]
        if unknown:
            raise UsageError(f"no scenario {', '.join(unknown)}", do="--list names them")
        _check_machine()
    except WanglouError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    return max([_make(scenarios[name], options.out) for name in names])


def _parse(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser("python -m pcaps.scenarios", description="Make the bundled captures again.")
    parser.add_argument("names", nargs="*", help="scenarios to play")
    parser.add_argument("--all", action="store_true", help="play every scenario")
    parser.add_argument("--list", action="store_true", help="name the scenarios and stop")
    parser.add_argument(
        "--out", type=Path, default=Path("captures"), help="folder for captures and manifest (default: captures)"
    )
    options = parser.parse_args(arguments)
    if not (options.names or options.all or options.list):
        parser.error("name a scenario, or give --all or --list")
    return options


def _check_machine() -> None:
    missing = [tool for tool in _TOOLS if shutil.which(tool) is None]
    if missing:
        raise WanglouError(
            f"missing programs: {', '.join(missing)}", do="install iproute2 ethtool procps tcpdump tshark mosquitto"
        )
    if os.geteuid():
        raise WanglouError("network namespaces need root", do="run as root")


def _make(scenario: Scenario, folder: Path) -> int:
    """Make one capture; a failure is told, and the next scenario may still be played."""
    folder.mkdir(parents=True, exist_ok=True)
    manifest = folder / "manifest.yaml"
    if not manifest.exists():
        shutil.copy(_HERE / "manifest.yaml", manifest)
    print(f"{scenario.name}: about {scenario.duration_s / scenario.time_scale:.0f} s", flush=True)
    try:
        outcome = play(scenario, folder)
        update_manifest(manifest, scenario, outcome)
    except WanglouError as error:
        print(error, file=sys.stderr, flush=True)
        return error.exit_code
    size = outcome.path.stat().st_size
    print(f"{scenario.name}: {outcome.packets} packets, {size} bytes, marks at {outcome.marks_s}", flush=True)
    return 0


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    raise SystemExit(main())
