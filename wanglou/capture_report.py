"""What a replay tells: how it goes on, and what became of each capture."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Literal, Protocol

if TYPE_CHECKING:
    import pyarrow as pa

    from correlation.store import Expired
    from wanglou.errors import WanglouError

State = Literal["read", "known", "alerts_replaced", "refused"]


@dataclass(frozen=True, slots=True)
class CaptureReport:
    """What became of one capture."""

    path: Path
    identity: str
    """``wanglou.capture`` of its records; empty when it was refused."""
    state: State
    """``known``: nothing had changed since it was last read; ``alerts_replaced``: only rules or site facts had."""
    packets: int = 0
    bytes: int = 0
    """Bytes of the packets as captured."""
    seconds: float = 0.0
    records: Mapping[str, int] = field(default_factory=dict)
    """Rows by dataset."""
    alerts: int = 0
    counters: Mapping[str, int] = field(default_factory=dict)
    fault: WanglouError | None = None
    """Why it was refused (no capture, or another process is writing it), or could not be read to its end."""
    shift_ns: int = 0
    """By how much its packets' times were moved."""
    expired: Sequence[Expired] = ()
    """Days of the lake that went after it, the oldest first, to keep ``max_disk_bytes``."""
    remembered: Mapping[str, pa.Table] = field(default_factory=dict, compare=False, repr=False)
    """All its records of those datasets of which there were few, so that nobody has to read them back."""


class Progress(Protocol):
    """Who is told how a replay goes on."""

    def start(self, path: Path, size_bytes: int) -> None:
        """A capture of that many bytes begins."""

    def advance(self, position_bytes: int, packets: int, dropped: int) -> None:
        """So far: bytes of the file, packets, and packets that could not be decoded."""

    def kept(self, identity: str) -> None:
        """All records and alerts of a capture can be found; the store may still tidy up. Told by another thread."""

    def done(self, report: CaptureReport) -> None:
        """A capture is finished."""


class Silent:
    """Tells nobody."""

    def start(self, path: Path, size_bytes: int) -> None:
        """Ignore it."""

    def advance(self, position_bytes: int, packets: int, dropped: int) -> None:
        """Ignore it."""

    def kept(self, identity: str) -> None:
        """Ignore it."""

    def done(self, report: CaptureReport) -> None:
        """Ignore it."""
