"""Protocols that are only named are told from others by the bytes of their standards."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from parsers import beacon, signature, tpkt
from parsers.framing import recognise
from parsers.protocol import (
    BACNET,
    DNP3,
    ENIP,
    IEC104,
    NAMES,
    NOT_RECOGNISED,
    NTP,
    RDP,
    REPLY,
    REQUEST,
    S7COMM,
    SMB,
    SNMP,
    SSH,
    UNKNOWN,
)
from tests.support.conversations import Connection, datagram, dissect, only

COTP_REQUEST = bytes.fromhex("0300001611e00000000100c0010ac1020100c2020102")
S7_SETUP = bytes.fromhex("0300001902f08032010000000000080000f0000001000101e0")
S7_ANSWER = bytes.fromhex("0300001b02f080320300000000000800000000f0000001000100f0")
RDP_COOKIE = bytes.fromhex("0300002b26e00000000000436f6f6b69653a206d737473686173683d61646d696e0d0a0100080001000000")
RDP_BARE = bytes.fromhex("0300000b06e00000000000")
RDP_CONFIRM = bytes.fromhex("030000130ed000001234000200080002000000")
SMB1 = bytes.fromhex("00000054ff534d42720000000018012000000000000000000000000000002f4b0000c55e")
SMB2_REPLY = bytes.fromhex("000000f8fe534d4240000100000000000000010001000000") + bytes(60)
ENIP_OPEN = bytes.fromhex("65000400000000000000000000000000000000000000000001000000")
ENIP_IDENTITY = bytes.fromhex("6300000000000000000000000000000000000000c1debed1")[:20] + bytes(4)
ENIP_UNIT = bytes.fromhex("70001a000100000000000000000000000000000000000000") + bytes.fromhex(
    "00000000000002 00a1000400c11f0101b10006000100d2020000"
)
CIP_CYCLIC = bytes.fromhex("0200028008006204050001000000b10008000100000000000000")
DNP3_LINK = bytes.fromhex("056405c9030004 00bd71")
IEC_START, IEC_CONFIRM, IEC_TEST = (bytes.fromhex(text) for text in ("680407000000", "68040b000000", "680443000000"))
IEC_INTERROGATION = bytes.fromhex("680e0000000064010600010000000014")
WHO_IS = bytes.fromhex("810b000c0120ffff00ff1008")
SNMP_GET = bytes.fromhex("302602010104067075626c6963a019020400000001020100020100300b300906052b060102010500")
SNMP_REPLY = SNMP_GET.replace(b"\xa0", b"\xa2", 1)
NTP_CLIENT, NTP_SERVER = b"\x23" + bytes(47), b"\x24\x02" + bytes(46)

STREAMS = [
    ("ssh", b"SSH-2.0-dropbear\r\n", SSH, 0),
    ("ssh 1", b"SSH-1.99-x\n", SSH, 0),
    ("s7", COTP_REQUEST + S7_SETUP, S7COMM, REQUEST),
    ("s7 answer", S7_ANSWER, S7COMM, REPLY),
    ("rdp", RDP_COOKIE, RDP, REQUEST),
    ("rdp confirm", RDP_CONFIRM, RDP, REPLY),
    ("smb 1", SMB1, SMB, REQUEST),
    ("smb 2", SMB2_REPLY, SMB, REPLY),
    ("enip", ENIP_OPEN, ENIP, REQUEST),
    ("enip unit data", ENIP_UNIT, ENIP, 0),
    ("dnp3", DNP3_LINK, DNP3, REQUEST),
    ("iec 104", IEC_START, IEC104, REQUEST),
    ("iec 104 confirm", IEC_CONFIRM, IEC104, REPLY),
    ("iec 104 test", IEC_TEST, IEC104, 0),
    ("iec 104 asdu", IEC_INTERROGATION, IEC104, 0),
]
DATAGRAMS = [
    ("enip", ENIP_IDENTITY, ENIP, REQUEST),
    ("cip", CIP_CYCLIC, ENIP, 0),
    ("dnp3", DNP3_LINK, DNP3, REQUEST),
    ("bacnet", WHO_IS, BACNET, 0),
    ("snmp", SNMP_GET, SNMP, REQUEST),
    ("snmp reply", SNMP_REPLY, SNMP, REPLY),
]
RECOGNISERS = [
    getattr(module, name)
    for module in (signature, tpkt, beacon)
    for name in vars(module)
    if name.startswith("recognise_")
]


def name(data: bytes, port: int = 30_001, *, whole: bool = False) -> tuple[int, int]:
    """Protocol and role of first bytes."""
    app, role = recognise(np.frombuffer(bytearray(data), dtype=np.uint8), 0, len(data), 40_001, port, whole)
    return int(app), int(role)


@pytest.mark.parametrize(("title", "data", "app", "role"), STREAMS)
@pytest.mark.parametrize("port", [30_001, 502, 1883])
def test_streams_are_named_on_any_port(title: str, data: bytes, app: int, role: int, port: int) -> None:
    """The first bytes of a stream name it wherever it is served, and say who asks where they can."""
    assert name(data, port) == (app, role), title


@pytest.mark.parametrize(("title", "data", "app", "role"), STREAMS)
def test_pieces_are_waited_for(title: str, data: bytes, app: int, role: int) -> None:
    """No beginning of them is given up or taken for something else."""
    del role
    for end in range(1, len(data)):
        assert name(data[:end])[0] in {UNKNOWN, app}, (title, end)


@pytest.mark.parametrize(("title", "data", "app", "role"), DATAGRAMS)
@pytest.mark.parametrize("port", [30_001, 502])
def test_datagrams_are_named_on_any_port(title: str, data: bytes, app: int, role: int, port: int) -> None:
    """The same for datagrams; one that is cut short is none."""
    assert name(data, port, whole=True) == (app, role), title
    assert name(data[:-3], port, whole=True)[0] != app or app == DNP3, title


@pytest.mark.parametrize(
    ("data", "port", "app", "whole"),
    [
        (NTP_CLIENT, 123, NTP, True), (NTP_SERVER, 123, NTP, True), (WHO_IS + b"\x00\x00", 47808, BACNET, True),
        (bytes.fromhex("680401000200"), 2404, IEC104, False), (RDP_BARE, 3389, RDP, False),
        (b"\x81\x00\x00\x44" + bytes(68), 139, SMB, False),
    ],
)  # fmt: skip
def test_weak_signs_count_where_they_are_served(data: bytes, port: int, app: int, whole: bool) -> None:
    """Bytes that others may have too are believed on the protocol's own port only."""
    assert name(data, port, whole=whole)[0] == app
    assert name(data, 30_001, whole=whole)[0] in {UNKNOWN, NOT_RECOGNISED}
    assert name(data, 502, whole=whole)[0] != app


@pytest.mark.parametrize("app", sorted({row[2] for row in STREAMS}))
def test_named_streams_are_followed_and_not_read(app: int) -> None:
    """A flow has its name on an odd port, cut into small segments too, and holds no slot and no message."""
    asked = next(data for _, data, known, role in STREAMS if known == app and role != REPLY)
    connection = Connection(served=30_001).open().ask(asked, sizes=[3, 5]).answer(asked).ask(bytes(3000))
    found = dissect(connection.close().packets)
    flow = only(found.flow)
    assert (flow["network.protocol"], flow["flow.messages"], flow["flow.source.gap_bytes"]) == (NAMES[app], 0, 0)
    assert found.modbus == []


def test_named_datagrams_are_followed_and_not_read() -> None:
    """The same for datagrams."""
    found = dissect([datagram(SNMP_GET, number=number, served=30_001) for number in range(3)])
    assert (only(found.flow)["network.protocol"], found.flow[0]["flow.messages"]) == ("snmp", 0)


@given(st.binary(max_size=60), st.booleans(), st.booleans(), st.integers(0, 30))
def test_any_bytes(data: bytes, served: bool, whole: bool, at: int) -> None:
    """Nothing raises; of a datagram no more is waited for."""
    buf = np.frombuffer(bytearray(data), dtype=np.uint8)
    for recogniser in RECOGNISERS:
        verdict, role = recogniser(buf, min(at, len(buf)), len(buf), served, whole)
        assert verdict in ({-1, 1} if whole else {-1, 0, 1})
        assert role in {0, REQUEST, REPLY}


@given(st.sampled_from([data for _, data, _, _ in STREAMS + DATAGRAMS]), st.integers(0, 40), st.integers(0, 255))
def test_bytes_beside_the_real_ones(data: bytes, at: int, byte: int) -> None:
    """One changed byte raises nothing."""
    changed = bytearray(data)
    changed[at % len(changed)] = byte
    buf = np.frombuffer(changed, dtype=np.uint8)
    for recogniser in RECOGNISERS:
        for whole in (True, False):
            recogniser(buf, 0, len(buf), whole, whole)
