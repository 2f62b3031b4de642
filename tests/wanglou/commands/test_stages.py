"""What the later stages make of captures that were just read."""

from __future__ import annotations

import io
from pathlib import Path

from rich.console import Console

