"""Addresses of static files, each with a digest of its contents, so that browsers may keep them for a year."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path

STATIC = Path(__file__).parent / "static"
PREFIX = "/static"
VERSION = "v"
"""Parameter of the address that holds the digest."""


@cache
def address_of(name: str) -> str:
    """Write the address of a static file; raises FileNotFoundError for one that is not there."""
    digest = hashlib.sha256((STATIC / name).read_bytes()).hexdigest()[:12]
    return f"{PREFIX}/{name}?{VERSION}={digest}"
