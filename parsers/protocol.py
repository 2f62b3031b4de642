"""The application protocols that are known by their bytes: a number for kernels, a name for records."""

from __future__ import annotations

UNKNOWN, NOT_RECOGNISED = 0, 255
"""Not enough bytes yet, and none of ours."""

MODBUS, MODBUS_RTU = 1, 2

NAMES = {MODBUS: "modbus", MODBUS_RTU: "modbus"}
"""``network.protocol`` of each number."""
