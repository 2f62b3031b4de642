"""Which captures were recorded as one."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from correlation.recording import OVERLAP_NS, PAUSE_NS, Piece, find_parts, is_file, name_series

HOUR_NS = 3_600 * 10**9
MINUTE_NS = 60 * 10**9


def make_piece(digit: str, first_min: float, last_min: float, name: str = "", **more: object) -> Piece:
    """Make a file with alerts from its first minute to its last."""
    first, last = int(first_min * MINUTE_NS), int(last_min * MINUTE_NS)
    piece = Piece(digit * 64, name or f"{digit}.pcap", "park", "chem", first, last, first, last)
    return replace(piece, **more)  # type: ignore[arg-type] # fields by name


def tell(pieces: list[Piece]) -> list[str]:
    """Digits of the captures of each part."""
    return ["".join(piece.identity[0] for piece in part) for part in find_parts(pieces)]


def test_files_without_overlap_are_one() -> None:
    """Whatever they are called, files of one site and enterprise that follow each other are one recording."""
    pieces = [make_piece("a", 0, 10), make_piece("b", 10, 20), make_piece("c", 50, 60)]
    assert tell(pieces) == tell(pieces[::-1]) == ["abc"]


def test_a_long_pause_parts_them() -> None:
    """After more than an hour without alerts nothing is joined, though files without any may lie between."""
    pause = PAUSE_NS / MINUTE_NS
    pieces = [make_piece("a", 0, 10), make_piece("b", 10 + pause, 200), make_piece("c", 201 + pause, 300)]
    assert tell(pieces) == ["ab", "c"]
    silent = make_piece("d", 200, 201 + pause, alerts_first_ns=None)
    assert tell([*pieces, silent]) == ["ab", "c"]


def test_overlapping_files_are_by_themselves() -> None:
    """Where any two overlap, by more than recorders do, nobody can tell which belong together; far ones are spared."""
    pieces = [make_piece("a", 0, 10), make_piece("b", 5, 15), make_piece("c", 20, 30), make_piece("d", 300, 301)]
    assert tell([*pieces, make_piece("e", 301, 302)]) == ["a", "b", "c", "de"]
    late = replace(make_piece("b", 10, 15), first_ns=10 * MINUTE_NS - OVERLAP_NS)
    assert tell([pieces[0], late]) == ["ab"]
    assert tell([pieces[0], replace(late, first_ns=late.first_ns - 1)]) == ["a", "b"]


def test_a_capture_without_alerts_overlaps_too() -> None:
    """That files are independent shows in all of them."""
    silent = make_piece("c", 5, 12, alerts_first_ns=None)
    assert tell([make_piece("a", 0, 10), make_piece("b", 11, 20), silent]) == ["a", "b"]


def test_rotated_files_go_by_their_names() -> None:
    """Of overlapping files those that are named as a recorder names its files are one, those of another are another."""
    east = [make_piece("a", 0, 10, "east_00001_20260921.pcap"), make_piece("b", 10, 20, "east_00002_20260922.pcap.gz")]
    west = [make_piece("c", 2, 9, "west.pcap"), make_piece("d", 9, 30, "x/west.pcap1")]
    assert tell(east + west) == ["ab", "cd"]
    assert tell([*east, *west, make_piece("e", 12, 14, "east_00009_1.pcap")]) == ["a", "cd", "b", "e"]


def test_a_declared_series_is_one() -> None:
    """What somebody said holds against overlaps and names; of another enterprise it is another."""
    pieces = [make_piece("a", 0, 10, series="s"), make_piece("b", 5, 15, series="s"), make_piece("c", 6, 7)]
    assert tell(pieces) == ["ab", "c"]
    assert tell([pieces[0], replace(pieces[1], enterprise="water")]) == ["a", "b"]


def test_sites_enterprises_and_live_sensors() -> None:
    """Files of two sites or enterprises are apart; live sensors of one site are together, without files."""
    pieces = [make_piece("a", 0, 1), make_piece("b", 1, 2, site="other"), make_piece("c", 2, 3, enterprise="water")]
    live = [replace(make_piece("d", 0, 5), identity="eth0 2026"), replace(make_piece("e", 0, 5), identity="eth1 2026")]
    assert tell([*pieces, *live]) == ["a", "ee", "b", "c"]


@pytest.mark.parametrize(
    ("one", "other", "alike"),
    [
        ("a_00001_20260921.pcap", "b/a_00002_20270101.pcapng.gz", True),
        ("C:\\dumps\\trace.pcap", "trace.pcap12", True),
        ("east.pcap", "west.pcap", False),
        ("", ".pcap", True),
        ("scan-1.pcap", "scan.pcap", False),
    ],
)
def test_names_of_rotated_files(one: str, other: str, alike: bool) -> None:
    """Folders, endings and digits make no difference."""
    assert (name_series(one) == name_series(other)) is alike


@given(st.text())
def test_any_name_has_a_series(name: str) -> None:
    """Names are whatever people and senders choose."""
    assert len(name_series(name)) <= 3 * 256
    assert not is_file(name) or len(name) >= 64


PIECES = st.builds(
    make_piece,
    st.sampled_from("abcdef"),
    st.integers(0, 400),
    st.integers(0, 60),
    st.sampled_from(["x1.pcap", "x2.pcap", "y.pcap"]),
    site=st.sampled_from(["", "park"]),
    series=st.sampled_from(["", "", "s"]),
).map(lambda piece: replace(piece, last_ns=piece.first_ns + piece.last_ns, alerts_last_ns=piece.first_ns))


@given(st.lists(PIECES, unique_by=lambda piece: piece.identity), st.randoms(use_true_random=False))
def test_the_order_of_captures_does_not_matter(pieces: list[Piece], chance: random.Random) -> None:
    """In any order the same parts, and each capture with alerts in one of them."""
    parts = tell(pieces)
    chance.shuffle(pieces)
    assert tell(pieces) == parts
    assert sorted("".join(parts)) == sorted(piece.identity[0] for piece in pieces)
