"""Build hook: the wheel carries the bundled captures and their manifest, but not the programs that made them.

It also has the pages of documentation, which the console shows as its help, and the scripts that browsers get, which
are fetched here where the checkout lacks them.

A plain ``force-include`` would copy the programs too, and would copy the captures into editable installations, which
read them in the checkout.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

PLACE = "wanglou/_captures"
"""Folder in the wheel; ``wanglou/bundled.py`` looks there."""
HANDBOOK = "console/_docs"
"""The same of ``docs/``; ``console/handbook.py`` looks there."""


class WheelCaptures(BuildHookInterface):  # type: ignore[type-arg]  # its parameter is the builder's private config
    """Adds ``pcaps/`` without its programs."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Add the files to a standard wheel; ``version`` is the kind of build, not the project's version."""
        if version != "standard":
            return
        subprocess.run([sys.executable, str(Path(self.root) / "tools" / "vendor.py")], check=True)
        folder = Path(self.root) / "pcaps"
        for path in sorted(folder.rglob("*")):
            name = path.relative_to(folder)
            if path.is_file() and name.parts[0] != "scenarios" and "__pycache__" not in name.parts:
                build_data["force_include"][str(path)] = f"{PLACE}/{name.as_posix()}"
        for path in sorted((Path(self.root) / "docs").rglob("*.md")):
            name = path.relative_to(Path(self.root) / "docs")
            build_data["force_include"][str(path)] = f"{HANDBOOK}/{name.as_posix()}"
