"""Where a capture's file lies: as it was recorded, among the bundled captures, or among the uploads."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

import sqlalchemy as sa

from console.job_tables import UPLOAD
from console.uploads import Uploads
from correlation.store import CaptureRecord
from wanglou.bundled import captures_folder
from wanglou.commands.evidence import is_same_file
from wanglou.errors import WanglouError
from wanglou.file_name import find_path
from wanglou.ledger import Ledger


def find_capture_file(ledger: Ledger, uploads: Uploads, record: CaptureRecord) -> Path | None:
    """Find the file that a capture was read from; None where no file has its bytes any more.

    Files are compared by size and digest, above 2 GiB by size only.
    """
    for path in _list_places(ledger, uploads, record):
        try:
            facts = path.stat()
            if path.is_file() and _is_same(path, facts.st_mtime_ns, facts.st_size, record):
                return path
        except (OSError, ValueError, WanglouError):
            continue
    return None


@lru_cache(maxsize=256)
def _is_same(path: Path, changed_ns: int, size_bytes: int, record: CaptureRecord) -> bool:
    del changed_ns, size_bytes  # parts of the key: a file that changed is compared again
    return is_same_file(path, record.identity, record.size_bytes)


def _list_places(ledger: Ledger, uploads: Uploads, record: CaptureRecord) -> Iterator[Path]:
    yield find_path(record.name)
    yield from _list_bundled(record)
    chosen = sa.select(UPLOAD.c.id).where(UPLOAD.c.capture == record.identity)
    with ledger.reading() as connection:
        names = connection.execute(chosen).scalars().all()
    for name in names:
        upload = uploads.find(name)
        if upload is not None:
            yield upload.path


def _list_bundled(record: CaptureRecord) -> list[Path]:
    try:
        return [captures_folder() / find_path(record.name).name]
    except WanglouError:
        return []
