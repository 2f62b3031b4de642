"""One upload, and how far it came."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from wanglou.errors import ConflictError

UploadState = Literal["open", "finished"]


@dataclass(frozen=True, slots=True)
class Upload:
    """One upload."""

    id: str
    enterprise: str
    name: str
    """Safe on a disk and a page."""
    size_bytes: int
    """What was announced."""
    received_bytes: int
    """What has come: the offset to go on from."""
    sha256: str
    """Digest that its sender announced; empty where none was."""
    state: UploadState
    actor: str
    created_ns: int
    finished_ns: int
    """0 before."""
    capture: str
    """Identity of the capture it was read as; empty before."""
    path: Path
    """Where the file is, or its part."""
    site: str = ""


class OffsetError(ConflictError):
    """A piece that does not begin where the last one ended; ``offset`` is where."""

    def __init__(self, offset: int) -> None:
        """Tell where to go on."""
        self.offset = offset
        super().__init__(f"{offset} bytes have been received", do=f"go on from offset {offset}")
