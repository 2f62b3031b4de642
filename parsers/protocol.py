"""Application protocols and who may say what: a number for kernels, a name for records."""

from __future__ import annotations

UNKNOWN, NOT_RECOGNISED = 0, 255
"""Not enough bytes yet, and none of ours."""

MODBUS, MODBUS_RTU, OPCUA, MQTT, DNS, DNS_STREAM, HANDLE, HTTP, TLS, WEBSOCKET, DHCP = range(1, 12)
"""Dissected. DNS_STREAM is DNS over TCP; WEBSOCKET is what follows an HTTP upgrade."""

SILENT = 64
"""Flows of this number or a higher one are followed but give no messages."""

S7COMM, ENIP, DNP3, IEC104, BACNET, SSH, RDP, SMB, SNMP, NTP = range(SILENT, 74)
"""Named only: their flows are told apart, their messages are not read."""

TLS_DATA, HANDLE_DATA = 74, 75
"""TLS after its handshake, Handle after a reply that a bare stream follows: nothing more can be read."""

NAMES = {
    MODBUS: "modbus", MODBUS_RTU: "modbus", OPCUA: "opcua", MQTT: "mqtt", DNS: "dns", DNS_STREAM: "dns",
    HANDLE: "handle", HTTP: "http", TLS: "tls", WEBSOCKET: "websocket", DHCP: "dhcp", S7COMM: "s7comm", ENIP: "enip",
    DNP3: "dnp3", IEC104: "iec104", BACNET: "bacnet", SSH: "ssh", RDP: "rdp", SMB: "smb", SNMP: "snmp", NTP: "ntp",
    TLS_DATA: "tls", HANDLE_DATA: "handle",
}  # fmt: skip
"""``network.protocol`` of each number."""

REQUEST, REPLY = 1, 2
"""What a message's bytes can be by themselves: a set of bits."""
