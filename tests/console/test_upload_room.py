"""Room for an upload: what was promised counts as what has come, of an enterprise, of all and of the disk."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from console.upload import Upload
from console.upload_room import QuotaError, UploadLimits, check_room


def make_row(enterprise: str, size_bytes: int) -> dict[str, Any]:
    """A row of the ledger, as far as room goes."""
    return {"enterprise": enterprise, "size_bytes": size_bytes}


def make_upload(enterprise: str, size_bytes: int, received_bytes: int) -> Upload:
    """An upload that is being received."""
    return Upload("u", enterprise, "x", size_bytes, received_bytes, "", "open", "li", 0, 0, "", Path("part"))


@pytest.mark.parametrize(("enterprise", "left"), [("chem", 4), ("water", 7)])
def test_enterprises_and_all_have_their_shares(tmp_path: Path, enterprise: str, left: int) -> None:
    """The smaller of both holds."""
    limits = UploadLimits(enterprise_bytes=10, total_bytes=13, reserve_bytes=0)
    rows = [make_row("chem", 6)]
    check_room(limits, tmp_path, rows, [], enterprise, left)
    with pytest.raises(QuotaError, match=f"room for {left} bytes"):
        check_room(limits, tmp_path, rows, [], enterprise, left + 1)


def test_the_disk_holds_what_was_promised(tmp_path: Path) -> None:
    """Bytes still to come are not free; a folder that is to be made counts as its disk."""
    folder = tmp_path / "not" / "yet"
    found = os.statvfs(tmp_path)
    free = found.f_bavail * found.f_frsize
    limits = UploadLimits(enterprise_bytes=1 << 60, total_bytes=1 << 60, reserve_bytes=0)
    check_room(limits, folder, [], [make_upload("water", free // 2, free // 2)], "chem", free // 4)
    with pytest.raises(QuotaError, match="room for"):
        check_room(limits, folder, [], [make_upload("water", free, 0)], "chem", free // 4)


def test_many_small_files_are_too_many(tmp_path: Path) -> None:
    """Of one enterprise, those being received and all of them."""
    one = make_upload("chem", 1, 0)
    for limits in (UploadLimits(open_uploads=1, reserve_bytes=0), UploadLimits(files=1, reserve_bytes=0)):
        check_room(limits, tmp_path, [make_row("chem", 1)], [one], "water", 1)
        with pytest.raises(QuotaError, match="too many uploads"):
            check_room(limits, tmp_path, [make_row("chem", 1)], [one], "chem", 1)
