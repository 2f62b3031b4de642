"""Who holds the prefix of a link address, by the IEEE registry of 24 bit prefixes (MA-L) that aiooui ships."""

from __future__ import annotations

from functools import cache, lru_cache
from typing import Any

_SHARED = ("IEEE Registration Authority", "Private")
"""Holders that say nothing: prefixes given on in smaller blocks (MA-M, MA-S), or not told."""


@lru_cache(maxsize=8_192)
def find_vendor(mac: str) -> str:
    """Name the holder of a link address written as in RFC 7042 (``00-0E-CF-01-02-03``).

    Empty when nobody is registered, for group addresses and for addresses that an administrator or a program chose
    (IEEE 802-2014 clause 8.2: the two low bits of the first octet).
    """
    try:
        first = int(mac[:2], 16)
    except ValueError:
        return ""
    if first & 3:
        return ""
    vendor = _load().get_vendor(mac.replace("-", ":")) or ""
    return "" if vendor in _SHARED else vendor.rstrip(" ,")


@cache
def _load() -> Any:
    """Load the registry at first need, in a thread of its own: its loader is a coroutine and there may be a loop."""
    import asyncio  # noqa: PLC0415 - only who meets a link address pays for it
    from concurrent.futures import ThreadPoolExecutor  # noqa: PLC0415 - as above

    import aiooui  # noqa: PLC0415 - as above

    with ThreadPoolExecutor(1) as pool:
        pool.submit(asyncio.run, aiooui.async_load()).result()
    return aiooui
