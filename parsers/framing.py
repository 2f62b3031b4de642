"""Which protocol speaks, and where its next message ends: one line per protocol in each function (kernels).

A protocol is recognised by its bytes; a port is only a hint that lets looser evidence count. To add a protocol, give it
a number and a name in ``parsers.protocol``, its ports in ``parsers.port``, and a line here in ``ORDER``, ``_match``,
``_measure_message`` and ``_find_message``; one that is only named needs no more than the first two.
"""

from __future__ import annotations

from parsers.beacon import recognise_bacnet, recognise_ntp, recognise_snmp
from parsers.dhcp_frame import find_dhcp, measure_dhcp, recognise_dhcp
from parsers.dns_frame import (
    find_dns,
    find_dns_stream,
    measure_dns,
    measure_dns_stream,
    recognise_dns,
    recognise_dns_stream,
)
from parsers.handle_frame import find_handle, is_stream_next, measure_handle, measure_handle_datagram, recognise_handle
from parsers.http_frame import find_http, is_upgrade, measure_http, recognise_http
from parsers.modbus_frame import find_mbap, find_rtu, measure_mbap, measure_rtu, recognise_mbap, recognise_rtu
from parsers.mqtt_frame import find_mqtt, measure_mqtt, recognise_mqtt
from parsers.opcua_frame import find_opcua, measure_opcua, recognise_opcua
from parsers.packet import Bytes
from parsers.port import is_served
from parsers.protocol import (
    BACNET,
    DHCP,
    DNP3,
    DNS,
    DNS_STREAM,
    ENIP,
    HANDLE,
    HANDLE_DATA,
    HTTP,
    IEC104,
    MODBUS,
    MODBUS_RTU,
    MQTT,
    NOT_RECOGNISED,
    NTP,
    OPCUA,
    RDP,
    REPLY,
    REQUEST,
    S7COMM,
    SMB,
    SNMP,
    SSH,
    TLS,
    UNKNOWN,
    WEBSOCKET,
)
from parsers.signature import recognise_dnp3, recognise_enip, recognise_iec104, recognise_smb, recognise_ssh
from parsers.tls_frame import find_tls, measure_tls, recognise_tls
from parsers.tpkt import recognise_rdp, recognise_s7
from parsers.websocket_frame import find_websocket, measure_websocket
from wanglou.kernel import inlined_kernel, kernel

# What measure() says besides a length.
NEED_MORE, MALFORMED = 0, -1

LONGEST = 65_537
"""Longest message that is kept whole, in bytes: DNS over TCP with its length field (RFC 1035 §4.2.2)."""
KEPT = 16_384
"""Bytes of a longer message that are kept at least."""
UNTIL_CLOSE = 1 << 40
"""Length of a message that only the end of its connection ends."""
TAIL, MODBUS_TAIL = 63, 7
"""Bytes kept while the next message is looked for: its header may have begun."""
LOOKED_AT = 8_192
"""Bytes after which a side that may still become something is given up."""

ORDER = (
    TLS, SSH, HTTP, OPCUA, S7COMM, RDP, SMB, DNP3, ENIP, BACNET, DHCP, SNMP,
    MODBUS_RTU, MODBUS, HANDLE, IEC104, MQTT, DNS, DNS_STREAM, NTP,
)  # fmt: skip
"""Who is asked first: protocols that are told by a signature, then those whose bytes say less."""


@kernel
def recognise(buf: Bytes, pos: int, end: int, a_port: int, b_port: int, whole: bool) -> tuple[int, int]:
    """Name the protocol of the first bytes of a side: (number, role).

    The ports are those of both ends. ``whole``: no more bytes can follow (a datagram). Number is UNKNOWN while more
    bytes are needed and NOT_RECOGNISED when no protocol fits. Role is REQUEST or REPLY when the bytes can only be one.
    """
    waits = not whole and end - pos < 1
    for app in ORDER:
        served = is_served(app, a_port) or is_served(app, b_port)
        verdict, role = _match(app, buf, pos, end, served, whole)
        if verdict > 0:
            return app, role
        if verdict == 0 and end - pos < LOOKED_AT:
            waits = True
    return UNKNOWN if waits and not whole else NOT_RECOGNISED, 0


@kernel
def _match(app: int, buf: Bytes, pos: int, end: int, served: bool, whole: bool) -> tuple[int, int]:
    """What the recogniser of one protocol says: (1 mine, 0 more bytes needed, -1 not mine; role)."""
    if app == MODBUS:
        return recognise_mbap(buf, pos, end, served, whole)
    if app == MODBUS_RTU:
        return recognise_rtu(buf, pos, end, served, whole)
    if app == OPCUA:
        return recognise_opcua(buf, pos, end, served, whole)
    if app == MQTT:
        return recognise_mqtt(buf, pos, end, served, whole)
    if app == DNS:
        return recognise_dns(buf, pos, end, served, whole)
    if app == DNS_STREAM:
        return recognise_dns_stream(buf, pos, end, served, whole)
    if app == HANDLE:
        return recognise_handle(buf, pos, end, served, whole)
    if app == HTTP:
        return recognise_http(buf, pos, end, served, whole)
    if app == TLS:
        return recognise_tls(buf, pos, end, served, whole)
    if app == DHCP:
        return recognise_dhcp(buf, pos, end, served, whole)
    if app == S7COMM:
        return recognise_s7(buf, pos, end, served, whole)
    if app == ENIP:
        return recognise_enip(buf, pos, end, served, whole)
    if app == DNP3:
        return recognise_dnp3(buf, pos, end, served, whole)
    if app == IEC104:
        return recognise_iec104(buf, pos, end, served, whole)
    if app == BACNET:
        return recognise_bacnet(buf, pos, end, served, whole)
    if app == SSH:
        return recognise_ssh(buf, pos, end, served, whole)
    if app == RDP:
        return recognise_rdp(buf, pos, end, served, whole)
    if app == SMB:
        return recognise_smb(buf, pos, end, served, whole)
    if app == SNMP:
        return recognise_snmp(buf, pos, end, served, whole)
    return recognise_ntp(buf, pos, end, served, whole)


@inlined_kernel
def measure(app: int, buf: Bytes, pos: int, end: int, from_client: bool) -> int:
    """Length of the message at ``pos``, which may exceed what is there; NEED_MORE or MALFORMED."""
    if app == MODBUS:
        return measure_mbap(buf, pos, end)
    return measure_other(app, buf, pos, end, from_client)


@kernel
def measure_other(app: int, buf: Bytes, pos: int, end: int, from_client: bool) -> int:
    """The same for protocols that speak less often; bytes that give no length are not waited for without end."""
    size = _measure_message(app, buf, pos, end, from_client)
    return MALFORMED if size == NEED_MORE and end - pos >= LONGEST else size


@kernel
def _measure_message(app: int, buf: Bytes, pos: int, end: int, from_client: bool) -> int:
    """Length as the protocol itself tells it."""
    if app == MODBUS_RTU:
        return measure_rtu(buf, pos, end, REQUEST if from_client else REPLY)
    if app == OPCUA:
        return measure_opcua(buf, pos, end, from_client)
    if app == MQTT:
        return measure_mqtt(buf, pos, end, from_client)
    if app == DNS:
        return measure_dns(buf, pos, end, from_client)
    if app == DNS_STREAM:
        return measure_dns_stream(buf, pos, end, from_client)
    if app == HANDLE:
        return measure_handle(buf, pos, end, from_client)
    if app == HTTP:
        return measure_http(buf, pos, end, from_client)
    if app == TLS:
        return measure_tls(buf, pos, end, from_client)
    if app == WEBSOCKET:
        return measure_websocket(buf, pos, end, from_client)
    if app == DHCP:
        return measure_dhcp(buf, pos, end, from_client)
    return MALFORMED


@kernel
def measure_datagram(app: int, buf: Bytes, pos: int, end: int, from_client: bool) -> int:
    """Length of the message at ``pos`` in a datagram, where some protocols frame otherwise than in a stream."""
    if app == HANDLE:
        return measure_handle_datagram(buf, pos, end, from_client)
    return measure(app, buf, pos, end, from_client)


@kernel
def find(app: int, buf: Bytes, pos: int, end: int, from_client: bool, segment: int) -> int:
    """Position of the next plausible message after lost or malformed bytes, ``end`` when there is none.

    ``segment`` is where a segment begins, and so probably a message: there looser evidence counts; -1: unknown.
    """
    if app == MODBUS:
        return find_mbap(buf, pos, end, segment)
    return _find_message(app, buf, pos, end, from_client)


@kernel
def _find_message(app: int, buf: Bytes, pos: int, end: int, from_client: bool) -> int:
    """The same for protocols that speak less often."""
    if app == MODBUS_RTU:
        return find_rtu(buf, pos, end, REQUEST if from_client else REPLY)
    if app == OPCUA:
        return find_opcua(buf, pos, end, from_client)
    if app == MQTT:
        return find_mqtt(buf, pos, end, from_client)
    if app == DNS:
        return find_dns(buf, pos, end, from_client)
    if app == DNS_STREAM:
        return find_dns_stream(buf, pos, end, from_client)
    if app == HANDLE:
        return find_handle(buf, pos, end, from_client)
    if app == HTTP:
        return find_http(buf, pos, end, from_client)
    if app == TLS:
        return find_tls(buf, pos, end, from_client)
    if app == WEBSOCKET:
        return find_websocket(buf, pos, end, from_client)
    if app == DHCP:
        return find_dhcp(buf, pos, end, from_client)
    return end


@kernel
def follow(app: int, buf: Bytes, pos: int, end: int, from_client: bool) -> int:
    """Protocol of what comes after the message ``buf[pos:end]``: another one where it switched."""
    if app == HTTP and not from_client and is_upgrade(buf, pos, end):
        return WEBSOCKET
    if app == HANDLE and not from_client and is_stream_next(buf, pos, end):
        return HANDLE_DATA
    return app
