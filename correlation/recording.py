"""Which captures were recorded as one, so that one attack in several of their files is one incident.

Packets do not say which sensor saw them, so captures of the same networks may be one recording in several files, or
have nothing to do with each other. A recorder that begins a new file ends the one before; so files of one site and
enterprise of which none overlaps another in time are one recording. Where any two do, only those whose names differ in
digits alone, as rotated files' do, or that somebody declared a series, are.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from correlation.incident_grouping import QUIET_NS, SLACK_NS

OVERLAP_NS = 10**9
"""What the end of a file and the beginning of the next may overlap by: a second (ours); packets are not in order."""
PAUSE_NS = QUIET_NS + SLACK_NS
"""Silence over which nothing is ever joined by itself."""
_FILE = re.compile(r"[0-9a-f]{64}(@.*)?", re.DOTALL)
_DIGITS = re.compile(r"\d+")
_ENDING = re.compile(r"(\.(pcapng|pcap|cap)\d*)?(\.(gz|zst))?$", re.IGNORECASE)
_KEPT_NAME = 256


@dataclass(frozen=True, slots=True)
class Piece:
    """One capture, as far as it matters for what belongs together. Times are nanoseconds since 1970 UTC."""

    identity: str
    name: str
    site: str
    enterprise: str
    first_ns: int
    """First and last record."""
    last_ns: int
    alerts_first_ns: int | None = None
    """Beginning of its first and end of its last alert; None where it has none."""
    alerts_last_ns: int = 0
    series: str = ""
    """Recording that it was declared to be a part of."""


def is_file(identity: str) -> bool:
    """True for the identity of a capture file, which begins with the digest of its bytes; others are live sensors'."""
    return _FILE.fullmatch(identity) is not None


def name_series(name: str) -> str:
    """Give what names of rotated files have in common: the last part without endings and digits."""
    last = name.replace("\\", "/").rpartition("/")[2][-_KEPT_NAME:]
    return _DIGITS.sub("#", _ENDING.sub("", last)).lower()


def find_parts(pieces: Iterable[Piece]) -> list[list[Piece]]:
    """Give the captures whose alerts are grouped together, each list and the whole by first alert.

    It depends on the set of captures alone. Captures without alerts tell which files overlap, and are in no part.
    """
    parts = [part for recording in _find_recordings(pieces) for part in _cut_at_silence(recording)]
    return sorted(parts, key=lambda part: _rank(part[0]))


def _find_recordings(pieces: Iterable[Piece]) -> Iterator[Sequence[Piece]]:
    files: list[Piece] = []
    together: dict[Hashable, list[Piece]] = defaultdict(list)
    for piece in pieces:
        if not is_file(piece.identity):
            together[piece.site].append(piece)
        elif piece.series:
            together[piece.site, piece.enterprise, piece.series].append(piece)
        else:
            files.append(piece)
    yield from together.values()
    for place in _split(files, lambda piece: (piece.site, piece.enterprise)):
        for stretch in _find_stretches(place):
            if not _overlaps(stretch):
                yield stretch
                continue
            for alike in _split(stretch, lambda piece: name_series(piece.name)):
                for run in _find_stretches(alike):
                    yield from ([piece] for piece in run) if _overlaps(run) else [run]


def _split(pieces: Iterable[Piece], key: Callable[[Piece], Hashable]) -> Iterable[list[Piece]]:
    found: dict[Hashable, list[Piece]] = defaultdict(list)
    for piece in pieces:
        found[key(piece)].append(piece)
    return found.values()


def _find_stretches(pieces: Iterable[Piece]) -> Iterator[list[Piece]]:
    """Cut captures, by time, where all of them pause."""
    stretch: list[Piece] = []
    end = 0
    for piece in sorted(pieces, key=lambda piece: (piece.first_ns, piece.last_ns, piece.identity)):
        if stretch and piece.first_ns - end > PAUSE_NS:
            yield stretch
            stretch = []
        end = max(end, piece.last_ns) if stretch else piece.last_ns
        stretch.append(piece)
    if stretch:
        yield stretch


def _overlaps(stretch: Sequence[Piece]) -> bool:
    """True where any two of captures, sorted by time, were recorded at the same time."""
    end = stretch[0].last_ns
    for piece in stretch[1:]:
        if end - piece.first_ns > OVERLAP_NS:
            return True
        end = max(end, piece.last_ns)
    return False


def _cut_at_silence(recording: Iterable[Piece]) -> Iterator[list[Piece]]:
    """Cut a recording where its alerts pause for so long that nothing joins them."""
    part: list[Piece] = []
    end = 0
    for piece in sorted((piece for piece in recording if piece.alerts_first_ns is not None), key=_rank):
        if part and (piece.alerts_first_ns or 0) - end > PAUSE_NS:
            yield part
            part = []
        end = max(end, piece.alerts_last_ns) if part else piece.alerts_last_ns
        part.append(piece)
    if part:
        yield part


def _rank(piece: Piece) -> tuple[int, str]:
    return piece.alerts_first_ns or 0, piece.identity
