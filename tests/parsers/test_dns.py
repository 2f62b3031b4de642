"""DNS messages to fields."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from parsers.dns import room_for
from parsers.message import BROKEN_BY_GAP, STRAY
from tests.support.dns_messages import (
    AAAA,
    CNAME,
    MX,
    NAPTR,
    NS,
    OPT,
    POINTER,
    REPLY,
    SOA,
    SRV,
    TXT,
    A,
    Said,
    answer,
    ask,
    message,
    name,
    only,
    query,
    question,
    record,
    string,
    tabulate,
)


def test_header_of_query_and_reply() -> None:
    """Flags, counts, operation and response code are those of the header (RFC 1035 §4.1.1)."""
    found = only(ask(query(word=0x0110), answer(word=0x85B3)))
    assert (found["dns.id"], found["dns.op_code"], found["dns.response_code"]) == ("7", "QUERY", "NXDOMAIN")
    assert found["dns.header_flags"] == ["AA", "RD", "RA", "AD", "CD"]
    assert (found["dns.request.flags"], found["dns.response.flags"]) == (0x0110, 0x85B3)
    assert (found["dns.questions_count"], found["dns.answers_count"]) == (1, 1)
    assert (found["event.action"], found["event.outcome"], found["dns.type"]) == ("query", "failure", "answer")


def test_question_and_answer() -> None:
    """The question's name, type and class, and the record with its address."""
    found = only(ask(query("plc.example.cn"), answer("plc.example.cn")))
    assert (found["dns.question.name"], found["dns.question.type"], found["dns.question.class"]) == (
        "plc.example.cn", "A", "IN",
    )  # fmt: skip
    assert found["dns.answers.name"] == ["plc.example.cn"]
    assert (found["dns.answers.type"], found["dns.answers.class"], found["dns.answers.ttl"]) == (["A"], ["IN"], [60])
    assert found["dns.answers.data"] == found["dns.resolved_ip"] == ["10.0.0.5"]
    assert found["event.outcome"] == "success"
    assert (found["dns.question.name_length"], found["dns.question.labels"]) == (16, 3)


@pytest.mark.parametrize(
    ("kind", "data", "text"),
    [
        (NS, name("ns1"), "ns1"),
        (CNAME, b"\x03www" + POINTER, "www.plc.example.cn"),
        (MX, b"\0\x0a" + b"\x02mx" + POINTER, "10 mx.plc.example.cn"),
        (SRV, b"\0\1\0\2\x12\x34" + name("a.b"), "1 2 4660 a.b"),
        (TXT, string('say "hi"\\') + string(""), '"say \\"hi\\"\\\\" ""'),
        (AAAA, bytes(15) + b"\1", "::1"),
        (SOA, POINTER + name("me") + struct.pack("!5I", 1, 2, 3, 4, 2**32 - 1), "plc.example.cn me 1 2 3 4 4294967295"),
        (65, b"\0\1\0" + b"\0\1\0\6\2h2\2h3", "1 . alpn=h2,h3"),
        (99_99, b"\1\2", "\\# 2 0102"),
    ],
)  # fmt: skip
def test_data_of_records(kind: int, data: bytes, text: str) -> None:
    """Data is told as in a zone file, names expanded (RFC 1035 §3.3, §4.1.4)."""
    assert only(ask(query(kind=kind), answer(kind=kind, data=data)))["dns.answers.data"] == [text]


def test_naptr_of_the_object_name_service() -> None:
    """The parts of a NAPTR record stand in columns of their own (vector: RFC 3403 §4.1, made with dnslib)."""
    data = bytes.fromhex("00010000017509") + b"EPC+epcis" + b"\x21!^.*$!http://epcis.example.cn/q!" + b"\0"
    data = data.replace(b"\x21!^", bytes([len(b"!^.*$!http://epcis.example.cn/q!")]) + b"!^")
    found = only(ask(query(kind=NAPTR), answer(kind=NAPTR, data=data)))
    assert found["dns.answers.data"] == ['1 0 "u" "EPC+epcis" "!^.*$!http://epcis.example.cn/q!" .']
    assert (found["dns.naptr.order"], found["dns.naptr.preference"], found["dns.naptr.flags"]) == ([1], [0], ["u"])
    assert found["dns.naptr.services"] == ["EPC+epcis"]
    assert found["dns.naptr.regexp"] == ["!^.*$!http://epcis.example.cn/q!"]
    assert found["dns.naptr.replacement"] == ["."]


def test_sections_stay_apart() -> None:
    """Records of the three sections are on lists of their own."""
    reply = message(
        REPLY,
        [question()],
        [record(A, b"\1\2\3\4")],
        [record(NS, name("ns.cn"), "cn")],
        [record(A, b"\5\6\7\x08", "ns.cn")],
    )
    found = only(ask(query(), reply))
    assert (found["dns.answers.data"], found["dns.authorities.data"]) == (["1.2.3.4"], ["ns.cn"])
    assert (found["dns.additionals.name"], found["dns.additionals.data"]) == (["ns.cn"], ["5.6.7.8"])
    assert found["dns.resolved_ip"] == ["1.2.3.4"]


def test_extension_mechanism() -> None:
    """Size, version, flag DO, options and the client subnet are read; the response code is extended (RFC 6891 §6)."""
    subnet = struct.pack("!HHHBB", 8, 7, 1, 24, 0) + bytes([192, 0, 2])
    asked = message(0x0100, [question()], (), (), [record(OPT, subnet, b"\0", 0x8000, 1232)])
    refused = message(REPLY, [question()], (), (), [record(OPT, b"", b"\0", 0x01 << 24 | 0x8000, 4096)])
    found = only(ask(asked, refused))
    assert (found["dns.edns.request.udp_size"], found["dns.edns.response.udp_size"]) == (1232, 4096)
    assert (found["dns.edns.version"], found["dns.edns.request.options"]) == (0, [8])
    assert found["dns.edns.client_subnet"] == "192.0.2.0/24"
    assert found["dns.response_code"] == "BADVERS"
    assert "DO" in found["dns.header_flags"]
    assert "dns.additionals.name" not in found
    assert found["event.outcome"] == "failure"


@pytest.mark.parametrize(
    ("data", "error"),
    [
        (query()[:8], "header"),
        (query()[:-5], "truncated"),
        (query()[:-2], "truncated"),
        (message(0x0100, [question()], counts=(1, 1, 0, 0)), "counts"),
        (query(POINTER), "compression_pointer"),
        (query(b"\xc0\xff"), "compression_pointer"),
        (query(b"\x01a\xc0\x0c"), "compression_pointer"),
        (query(b"\xc0\x00"), "compression_pointer"),
        (query(b"\x40abc\0"), "label_type"),
        (query(b"\x80abc\0"), "label_type"),
        (query((b"\x3f" + b"a" * 63) * 4 + b"\0"), "name_too_long"),
        (message(REPLY, [question()], [record(A, b"abcd")[:-1]]), "truncated"),
    ],
)
def test_malformed_messages(data: bytes, error: str) -> None:
    """What cannot be read to its end is malformed, and says why (RFC 9267)."""
    found = only([Said(data)])
    assert (found["wanglou.pairing"], found["event.action"], found["error.code"]) == ("malformed", "malformed", error)


@pytest.mark.parametrize(
    ("data", "error"),
    [
        (answer(data=b"\1\2\3"), "record_data"),
        (answer(kind=CNAME, data=POINTER), None),
        (answer(kind=CNAME, data=b"\xc0\xff"), "compression_pointer"),
        (answer(kind=CNAME, data=b"\x05abc"), "record_data"),
        (answer() + b"xyz", "trailing_bytes"),
        (message(REPLY, [question()], (), (), [record(OPT, b"\0\1\0\5", b"\0")]), "edns"),
    ],
)
def test_faults_that_do_not_end_a_message(data: bytes, error: str | None) -> None:
    """A fault within a record is told, and the message is read on."""
    found = only(ask(query(kind=CNAME if b"\x00\x05\x00\x01" in data[:40] else A), data))
    assert (found["wanglou.pairing"], found.get("error.code")) == ("paired", error)


def test_the_longest_name_is_read() -> None:
    """A name of 255 bytes is right, one byte more is not (RFC 1035 §2.3.4)."""
    longest = (b"\x3f" + b"a" * 63) * 3 + b"\x3d" + b"b" * 61 + b"\0"
    assert len(longest) == 255
    assert only([Said(query(longest))])["dns.question.name_length"] == 255


def test_a_gap_and_a_stray_message() -> None:
    """A message with a gap is malformed; a stray one is told."""
    assert only([Said(query(), status=BROKEN_BY_GAP)])["error.code"] == "gap"
    assert only([Said(query(), status=STRAY)])["error.code"] == "sequence"


def test_a_message_of_which_the_beginning_was_kept() -> None:
    """A long message that was cut by us is not malformed, and is counted."""
    records, table = tabulate([Said(answer()[:-3], from_server=True, wire=60_000)])
    assert (records[0]["wanglou.pairing"], records[0]["error.code"]) == ("no_request", None)
    assert table.counters["dns_bounded"] == 1


def test_lists_are_bounded() -> None:
    """Of a message with very many records the first are kept and the rest is counted."""
    many = message(REPLY, [question()], [record(A, bytes([10, 0, at >> 8, at & 255])) for at in range(1_500)])
    records, table = tabulate([Said(many, from_server=True)])
    assert (records[0]["dns.answers_count"], len(records[0]["dns.answers.data"])) == (1_500, 1_023)
    assert table.counters["dns_bounded"] == 1


def test_expansion_is_bounded() -> None:
    """Names that repeat a long one by pointers cannot fill the memory."""
    longest = b"\x01x" + (b"\x3f" + b"a" * 63) * 3 + b"\x3b" + b"b" * 59 + b"\0"
    pointer = struct.pack("!H", 0xC000 | (12 + 2))
    many = message(REPLY, [question(longest)], [record(CNAME, pointer, pointer) for _ in range(900)])
    records, table = tabulate([Said(many, from_server=True)])
    shown = len(records[0]["dns.answers.data"])
    assert shown * 2 * 250 <= room_for(len(many))
    assert 0 < shown < 900
    assert table.counters["dns_bounded"] == 1


@settings(max_examples=150, deadline=None)
@given(st.lists(st.one_of(st.binary(max_size=80), st.integers(0, 3)), max_size=4))
def test_any_bytes(parts: list[bytes | int]) -> None:
    """No bytes raise anything, and each message is a row or part of one."""
    good = (query(), answer(), answer(kind=CNAME, data=POINTER), b"")
    said = [Said(good[part] if isinstance(part, int) else part) for part in parts]
    said += [Said(good[1][: len(item.data)] + item.data, from_server=True) for item in said]
    records, _ = tabulate(said)
    assert len(said) / 2 <= len(records) <= len(said)


@settings(max_examples=100, deadline=None)
@given(st.integers(0, 200), st.integers(0, 2**16 - 1))
def test_any_change_of_a_byte(at: int, value: int) -> None:
    """A message changed anywhere still gives one row of its own."""
    whole = message(
        REPLY,
        [question()],
        [record(CNAME, b"\x03www" + POINTER), record(NAPTR, b"\0\1\0\2\1u\3a+b\0" + POINTER)],
        [record(SOA, POINTER + POINTER + bytes(20))],
        [record(OPT, b"\0\x0a\0\2ab", b"\0")],
    )
    changed = bytearray(whole)
    changed[at % len(whole)] = value & 255
    records, _ = tabulate([Said(bytes(changed[: len(whole) - (value >> 12)]), from_server=True)])
    assert len(records) == 1
