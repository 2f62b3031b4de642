"""Data of DNS records and EDNS options as kernels write them."""

from __future__ import annotations

import struct

import pytest

from parsers.dns_record import lay_out
from tests.support.dns_messages import (
    CNAME,
    MX,
    NAPTR,
    OPT,
    POINTER,
    REPLY,
    SOA,
    SRV,
    A,
    answer,
    ask,
    message,
    name,
    only,
    query,
    question,
    record,
)


def test_layouts() -> None:
    """Types whose data holds names are known: bytes before, character strings, names."""
    assert [lay_out(kind) for kind in (A, CNAME, SOA, MX, SRV, NAPTR)] == [0, 1, 2, 201, 601, 431]


def test_content_does_not_depend_on_compression() -> None:
    """A compressed name and a written one are the same data."""
    texts = [
        only(ask(query(kind=MX), answer(kind=MX, data=b"\0\1" + data)))["dns.answers.data"]
        for data in (POINTER, name("plc.example.cn"), b"\x03plc" + struct.pack("!H", 0xC000 | 16))
    ]
    assert texts == [["1 plc.example.cn"]] * 3


@pytest.mark.parametrize("data", [b"", b"\0", b"\0\1", b"\0\1\x05abc", b"\0\1\xc0\xff"])
def test_data_that_does_not_fit_is_kept_as_bytes(data: bytes) -> None:
    """Data that is cut or whose name is none is told as bytes, and the message is read on."""
    reply = message(REPLY, [question(kind=MX)], [record(MX, data), record(A, bytes(4))])
    found = only(ask(query(kind=MX), reply))
    assert found["dns.answers.data"] == [f"\\# {len(data)} {data.hex()}".rstrip(), "0.0.0.0"]  # noqa: S104 - no socket


def test_options_keep_only_what_is_read() -> None:
    """Of options the codes are kept, of the client subnet the data; those that run over the end are told."""
    options = struct.pack("!HH", 10, 8) + bytes(8) + struct.pack("!HHHBB", 8, 5, 1, 8, 0) + b"\x0a"
    found = only(ask(message(0x0100, [question()], (), (), [record(OPT, options, b"\0", 0, 1232)])))
    assert (found["dns.edns.request.options"], found["dns.edns.client_subnet"]) == ([10, 8], "10.0.0.0/8")
    broken = only(ask(message(0x0100, [question()], (), (), [record(OPT, options[:-1], b"\0", 0, 1232)])))
    assert (broken["dns.edns.request.options"], broken["error.code"]) == ([10], "edns")
