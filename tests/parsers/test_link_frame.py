"""ARP's fields, and which frames are looked at."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from parsers.frame import decode_frames
from parsers.link_frame import ARP, ETHERTYPE_ARP, ETHERTYPE_LLDP, KINDS, list_links, name_kind, read_arp
from tests.support.frames import Packet, ethernet, make_batch
from tests.support.links import HERE, THERE, arp, frame, lldp, mac


def read(packets: list[Packet]) -> Any:
    """ARP[n] of the packets."""
    batch = make_batch(packets)
    frames = decode_frames(batch)
    rows = np.empty(len(frames), dtype=np.int64)
    rows = rows[: list_links(frames, ETHERTYPE_ARP, rows)]
    found: Any = np.recarray(len(rows), dtype=ARP)
    read_arp(batch.data, frames, rows, found)
    return found


def test_fields_are_where_rfc_826_has_them() -> None:
    """Operation, both link addresses and both IPv4 addresses of a reply; the frame's own source beside them."""
    [found] = read([frame(arp("10.0.0.9", "10.0.0.7", operation=2, source=THERE, found=HERE))])
    assert (found.operation, found.sender, found.target) == (2, 0x0A000009, 0x0A000007)
    assert (found.sender_mac, found.target_mac) == (int.from_bytes(mac(THERE)), int.from_bytes(mac(HERE)))
    assert (found.frame_mac, found.vlan, KINDS[found.kind]) == (0x02000000000A, -1, "reply")


@pytest.mark.parametrize(
    ("operation", "sender", "target", "kind"),
    [
        (1, "10.0.0.1", "10.0.0.2", "request"),
        (2, "10.0.0.1", "10.0.0.2", "reply"),
        (1, "0" + ".0" * 3, "10.0.0.2", "probe"),
        (1, "10.0.0.1", "10.0.0.1", "announcement"),
        (2, "10.0.0.1", "10.0.0.1", "announcement"),
        (3, "10.0.0.1", "10.0.0.2", "other"),
    ],
)
def test_kinds(operation: int, sender: str, target: str, kind: str) -> None:
    """A probe has no sender, an announcement asks for its own address (RFC 5227)."""
    [found] = read([frame(arp(sender, target, operation=operation))])
    assert KINDS[found.kind] == kind


def test_what_is_no_arp_over_ethernet_is_malformed() -> None:
    """Cut short, or with addresses of other lengths."""
    spoilt = bytearray(arp())
    spoilt[4] = 8
    assert [KINDS[found.kind] for found in read([frame(arp()[:27]), frame(bytes(spoilt)), frame(b"")])] == [
        "malformed"
    ] * 3


def test_tags_are_passed() -> None:
    """Behind VLAN tags the fields are the same, and the outer tag is told."""
    [found] = read([Packet(ethernet(arp(), 0x0806, tags=[(0x8100, 7)]))])
    assert (found.vlan, KINDS[found.kind]) == (7, "request")


def test_only_frames_of_the_ethertype_are_listed() -> None:
    """IP and other EtherTypes are passed over."""
    batch = make_batch([frame(arp()), frame(lldp(), 0x88CC), frame(b"\x45" * 40, 0x0800), frame(arp())])
    rows = np.empty(4, dtype=np.int64)
    frames = decode_frames(batch)
    assert rows[: list_links(frames, ETHERTYPE_ARP, rows)].tolist() == [0, 3]
    assert rows[: list_links(frames, ETHERTYPE_LLDP, rows)].tolist() == [1]


@given(st.lists(st.binary(max_size=40), max_size=4))
def test_any_bytes_are_read(payloads: list[bytes]) -> None:
    """Whatever follows the EtherType, each frame gives one record of a known kind."""
    found = read([frame(payload) for payload in payloads])
    assert len(found) == len(payloads)
    assert all(kind < len(KINDS) for kind in found.kind)
    assert all(KINDS[name_kind(1, 0, target)] == "probe" for target in range(2))
