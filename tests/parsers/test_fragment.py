"""IP fragments put together again."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from parsers import fragment
from parsers.fragment import Fragments
from parsers.frame import STATUS_COUNTERS, decode_frames
from sensors.batch import LINK_RAW
from tests.support.frames import GRE, START_NS, UDP, Packet, gre, ipv4, ipv6, ipv6_fragment, make_batch, tcp, udp

BODY = bytes(range(200))
WHOLE = udp(BODY, 7, 9)


def split(payload: bytes, size: int = 64, **fields: Any) -> list[bytes]:
    """IPv4 packets of the fragments of ``payload``."""
    protocol = fields.pop("protocol", UDP)
    return [
        ipv4(payload[at : at + size], protocol, offset=at, more=at + size < len(payload), **fields)
        for at in range(0, len(payload), size)
    ]


def split6(payload: bytes, size: int = 64, protocol: int = UDP) -> list[bytes]:
    """The same for IPv6."""
    return [
        ipv6(ipv6_fragment(payload[at : at + size], protocol, offset=at, more=at + size < len(payload)), 44)
        for at in range(0, len(payload), size)
    ]


def rebuild(
    packets: Sequence[bytes],
    *,
    most: int = 8,
    fragments: Fragments | None = None,
    gap_ns: int = 0,
    spill: int = 1 << 17,
) -> tuple[list[tuple[int, bytes]], dict[str, int]]:
    """Row and payload of what decoded in the end, and the counters that are not zero."""
    fragments = fragments or Fragments(most)
    batch = make_batch([Packet(data, START_NS + at * gap_ns, linktype=LINK_RAW) for at, data in enumerate(packets)])
    frames, buffer = decode_frames(batch), np.zeros(spill, np.uint8)
    fragments.rebuild(batch.data, frames, batch.ts_ns, buffer, 0, verify=False)
    found = []
    for i, row in enumerate(frames):
        if STATUS_COUNTERS[row.status] == "packets_decoded":
            where = buffer if row.spill else batch.data
            found.append((i, where[row.payload : row.payload + row.payload_len].tobytes()))
    return found, {name: count for name, count in fragments.counters.items() if count}


@pytest.mark.parametrize("order", list(itertools.permutations(range(4))))
@pytest.mark.parametrize("cut", [split, split6])
def test_fragments_in_any_order(cut: Any, order: tuple[int, ...]) -> None:
    """The payload is whole in the row of whichever fragment came last."""
    pieces = cut(WHOLE)
    assert rebuild([pieces[at] for at in order]) == ([(3, BODY)], {"fragments_rebuilt": 1})


def test_ports_of_a_rebuilt_datagram() -> None:
    """Ports and lengths are those of the whole datagram."""
    batch = make_batch([Packet(data, linktype=LINK_RAW) for data in split(WHOLE)])
    frames = decode_frames(batch)
    Fragments(8).rebuild(batch.data, frames, batch.ts_ns, np.zeros(999, np.uint8), 0, verify=True)
    row = frames[3]
    assert (row.sport, row.dport, row.payload_len, row.payload_wire, row.ip_bytes) == (7, 9, 200, 200, 228)


def test_duplicates_change_nothing() -> None:
    """A fragment that comes twice is taken once."""
    a, b, c, d = split(WHOLE)
    assert rebuild([a, b, b, a, c, c, d]) == ([(6, BODY)], {"fragments_rebuilt": 1})


def test_first_arrival_of_a_byte_wins() -> None:
    """Overlapping fragments cannot rewrite what came before them, and fill only the holes."""
    forged = ipv4(b"\xee" * 128, UDP, offset=64, more=True)
    a, b, c, d = split(WHOLE)
    assert rebuild([a, b, forged, c, d]) == ([(4, BODY[:120] + b"\xee" * 64 + BODY[184:])], {"fragments_rebuilt": 1})
    assert rebuild([b, c, forged, d, a]) == ([(4, BODY)], {"fragments_rebuilt": 1})


def test_size_is_the_first_last_fragment_s() -> None:
    """Neither a second last fragment nor bytes beyond the first one lengthen the datagram."""
    a, b, c, d = split(WHOLE)
    beyond = ipv4(b"\xee" * 64, UDP, offset=640, more=False)
    assert rebuild([d, beyond, a, b, c]) == ([(4, BODY)], {"fragments_rebuilt": 1})


@pytest.mark.parametrize("field", [{"ident": 2}, {"source": "10.0.0.9"}, {"destination": "10.0.0.9"}, {"protocol": 6}])
def test_other_datagrams_are_kept_apart(field: dict[str, Any]) -> None:
    """Identification, addresses and (IPv4) protocol make a datagram."""
    a, b, c, _ = split(WHOLE)
    stranger = split(WHOLE, **field)[3]
    assert rebuild([a, b, c, stranger]) == ([], {})


def test_datagrams_interleave() -> None:
    """Several datagrams are rebuilt side by side."""
    mixed = [
        piece
        for pair in zip(split(WHOLE, ident=1), split(WHOLE[::-1], ident=2, protocol=50), strict=True)
        for piece in pair
    ]
    assert rebuild(mixed) == ([(6, BODY), (7, WHOLE[::-1])], {"fragments_rebuilt": 2})


def test_fragments_are_kept_from_batch_to_batch() -> None:
    """A datagram may be spread over batches."""
    kept = Fragments(8)
    pieces = split(WHOLE)
    assert [rebuild([piece], fragments=kept)[0] for piece in pieces] == [[], [], [], [(0, BODY)]]


def test_what_waits_too_long_is_dropped() -> None:
    """Thirty seconds of packet time after its first fragment a datagram is given up and counted."""
    assert rebuild(split(WHOLE), gap_ns=10_000_000_000)[0] == [(3, BODY)]
    assert rebuild(split(WHOLE), gap_ns=10_000_000_001) == ([], {"fragments_dropped": 1})


def test_too_many_at_once() -> None:
    """Where the table is full the oldest datagram goes and is counted; one that is there already costs no place."""
    assert rebuild(split(WHOLE), most=1) == ([(3, BODY)], {"fragments_rebuilt": 1})
    many = [split(WHOLE, ident=ident)[0] for ident in range(9)]
    rest = [piece for ident in (1, 0) for piece in split(WHOLE, ident=ident)[1:]]
    found, counters = rebuild(many + rest)
    assert [row for row, _ in found] == [9 + 2]
    assert counters == {"fragments_rebuilt": 1, "fragments_dropped": 1}


def test_memory_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fragments far into their datagram cannot take more than the bound, whatever their number."""
    monkeypatch.setattr(fragment, "_MOST_HELD", 100_000)
    far = [ipv4(b"x" * 8, UDP, offset=60_000, more=True, ident=ident) for ident in range(50)]
    kept = Fragments(4096)
    _, counters = rebuild(far, fragments=kept)
    assert counters == {"fragments_dropped": 48}
    assert sum(len(datagram.data) for datagram in kept._waiting.values()) == kept._held == 2 * 60_008


def test_too_long() -> None:
    """A fragment that ends beyond 65,535 bytes (the ping of death) is refused and counted."""
    assert rebuild([ipv4(b"x" * 16, UDP, offset=65_528)]) == ([], {"fragments_too_long": 1})


@pytest.mark.parametrize("data", [split(WHOLE)[1][:-1], ipv4(b"", UDP, offset=64, more=True)])
def test_cut_off_fragments_are_counted(data: bytes) -> None:
    """A fragment that the sensor cut off cannot be used, nor one without bytes."""
    assert rebuild([data]) == ([], {"fragments_cut_short": 1})


def test_full_spill_buffer_is_counted() -> None:
    """Where the rebuilt payload finds no room it is dropped and counted."""
    assert rebuild(split(WHOLE), spill=100) == ([], {"fragments_dropped": 1})


def test_fragmented_tunnel() -> None:
    """A tunnel's packet that was fragmented on its way is unwrapped after rebuilding."""
    inner = gre(ipv4(tcp(BODY)))
    assert rebuild(split(inner, protocol=GRE))[0] == [(3, BODY)]


def test_extension_headers_inside_fragments() -> None:
    """Extension headers in the fragmentable part are passed, and only the first fragment names what follows."""
    padded = bytes([UDP, 0, 1, 4, 0, 0, 0, 0]) + WHOLE
    first, *others = split6(padded, protocol=60)
    odd = [piece[:40] + bytes([59]) + piece[41:] for piece in others]
    assert rebuild([*odd, first])[0] == [(3, BODY)]


@given(
    cuts=st.lists(st.integers(1, 12), min_size=1, max_size=6),
    order=st.randoms(use_true_random=False),
    twice=st.booleans(),
)
def test_any_fragmentation_gives_the_datagram(cuts: list[int], order: Any, twice: bool) -> None:
    """However a datagram is cut, ordered and repeated, it is rebuilt once and whole."""
    pieces, at = [], 0
    for size in (*cuts, 26):
        end = min(at + size * 8, len(WHOLE))
        if at < end:
            pieces.append(ipv4(WHOLE[at:end], UDP, offset=at, more=end < len(WHOLE)))
        at = end
    if len(pieces) == 1:
        return
    order.shuffle(pieces)
    done = len(pieces) - 1
    found, _ = rebuild(pieces + pieces[:-1] * twice)
    assert (done, BODY) in found
    assert len(found) == 1


@given(
    st.lists(
        st.tuples(st.integers(0, 8191), st.booleans(), st.integers(0, 3), st.binary(max_size=40), st.booleans()),
        max_size=40,
    )
)
def test_any_fragments_stay_within_bounds(pieces: list[tuple[int, bool, int, bytes, bool]]) -> None:
    """No fragments can raise an error, and every unfinished datagram is one of at most ``most``."""
    packets = [
        ipv6(ipv6_fragment(data, UDP, offset=offset * 8, more=more, ident=ident), 44)
        if v6
        else ipv4(data, UDP, offset=offset * 8, more=more, ident=ident)
        for offset, more, ident, data, v6 in pieces
    ]
    kept = Fragments(3)
    rebuild(packets, fragments=kept)
    assert len(kept._waiting) <= 3
    assert kept._held == sum(len(datagram.data) for datagram in kept._waiting.values())
