"""What the mixed captures say in OPC UA, MQTT, Handle and DNS: one exchange each, and what changes.

OPC UA (OPC 10000-6 1.05): a Read of five nodes by name, five doubles back. MQTT 3.1.1: a JSON value published with QoS
1 and acknowledged. Handle (RFC 3652): resolution of a handle to one URL, over UDP. DNS (RFC 1035, 3403): NAPTR of an
ONS name, two answers.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from bench.packets import Bytes, Numbers, put16

Fill = Callable[[np.random.Generator, Numbers, Numbers, Bytes, Bytes], None]
_TICKS = 116_444_736_000_000_000 + 1_767_225_600 * 10**7  # OPC UA's time of the first packet


@dataclass(frozen=True, slots=True)
class Exchange:
    """One protocol's request and reply, as templates, and what is filled in."""

    name: str
    port: int
    first_port: int
    """Client ports begin at 40,000 plus this."""
    connections: int
    request: bytes
    reply: bytes
    fill: Fill
    """Given random numbers, ordinals, connections, and the rows of requests and of replies."""
    opening: tuple[tuple[bytes, bytes], ...] = ()
    is_udp: bool = False


def _put_digits(out: Bytes, column: int, value: Numbers, width: int) -> None:
    """Write decimal digits."""
    for place in range(width):
        out[:, column + width - 1 - place] = 48 + value // 10**place % 10


def _put_little(out: Bytes, column: int, value: Numbers, dtype: str) -> None:
    """Write numbers little-endian, as OPC UA does."""
    raw = value.astype(dtype).view(np.uint8).reshape(len(value), -1)
    out[:, column : column + raw.shape[1]] = raw


def _string(text: str) -> bytes:
    return struct.pack("<i", len(text)) + text.encode()


def _chunk(kind: bytes, rest: bytes) -> bytes:
    return kind + struct.pack("<I", 8 + len(rest)) + rest


_URL = "opc.tcp://10.20.1.10:4840"
_NONE = "http://opcfoundation.org/UA/SecurityPolicy#None"
_SECURE = _string(_NONE) + struct.pack("<ii", -1, -1)


def _request_header(token: bytes) -> bytes:
    """Token, time, handle, diagnostics, audit entry, timeout, additional header (OPC 10000-4 §7.32)."""
    return token + struct.pack("<qIIiI", _TICKS, 1, 0, -1, 5000) + b"\0\0\0"


_REPLY_HEADER = struct.pack("<qII", _TICKS, 1, 0) + b"\0" + struct.pack("<i", -1) + b"\0\0\0"
_NODES = [f"Line1.Temperature{number}" for number in range(5)]
_SEQUENCE = struct.pack("<IIII", 1, 1, 3, 3)  # channel, token, sequence number, request id

OPCUA = _chunk(
    b"MSGF",
    _SEQUENCE
    + b"\x01\x00\x77\x02"  # ReadRequest, i=631
    + _request_header(b"\x02\x00\x00\x05\x00\x00\x00")
    + struct.pack("<dIi", 0.0, 2, len(_NODES))
    + b"".join(b"\x03\x02\x00" + _string(node) + struct.pack("<IiHi", 13, -1, 0, -1) for node in _NODES),
)
OPCUA_REPLY = _chunk(
    b"MSGF",
    _SEQUENCE
    + b"\x01\x00\x7a\x02"  # ReadResponse, i=634
    + _REPLY_HEADER
    + struct.pack("<i", len(_NODES))
    + (b"\x05\x0b" + struct.pack("<dq", 20.0, _TICKS)) * len(_NODES)
    + struct.pack("<i", -1),
)
_OPEN = _chunk(
    b"OPNF",
    struct.pack("<I", 0)
    + _SECURE
    + struct.pack("<II", 1, 1)
    + b"\x01\x00\xbe\x01"
    + _request_header(b"\0\0")
    + struct.pack("<IIIiI", 0, 0, 1, -1, 3_600_000),
)
_OPENED = _chunk(
    b"OPNF",
    struct.pack("<I", 1)
    + _SECURE
    + struct.pack("<II", 1, 1)
    + b"\x01\x00\xc1\x01"
    + _REPLY_HEADER
    + struct.pack("<IIIqIi", 0, 1, 1, _TICKS, 3_600_000, -1),
)
_HELLO = _chunk(b"HELF", struct.pack("<IIIII", 0, 65_536, 65_536, 0, 0) + _string(_URL))
_ACKNOWLEDGE = _chunk(b"ACKF", struct.pack("<IIIII", 0, 65_536, 65_536, 0, 0))


def _fill_opcua(random: np.random.Generator, ordinal: Numbers, connection: Numbers, asks: Bytes, says: Bytes) -> None:
    """Numbers of the sequence, times, handles and values."""
    del connection
    number = ordinal // CONNECTIONS + 3
    for rows in (asks, says):
        _put_little(rows, 16, number, "<u4")
        _put_little(rows, 20, number, "<u4")
    _put_little(asks, 28 + 7, _TICKS + ordinal * 1000, "<i8")
    _put_little(asks, 28 + 15, number, "<u4")
    _put_little(says, 28, _TICKS + ordinal * 1000, "<i8")
    _put_little(says, 36, number, "<u4")
    for value in range(len(_NODES)):
        at = 28 + len(_REPLY_HEADER) + 4 + 18 * value
        _put_little(says, at + 2, np.round(random.normal(20 + value, 1, len(ordinal)), 2), "<f8")
        _put_little(says, at + 10, _TICKS + ordinal * 1000, "<i8")


_TOPIC = b"park/plant1/line00/temperature0"
_JSON = b'{"ts":1767225600000,"value":0000.00,"unit":"C","quality":"good"}'
_PUBLISH = struct.pack(">H", len(_TOPIC)) + _TOPIC + b"\0\0" + _JSON
MQTT = b"\x32" + bytes([len(_PUBLISH)]) + _PUBLISH
MQTT_REPLY = b"\x40\x02\x00\x00"
_CONNECT = b"\x00\x04MQTT\x04\x02\x00\x3c\x00\x0csensor-line1"


def _fill_mqtt(random: np.random.Generator, ordinal: Numbers, connection: Numbers, asks: Bytes, says: Bytes) -> None:
    """Topic by connection, packet id, time and value."""
    packet_id = ordinal // CONNECTIONS % 65_535 + 1
    at = 4 + len(_TOPIC)
    _put_digits(asks, 4 + _TOPIC.index(b"00"), connection, 2)
    _put_digits(asks, at - 1, ordinal // CONNECTIONS % 5, 1)
    put16(asks, at, packet_id)
    put16(says, 2, packet_id)
    value = random.integers(0, 999_999, len(ordinal))
    begin = at + 2
    _put_digits(asks, begin + 6, 1_767_225_600_000 + ordinal, 13)
    _put_digits(asks, begin + _JSON.index(b"0000.00"), value // 100, 4)
    _put_digits(asks, begin + _JSON.index(b"0000.00") + 5, value % 100, 2)


_HANDLE = b"88.100.1/device0000"
_URL_DATA = b"http://10.20.1.10/device?id=0000"
_VALUE = struct.pack(">IIBIB", 1, 1_767_225_600, 0, 86_400, 14) + struct.pack(">I", 3) + b"URL"
_VALUE += struct.pack(">I", len(_URL_DATA)) + _URL_DATA + struct.pack(">I", 0)


def _handle(response_code: int, body: bytes) -> bytes:
    """Envelope, header, body and an empty credential (RFC 3652 §2.2)."""
    header = struct.pack(">IIIHBBII", 1, response_code, 0x19000000, 0xFFFF, 0, 0, 1_767_268_800, len(body))
    message = header + body + struct.pack(">I", 0)
    return struct.pack(">BBBBIIII", 2, 10, 2, 11, 0, 0, 0, len(message)) + message


_ASKED = struct.pack(">I", len(_HANDLE)) + _HANDLE
HANDLE = _handle(0, _ASKED + struct.pack(">II", 0, 0))
HANDLE_REPLY = _handle(1, _ASKED + struct.pack(">I", 1) + _VALUE)


def _fill_handle(random: np.random.Generator, ordinal: Numbers, connection: Numbers, asks: Bytes, says: Bytes) -> None:
    """Request id and device."""
    del connection
    device = random.integers(0, 500, len(ordinal))
    for rows in (asks, says):
        put16(rows, 8, ordinal >> 16)
        put16(rows, 10, ordinal)
        _put_digits(rows, 44 + len(_ASKED) - 4, device, 4)
    _put_digits(says, HANDLE_REPLY.index(b"id=0000") + 3, device, 4)


_LABELS = [*["0", "6", "2", "2", "3", "1", "4", "1", "4", "1", "6", "0"], "gtin", "gs1", "id", "onsepc", "com"]
_NAME = b"".join(bytes([len(label)]) + label.encode() for label in _LABELS) + b"\0"
_QUESTION = _NAME + struct.pack(">HH", 35, 1)


def _naptr(order: int, service: bytes, regexp: bytes) -> bytes:
    data = struct.pack(">HH", order, 0) + b"\x01u" + bytes([len(service)]) + service + bytes([len(regexp)]) + regexp
    return struct.pack(">HHHIH", 0xC00C, 35, 1, 3600, len(data) + 1) + data + b"\0"


DNS = struct.pack(">HHHHHH", 0, 0x0100, 1, 0, 0, 0) + _QUESTION
DNS_REPLY = (
    struct.pack(">HHHHHH", 0, 0x8180, 1, 2, 0, 0)
    + _QUESTION
    + _naptr(1, b"EPC+epcis", b"!^.*$!http://epcis.example.cn/q!")
    + _naptr(2, b"EPC+html", b"!^.*$!http://www.example.cn/item!")
)


def _fill_dns(random: np.random.Generator, ordinal: Numbers, connection: Numbers, asks: Bytes, says: Bytes) -> None:
    """Message id and the last digits of the item."""
    del connection
    digits = random.integers(0, 10, (4, len(ordinal)))
    for rows in (asks, says):
        put16(rows, 0, ordinal & 0xFFFF)
        for place in range(4):
            rows[:, 12 + 2 * place + 1] = 48 + digits[place]


CONNECTIONS = 60
ALL = (
    Exchange(
        "opcua", 4840, 1000, CONNECTIONS, OPCUA, OPCUA_REPLY, _fill_opcua, ((_HELLO, _ACKNOWLEDGE), (_OPEN, _OPENED))
    ),
    Exchange(
        "mqtt", 1883, 2000, CONNECTIONS, MQTT, MQTT_REPLY, _fill_mqtt,
        ((b"\x10" + bytes([len(_CONNECT)]) + _CONNECT, b"\x20\x02\x00\x00"),),
    ),
    Exchange("handle", 2641, 3000, CONNECTIONS, HANDLE, HANDLE_REPLY, _fill_handle, is_udp=True),
    Exchange("dns", 53, 4000, CONNECTIONS, DNS, DNS_REPLY, _fill_dns, is_udp=True),
)  # fmt: skip
"""In the order of ``mixture.SHARES``, after Modbus."""
