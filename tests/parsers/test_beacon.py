"""Datagrams of BACnet/IP, SNMP and NTP are told by their bytes and their length."""

from __future__ import annotations

import numpy as np
import pytest

from parsers.beacon import recognise_bacnet, recognise_ntp, recognise_snmp
from parsers.protocol import REPLY, REQUEST

FORWARDED = bytes.fromhex("8104001a0a000001bac00120ffff00ff10080b0b0b0b0b0b0b0b")
TRAP3 = bytes.fromhex("303e020103301102047f1e2d3c020300ffe304010402010304")


def ask(recogniser: object, data: bytes, *, served: bool) -> tuple[int, int]:
    """What a recogniser says of a datagram."""
    verdict, role = recogniser(np.frombuffer(bytearray(data), dtype=np.uint8), 0, len(data), served, True)  # type: ignore[operator]
    return int(verdict), int(role)


@pytest.mark.parametrize(
    ("data", "verdict"),
    [
        (FORWARDED, 1), (FORWARDED[:-1], -1), (bytes.fromhex("810b000c0120ffff00ff1008"), 1),
        (bytes.fromhex("810b000c0220ffff00ff1008"), -1), (bytes.fromhex("810000060000"), 1), (b"\x81\x02\x00\x04", 1),
        (bytes.fromhex("811f000c0120ffff00ff1008"), -1),
    ],
)  # fmt: skip
def test_bacnet(data: bytes, verdict: int) -> None:
    """Function, length and the NPDU's version must fit (ASHRAE 135 Annex J.2)."""
    assert ask(recognise_bacnet, data, served=False) == (verdict, 0)


def test_bacnet_with_bytes_left_over() -> None:
    """On its own port a datagram may be longer than its header says."""
    data = bytes.fromhex("810a00080100100800")
    assert [ask(recognise_bacnet, data, served=served)[0] for served in (True, False)] == [1, -1]


@pytest.mark.parametrize("tag", range(0xA0, 0xA9))
def test_snmp(tag: int) -> None:
    """Every PDU is told; those that ask and the one that answers say who speaks (RFC 3416 §3)."""
    data = bytes.fromhex("302602010104067075626c6963") + bytes([tag]) + bytes.fromhex("1902040000000102010002010030")
    data += bytes.fromhex("0b300906052b060102010500")
    role = REPLY if tag == 0xA2 else REQUEST if tag in (0xA0, 0xA1, 0xA3, 0xA5) else 0
    assert ask(recognise_snmp, data, served=False) == (1, role)
    assert ask(recognise_snmp, data[:-1], served=True)[0] == -1


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"\x23" + bytes(47), (1, REQUEST)), (b"\x24\x01" + bytes(46), (1, REPLY)), (b"\x25" + bytes(47), (1, 0)),
        (b"\x16\x02" + bytes(10), (1, REQUEST)), (b"\x17\x00" + bytes(6), (1, REQUEST)), (bytes(48), (-1, 0)),
        (b"\x24\x63" + bytes(46), (-1, REPLY)),
    ],
)  # fmt: skip
def test_ntp_on_its_port(data: bytes, expected: tuple[int, int]) -> None:
    """Version, mode, length and stratum must fit (RFC 5905 §7.3), and the port."""
    assert ask(recognise_ntp, data, served=True) == expected
    assert ask(recognise_ntp, data, served=False)[0] == -1
