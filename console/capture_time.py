"""The time of a capture, for the control of time: where a query names one, its own time is one click away."""

from __future__ import annotations

import re

from console.period import SECOND_NS, write_local
from console.visit import Visit
from wanglou.errors import StoreError

_NAMED = re.compile(r"""wanglou\.capture:"?([0-9A-Za-z@_.:-]{1,200})""")


def find_capture_times(visit: Visit, query: str) -> tuple[str, str] | None:
    """Give beginning and end of the capture that a query names, as an address holds them; None where none is known."""
    found = _NAMED.search(query)
    if found is None:
        return None
    try:
        capture = visit.store.state(found[1])
    except StoreError:  # a preset less is no reason for no page
        return None
    if capture is None or capture.min_ns is None or capture.max_ns is None:
        return None
    return write_local(capture.min_ns, visit.zone), write_local(capture.max_ns + SECOND_NS, visit.zone)
