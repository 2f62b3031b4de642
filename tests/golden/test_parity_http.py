"""Our HTTP records hold what tshark finds in the reference captures, message by message and field by field."""

from __future__ import annotations

import gzip
import xml.etree.ElementTree as ET
from collections.abc import Callable
from decimal import Decimal
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml

from parsers.http_frame import recognise_http
from parsers.http_table import HttpTable
from tests.support.capture_files import Seen, pack_classic
from tests.support.conversations import Connection
from tests.support.http_messages import KERNELS, chunked, reply, request
from tests.support.pieces import ORIGIN, SMALL, Record, read_pieces, run_table
from tests.support.requirements import ROOT
from tests.support.tshark import run_tshark

PARITY = yaml.safe_load((ROOT / "tests" / "golden" / "parity_http.yaml").read_text(encoding="utf-8"))
FIELDS: dict[str, dict[str, str]] = PARITY["fields"]
CAPTURES: dict[str, dict[str, int]] = PARITY["captures"]
FOLDERS = ("handle", "other", "labelled/lemay", "labelled/dns_small", "modbus")

Facts = dict[str, Any]

HOW: dict[str, tuple[Callable[[Any, Record], Any], Callable[[str], Any]]] = {
    "text": (lambda value, _: value, str),
    "number": (lambda value, _: value or None, lambda text: int(text) or None),
    "version": (lambda value, _: f"HTTP/{value}", str),
    "reply_version": (lambda value, record: f"HTTP/{record['http.response.version'] or value}", str),
    "host": (lambda value, record: value if record["url.port"] is None else f"{value}:{record['url.port']}", str),
    "seconds": (lambda value, _: value, lambda text: int(Decimal(text) * 1_000_000_000)),
    "frame": (lambda value, record: value + 1 if record["wanglou.pairing"] == "paired" else None, int),
}

pytestmark = pytest.mark.needs_tshark


@cache
def list_theirs(path: Path) -> list[tuple[int, Facts]]:
    """Packet and facts of each message that tshark finds, all fields as it shows them."""
    printed = run_tshark("-r", str(path), "-Y", "http", "-T", "pdml", "-J", "http")
    found = []
    for packet in ET.parse(BytesIO(printed)).iter("packet"):  # noqa: S314 - what our own tshark prints
        number = next(int(field.get("show", "0")) for field in packet.iter("field") if field.get("name") == "num")
        fields = (
            field for proto in packet.findall("proto") if proto.get("name") == "http" for field in proto.iter("field")
        )
        shown = {field.get("name", ""): field.get("show", "") for field in fields}
        found.append((number - 1, {name: show for name, show in shown.items() if name.startswith("http.")}))
    return found


def list_ours(path: Path) -> list[tuple[int, Facts]]:
    """Packet and facts of each message of our records."""
    pieces, flows, settled = read_pieces(path), set(), set()
    for piece in pieces:
        if piece.flow not in settled:
            content = np.frombuffer(piece.payload, dtype=np.uint8)
            verdict = recognise_http(content, 0, len(content), False, False)[0]
            settled |= {piece.flow} if verdict else set()
            flows |= {piece.flow} if verdict == 1 else set()
    records, _ = run_table(HttpTable(ORIGIN, SMALL), KERNELS, [piece for piece in pieces if piece.flow in flows])
    found = []
    for record in records:
        asked, answered = record["http.request.method"] is not None, record["http.response.status_code"] is not None
        found += [(record["wanglou.packet"], state(record, "request"))] if asked else []
        found += [(record["wanglou.packet_end"], state(record, "response"))] if answered else []
    return sorted(found, key=lambda one: one[0])


def state(record: Record, half: str) -> Facts:
    """Facts of a half in tshark's terms."""
    facts = {}
    for name, rule in FIELDS.items():
        value = record[rule[half]] if half in rule else None
        told = None if value is None else HOW[rule.get("how", "text")][0](value, record)
        if told is not None:
            facts[name] = told
    return facts


def restrict(shown: Facts) -> Facts:
    """Keep of tshark's fields those for which we have a column."""
    rules = {name: FIELDS[name] for name in shown if name in FIELDS and "reason" not in FIELDS[name]}
    return {name: HOW[rule.get("how", "text")][1](shown[name]) for name, rule in rules.items()}


@pytest.mark.parametrize("name", CAPTURES)
def test_messages_equal_those_of_tshark(shared: Path, name: str) -> None:
    """Every message of a capture has the same facts on both sides, and neither side has more."""
    path = shared / "captures" / name
    theirs = [(packet, restrict(shown)) for packet, shown in list_theirs(path)]
    assert len(theirs) == CAPTURES[name]["tshark"]
    assert list_ours(path) == theirs


def test_made_traffic_equals_what_tshark_says_of_it(tmp_path: Path) -> None:
    """Keep-alive, chunks over segments, gzip, HEAD, 1xx, 204, 304 and a reply that the connection ends."""
    packed = gzip.compress(b"some text " * 30)
    parts = chunked(b"a" * 700, packed, start=b"HTTP/1.1 200 OK\r\nContent-Type: x/y\r\n")
    connection = Connection(served=8000).open()
    for asked, answers in (
        (request("/1", User_Agent="agent"), [reply(packed, Content_Encoding="gzip", Content_Type="text/plain")]),
        (request("/2?a=b"), [parts[:100], parts[100:800], parts[800:]]),
        (request("/3", "HEAD"), [b"HTTP/1.1 200 OK\r\nContent-Length: 4711\r\n\r\n"]),
        (
            request("/4", "PUT", b"x=1", Expect="100-continue"),
            [b"HTTP/1.1 100 Continue\r\n\r\n", reply(b"", "201 Made")],
        ),
        (request("/5", "DELETE"), [b"HTTP/1.1 204 No Content\r\n\r\n"]),
        (request("/6"), [b"HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n"]),
        (request("/7"), [b"HTTP/1.0 200 OK\r\n\r\nuntil the end"]),
    ):
        connection.ask(asked)
        for answer in answers:
            connection.answer(answer)
    path = tmp_path / "made.pcap"
    seen = (Seen(packet.ts_ns, packet.data, len(packet.data)) for packet in connection.close().packets)
    path.write_bytes(pack_classic(seen))
    theirs, ours = list_theirs(path), list_ours(path)
    assert len(ours) == len(theirs) == 15
    left_out = {"http.content_length", "http.time", "http.request_in"}  # tshark's of HEAD, 304 and the last are others
    halves = [sorted(side, key=lambda one: "http.request.method" in one[1]) for side in (theirs, ours)]
    for (packet, shown), (_, held) in zip(*halves, strict=True):  # a reply to HEAD ends where the next one begins
        facts = {name: value for name, value in restrict(shown).items() if name not in left_out}
        assert {name: held.get(name) for name in facts} == facts, packet


def test_every_capture_with_http_is_compared(shared: Path) -> None:
    """No capture of the folders in which tshark finds HTTP is left out."""
    paths = [path for folder in FOLDERS for path in sorted((shared / "captures" / folder).glob("*.pcap*"))]
    found = {str(path.relative_to(shared / "captures")) for path in paths if list_theirs(path)}
    assert found == set(CAPTURES)


def test_every_field_of_tshark_has_a_column_or_a_reason(shared: Path) -> None:
    """parity_http.yaml names every field that tshark shows in these captures."""
    shown = {field for name in CAPTURES for _, fields in list_theirs(shared / "captures" / name) for field in fields}
    assert shown <= set(FIELDS)
