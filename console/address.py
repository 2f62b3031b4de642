"""Addresses that come back from browsers: only those of this console are followed."""

from __future__ import annotations

from urllib.parse import urlsplit


def local_address(text: str, default: str) -> str:
    """Give an address of this console as it is, and the default for any other."""
    is_local = text.startswith("/") and not text.startswith(("//", "/\\")) and text.isprintable()
    return text if is_local else default


def local_path(text: str) -> str:
    """Give path and query of an address that a browser tells, and nothing for what leads elsewhere."""
    try:
        found = urlsplit(text)
    except ValueError:
        return ""
    path = found.path + (f"?{found.query}" if found.query else "")
    return local_address(path, "")
