"""What holds for every capture of a replay."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from wanglou.site import Site


@dataclass(frozen=True, slots=True)
class ReplayOptions:
    """What holds for every capture of a replay."""

    lake: Path | str
    """The store, as ``correlation.opening`` reads it."""
    site: Site | None = None
    enterprise: str = ""
    """Enterprise all traffic belongs to; empty: the site file's address ranges decide."""
    rules: tuple[Path, ...] = ()
    """Folders of rules that add to or override the shipped ones."""
    max_disk_bytes: int | None = None
    """Bytes the lake may take; the oldest days go first."""
    verify_checksums: bool = False
    ledger: str = ""
    """Where decisions about rules and the state of later stages are kept, as ``correlation.opening`` reads it.

    Empty: where the store's lies.
    """
    shift_to_ns: int | None = None
    """Time to which each capture is moved: its last packet's, in nanoseconds since 1970, UTC; None moves nothing."""
    shifts_to_ns: Mapping[Path, int] = field(default_factory=dict)
    """The same for single captures, before ``shift_to_ns``."""

    def find_end(self, path: Path) -> int | None:
        """Give the time to which a capture is moved, or None."""
        return self.shifts_to_ns.get(path, self.shift_to_ns)
