"""The room for uploads: how much each enterprise and the park may have, and what of that is left."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from console.upload import Upload
from wanglou.errors import StoreError, WanglouError


@dataclass(frozen=True, slots=True)
class UploadLimits:
    """How much may be uploaded."""

    file_bytes: int = 100 << 30
    """Largest file."""
    enterprise_bytes: int = 200 << 30
    """All files of one enterprise."""
    total_bytes: int = 500 << 30
    reserve_bytes: int = 2 << 30
    """Bytes of the disk that stay free."""
    open_uploads: int = 20
    """Uploads of one enterprise that are being received."""
    files: int = 10_000
    """Files of one enterprise."""
    expiry_s: int = 24 * 3600
    """An upload that has not grown for so long is given up."""
    unread_s: int = 7 * 24 * 3600
    """A finished file that no reading came of is kept for so long."""


class QuotaError(WanglouError):
    """There is no room for an upload."""


class DiskFullError(StoreError):
    """There is no room left on the disk: what was received is kept, and the rest may be sent later."""

    def __init__(self, where: str = "") -> None:
        """Tell it of the folder ``where``."""
        do = "free some disk space, then send the rest from where it stopped"
        super().__init__("there is no room left on the disk of uploads", where=where, do=do)


def check_room(
    limits: UploadLimits,
    folder: Path,
    rows: Sequence[Mapping[Any, Any]],
    being_received: Sequence[Upload],
    enterprise: str,
    size_bytes: int,
) -> None:
    """Raise QuotaError where ``size_bytes`` more of an enterprise find no room in ``folder``, beside all ``rows``."""
    own = [row for row in rows if row["enterprise"] == enterprise]
    if sum(one.enterprise == enterprise for one in being_received) >= limits.open_uploads or len(own) >= limits.files:
        raise QuotaError("too many uploads", where=enterprise, do="finish or cancel some, or delete captures")
    left = limits.enterprise_bytes - sum(row["size_bytes"] for row in own)
    left = min(left, limits.total_bytes - sum(row["size_bytes"] for row in rows))
    promised = sum(one.size_bytes - one.received_bytes for one in being_received)
    free = free_bytes(folder) - limits.reserve_bytes - promised
    if size_bytes > min(left, free):
        raise QuotaError(f"there is room for {max(min(left, free), 0)} bytes more", where=enterprise,
                         do="delete captures that are not needed, or ask for a larger quota")  # fmt: skip


def free_bytes(folder: Path) -> int:
    """Bytes free where a folder is, or will be."""
    while not folder.exists():
        folder = folder.parent
    found = os.statvfs(folder)
    return found.f_bavail * found.f_frsize
