"""Templates of the mixed captures: every message is as long as it says."""

from __future__ import annotations

import struct

import pytest

from bench import exchanges
from bench.exchanges import ALL, Exchange


@pytest.mark.parametrize("exchange", ALL, ids=lambda exchange: exchange.name)
def test_lengths_are_right(exchange: Exchange) -> None:
    """The length that each message states is that of its bytes."""
    measure = {
        "opcua": lambda data: struct.unpack_from("<I", data, 4)[0],
        "mqtt": lambda data: 2 + data[1],
        "handle": lambda data: 20 + struct.unpack_from(">I", data, 16)[0],
        "dns": len,
    }[exchange.name]
    messages = [exchange.request, exchange.reply, *(part for pair in exchange.opening for part in pair)]
    assert [measure(message) for message in messages] == list(map(len, messages))


def test_a_naptr_record_is_whole() -> None:
    """The data length of each answer leads to the next, and the last to the end (RFC 1035 §4.1.3)."""
    at = exchanges.DNS_REPLY.index(b"\xc0\x0c")
    for _ in range(2):
        at += 12 + struct.unpack_from(">H", exchanges.DNS_REPLY, at + 10)[0]
    assert at == len(exchanges.DNS_REPLY)
