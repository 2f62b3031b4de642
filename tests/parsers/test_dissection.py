"""The whole stage: batches in, tables out."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import replace
from ipaddress import ip_network
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from parsers import derived, dissection
from parsers.columns import Origin
from parsers.dissection import VERSION, Dissector
from parsers.frame import STATUS_COUNTERS
from parsers.packet import NOT_IP
from parsers.schema import DATASETS
from sensors.batch import LINK_TYPES, PacketBatch
from tests.support.conversations import CAPTURE, SMALL, Connection, datagram, dissect, mbap, only, said
from tests.support.frames import START_NS, Packet, ethernet, gre, ipv4, ipv6, make_batch, mpls, tcp, udp, vxlan
from tests.support.links import HERE, arp, frame
from tests.support.medley import dissect_medley, make_medley, render
from wanglou.addresses import Ranges
from wanglou.site import Enterprise, Name, Site

ROOT = Path(__file__).resolve().parents[2]
READ, ANSWER = bytes.fromhex("0300000001"), bytes.fromhex("03020001")
TALK = Connection().open().ask(mbap(READ)).answer(mbap(ANSWER)).close().packets


def test_every_table_has_its_schema() -> None:
    """What comes out has exactly the columns that are declared, batch by batch and in the end."""
    dissector = Dissector(CAPTURE, "sensor", limits=SMALL)
    packets = make_medley()
    tables = [
        dissector.feed(make_batch(packets[:150])),
        dissector.feed(make_batch(packets[150:], 150)),
        dissector.finish(),
    ]
    assert {name for found in tables for name in found} <= set(DATASETS)
    for found in tables:
        for name, table in found.items():
            assert table.schema == DATASETS[name].arrow
            table.validate(full=True)


@pytest.mark.parametrize("cuts", [[1] * 400, [7, 1, 50, 2, 90], [200]])
def test_cuts_of_batches_do_not_matter(cuts: list[int]) -> None:
    """Wherever a capture is cut into batches, all its records are the same."""
    assert dissect_medley(cuts) == dissect_medley()


@given(st.lists(st.integers(1, 40), max_size=12))
def test_any_cuts_of_batches_do_not_matter(cuts: list[int]) -> None:
    """The same for any cuts of a shorter capture."""
    packets = make_medley()[:90]
    assert render(dissect(packets, cuts=cuts)) == render(dissect(packets))


@pytest.mark.parametrize("gathered", [5, 16_384])
def test_gathering_changes_no_record(gathered: int) -> None:
    """Messages that are gathered over batches, until there are enough or it lasted too long, give the same records.

    Only what of two records a fact of an asset is read from depends on which of them comes out first.
    """
    packets, limits = make_medley(), replace(SMALL, gathered=gathered)
    expected = render(replace(dissect(packets), asset=[]))
    for cuts in ([1] * 400, [7, 1, 50, 2, 90]):
        assert render(replace(dissect(packets, cuts=cuts, limits=limits), asset=[])) == expected


def test_uncompiled_kernels_say_the_same() -> None:
    """Kernels run as plain Python, with numpy's overflow warnings as errors, give the same records and counters."""
    done = subprocess.run(
        [sys.executable, "-W", "error", "-m", "tests.support.medley"],
        cwd=ROOT,
        env={**os.environ, "NUMBA_DISABLE_JIT": "1"},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == dissect_medley()


def test_the_medley_has_it_all() -> None:
    """The capture that both are compared on holds every kind of record and hits every kind of loss."""
    found = dissect(make_medley())
    assert {record["wanglou.pairing"] for record in found.modbus} == {
        "paired",
        "no_response",
        "no_request",
        "malformed",
    }
    assert {record["modbus.framing"] for record in found.modbus} == {"mbap", "rtu"}
    assert {"gap", "length", "crc", "truncated"} <= {record["error.code"] for record in found.modbus}
    others = ("opcua_", "mqtt_", "dns_", "handle_", "http_", "tls_", "dhcp_", "identifiers_", "lldp_")
    missed = {name for name, count in found.counters.items() if not count and not name.startswith(others)}
    assert missed == {
        "flows_evicted", "fragments_cut_short", "fragments_dropped", "fragments_too_long", "messages_cut",
        "packets_bad_checksum", "packets_bad_header", "packets_nested_too_deep", "packets_unknown_linktype",
        "requests_dropped",
        "stream_slots_missing", "stream_spill_full",
        "arp_messages", "arp_malformed", "link_dropped", "asset_facts_forgotten", "asset_values_dropped",
        "asset_sightings_cut",
    }  # fmt: skip


def test_records_point_at_their_packets() -> None:
    """Each record's packets alone give the record again: the evidence pointer is right."""
    packets = make_medley()
    for record in dissect(packets).modbus:
        first, last = record["wanglou.packet"], record["wanglou.packet_end"]
        assert 0 <= first <= last < len(packets)
        ends = {record["source.ip"], record["destination.ip"]}
        for place in (first, last):
            flow = only(dissect([packets[place]]).flow) if place < len(packets) - 10 else None
            assert flow is None or {flow["source.ip"], flow["destination.ip"]} == ends


def test_event_ids_are_unique() -> None:
    """Dataset, packet and PDU number tell all records apart."""
    found = dissect(make_medley())
    assert len(set(found.ids)) == len(found.ids)


def test_nothing() -> None:
    """An empty batch, and a capture without packets, give nothing."""
    dissector = Dissector(CAPTURE, "sensor", limits=SMALL)
    assert dissector.feed(make_batch([])) == {}
    assert dissector.finish() == {}
    assert VERSION >= 1


def test_read_only_buffers() -> None:
    """A batch over memory that may not be written gives the same."""
    batch = make_batch(TALK)
    data = batch.data.copy()
    data.flags.writeable = False
    dissector = Dissector(CAPTURE, "sensor", limits=SMALL)
    dissector.feed(replace(batch, data=data))
    assert only(dissector.finish()["flow"].to_pylist())["flow.messages"] == 2


def test_a_batch_may_lie_anywhere_in_its_buffer() -> None:
    """Packets are found by their offsets, and ordinals count from the batch's first."""
    batch = make_batch(TALK, first=1000)
    data = np.concatenate([np.full(99, 0xEE, np.uint8), batch.data, np.full(99, 0xEE, np.uint8)])
    dissector = Dissector(CAPTURE, "sensor", limits=SMALL)
    tables = dissector.feed(replace(batch, data=data, offset=batch.offset + 99))
    record = only(tables["modbus"].to_pylist())
    assert (record["wanglou.packet"], record["wanglou.packet_end"]) == (1003, 1004)
    assert record["wanglou.capture"] == CAPTURE


def test_the_enterprise_that_was_given() -> None:
    """An enterprise given for the capture is in every record."""
    found = dissect(TALK, organization="water")
    assert {record["organization.id"] for record in (*found.flow, *found.modbus)} == {"water"}
    assert only(dissect(TALK).flow)["organization.id"] is None


@pytest.mark.parametrize(
    ("ranges", "expected"), [(("10.0.0.2/32", "10.0.0.1/32"), "a"), (("10.9.0.0/16", "10.0.0.1/32"), "b")]
)
def test_the_enterprise_by_address(ranges: tuple[str, str], expected: str) -> None:
    """Without one the site's ranges decide: the server's, else the client's."""
    name = Name("", "")
    enterprises = tuple(Enterprise(key, name, Ranges([ip_network(one)])) for key, one in zip("ab", ranges, strict=True))
    found = dissect(TALK, site=Site("park", name, enterprises))
    assert {record["organization.id"] for record in (*found.flow, *found.modbus)} == {expected}


def test_two_captures_share_nothing() -> None:
    """A reply in one capture does not answer a request in another with the same addresses."""
    one = dissect(Connection().open().ask(mbap(READ)).packets, organization="a")
    other = dissect(Connection().answer(mbap(ANSWER)).packets, organization="b")
    assert only(one.modbus)["wanglou.pairing"] == "no_response"
    assert only(other.modbus)["wanglou.pairing"] == "no_request"


def test_checksums_on_request() -> None:
    """Packets with wrong checksums are left out and counted where that was asked for."""
    found = dissect(TALK, verify_checksums=True)
    assert (found.flow, found.counters["packets_bad_checksum"]) == ([], len(TALK))


def test_reading_twice_gives_the_same() -> None:
    """Records and their ids depend on nothing but the capture."""
    assert dissect_medley() == dissect_medley()


WRAPS = [
    b"", ethernet(b""), ethernet(b"", 0x86DD), ethernet(ipv4(b""))[:34], ethernet(ipv6(b""), 0x86DD),
    ethernet(mpls(b"", 5), 0x8847), ethernet(ipv4(gre(b"", 0x88BE), 47)), ethernet(ipv4(udp(vxlan(b""), 1, 4789), 17)),
    ethernet(ipv4(tcp(mbap(READ)))), ethernet(ipv4(udp(mbap(READ)), 17)), datagram(mbap(READ)).data,
]  # fmt: skip


@given(
    st.lists(
        st.tuples(
            st.sampled_from([*sorted(LINK_TYPES), 1, 1, 147]), st.sampled_from(WRAPS), st.binary(max_size=60),
            st.integers(0, 400), st.integers(0, 90),
        ),
        max_size=20,
    ),
    st.lists(st.integers(1, 6), max_size=6),
    st.booleans(),
)  # fmt: skip
def test_any_packets_of_any_link_type(
    parts: list[tuple[int, bytes, bytes, int, int]], cuts: list[int], verify: bool
) -> None:
    """Whatever is captured: every packet is counted once, nothing raises, nothing stays, batches have no effect."""
    packets = [
        Packet((wrap + data)[: max(len(wrap + data) - less, 0)], START_NS + seconds * 10**9, linktype=link)
        for link, wrap, data, seconds, less in parts
    ]
    found = dissect(packets, verify_checksums=verify)
    counted = sum(found.counters[name] for name in STATUS_COUNTERS)
    assert counted == len(packets)
    assert sum(flow["network.packets"] for flow in found.flow) == found.counters["packets_decoded"]
    assert len(set(found.ids)) == len(found.ids)
    assert render(dissect(packets, cuts=cuts, verify_checksums=verify)) == render(found)


def test_a_record_says_only_what_was_said() -> None:
    """A record does not depend on what else is in the capture."""
    alone = [said(record) for record in dissect(TALK).modbus]
    beside = dissect([*make_medley()[:50], *TALK])
    assert alone[0] in [said(record) for record in beside.modbus]


class FakeFrames:
    """Counts frames that are not IP."""

    def __init__(self, origin: Origin) -> None:
        """Nothing was seen."""
        del origin
        self.counters = {"seen": 0}

    def add(self, batch: PacketBatch, frames: Any) -> dict[str, pa.Table]:
        """One row for each, with its EtherType and first byte."""
        rows = [
            {"ethertype": int(frame.ethertype), "byte": int(batch.data[frame.link])}
            for frame in frames
            if frame.status == NOT_IP
        ]
        self.counters["seen"] += len(rows)
        return {"link": pa.Table.from_pylist(rows)}


class FakeDerived:
    """Remembers the names and rows of the tables it was given."""

    given: ClassVar[list[dict[str, int]]] = []

    def __init__(self, origin: Origin) -> None:
        """Nothing was given."""
        del origin
        self.counters = {"given": 0}

    def add(self, tables: Mapping[str, pa.Table]) -> pa.Table:
        """The flows again."""
        self.given.append({name: table.num_rows for name, table in tables.items()})
        self.counters["given"] += 1
        return tables.get("flow", DATASETS["flow"].arrow.empty_table())


def test_tables_of_frames_and_of_tables(monkeypatch: pytest.MonkeyPatch) -> None:
    """A table of frames sees those that are not IP; one that is derived sees all tables; datasets are given out."""
    monkeypatch.setattr(dissection, "FRAME_TABLES", (FakeFrames,))
    monkeypatch.setattr(
        derived, "DERIVED_TABLES", (("derived", FakeDerived, frozenset()), ("flow", FakeDerived, frozenset()))
    )
    FakeDerived.given.clear()
    found = dissect([*TALK, Packet(ethernet(bytes(30), 0x0806), START_NS + 10**9)])
    assert FakeDerived.given[0] == {"link": 1, "modbus": 1}
    assert FakeDerived.given[2:] == [{"flow": 1}, {"flow": 1, "derived": 1}]
    assert (found.counters["seen"], found.counters["given"]) == (1, 2)
    assert (len(found.flow), len(found.modbus)) == (1, 1)


def test_devices_are_observed() -> None:
    """Of an ARP message in one batch and a Modbus transaction in the next."""
    found = dissect([frame(arp("10.0.0.2")), *TALK], cuts=[1])
    facts = {(one["asset.id"], one["asset.source"], one["asset.field"], one["asset.value"]) for one in found.asset}
    assert {
        ("10.0.0.2", "arp", "mac", HERE), ("10.0.0.2", "modbus", "role", "modbus_server"),
        ("10.0.0.1", "modbus", "role", "modbus_client"), ("10.0.0.1", "flow", "mac", "02-00-00-00-00-0A"),
    } <= facts  # fmt: skip
    assert found.counters["arp_messages"] == 1
