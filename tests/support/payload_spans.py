"""Bytes of several values as spans."""

from __future__ import annotations

from typing import Any

import numpy as np

from parsers.spans import SPAN
from tests.support.mqtt_packets import array


def place(*values: bytes | None) -> tuple[Any, Any]:
    """Bytes and where each value lies in them."""
    rows, at = [], 0
    for value in values:
        rows.append((at, -1 if value is None else len(value), 0))
        at += len(value or b"")
    return array(b"".join(value or b"" for value in values)), np.array(rows, dtype=SPAN)
