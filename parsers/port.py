"""Ports that servers of a protocol are known for: hints for who asked and for how strict to be (kernels)."""

from __future__ import annotations

import numpy as np

from parsers.protocol import (
    BACNET,
    DHCP,
    DNP3,
    DNS,
    DNS_STREAM,
    ENIP,
    HANDLE,
    HTTP,
    IEC104,
    MODBUS,
    MQTT,
    NTP,
    OPCUA,
    RDP,
    S7COMM,
    SMB,
    SNMP,
    SSH,
    TLS,
)
from wanglou.kernel import int64, kernel

SERVED_PORTS: dict[int, tuple[int, ...]] = {
    MODBUS: (502,),
    OPCUA: (4840,),
    MQTT: (1883,),
    DNS: (53, 5353, 5355),
    DNS_STREAM: (53, 5355),
    HANDLE: (2641,),
    HTTP: (80, 8000, 8080),
    TLS: (443, 4843, 8443, 8883),
    DHCP: (67, 68),
    S7COMM: (102,),
    ENIP: (44818, 2222),
    DNP3: (20000,),
    IEC104: (2404,),
    BACNET: (47808,),
    SSH: (22,),
    RDP: (3389,),
    SMB: (445, 139),
    SNMP: (161, 162),
    NTP: (123,),
}
"""By protocol. A port of one protocol says nothing in favour of another."""

_KEYS = np.array([app << 16 | port for app, ports in SERVED_PORTS.items() for port in ports], dtype=np.int64)


@kernel
def is_served(app: int, port: int) -> bool:
    """True for a port that servers of protocol ``app`` are known for."""
    key = int64(app) << 16 | int64(port)
    for k in range(len(_KEYS)):  # noqa: SIM110 - kernels know no generators
        if _KEYS[k] == key:
            return True
    return False


@kernel
def is_server_port(port: int) -> bool:
    """True for a port that servers of any protocol are known for."""
    for k in range(len(_KEYS)):  # noqa: SIM110 - kernels know no generators
        if _KEYS[k] & 0xFFFF == port:
            return True
    return False
