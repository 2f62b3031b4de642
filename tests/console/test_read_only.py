"""What reads through a scope changes nothing."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from console.scope import WHOLE, ScopedStore
from correlation.store import CaptureRecord, Store
from tests.support.lakes import NO_ALERTS, fill, list_files, make_lake, make_records
from wanglou.errors import StoreError


def test_every_way_to_write_is_refused(tmp_path: Path) -> None:
    """Even for who sees the whole park; and closing leaves the store open."""
    with make_lake(tmp_path) as lake:
        fill(lake, make_records(range(3)))
        scoped: Store = ScopedStore(lake, WHOLE)
        before = list_files(tmp_path)
        for write in (
            lambda: scoped.ingest(CaptureRecord("b" * 64, "b")),
            lambda: scoped.replace_alerts("a" * 64, NO_ALERTS, ""),
            lambda: scoped.delete_capture("a" * 64),
            lambda: scoped.expire(0),
            lambda: scoped.expire_older(date(2030, 1, 1)),
            lambda: scoped.put_document("note", "n", {}),
            lambda: scoped.delete_document("note", "n"),
        ):
            with pytest.raises(StoreError, match="only read"):
                write()
        scoped.close()
        assert list_files(tmp_path) == before
        assert scoped.count("modbus") == 3
