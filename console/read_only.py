"""The writing side of a store, refused: what reads through a scope changes nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from datetime import date
from typing import Any, NoReturn

import pyarrow as pa

from correlation.store import Capture, CaptureRecord, Document, Expired
from wanglou.errors import StoreError


class ReadOnly:
    """Fulfils what ``Store`` asks of writers, by refusing; each method raises StoreError."""

    def ingest(self, capture: CaptureRecord, identity: Future[str] | None = None) -> NoReturn:
        """Refuse."""
        del capture, identity
        _refuse()

    def replace_alerts(self, identity: str, alerts: pa.Table, detection_digest: str) -> None:
        """Refuse."""
        del identity, alerts, detection_digest
        _refuse()

    def delete_capture(self, identity: str) -> Capture:
        """Refuse."""
        del identity
        _refuse()

    def expire(self, max_bytes: int) -> Sequence[Expired]:
        """Refuse."""
        del max_bytes
        _refuse()

    def expire_older(self, before: date, *, dry_run: bool = False) -> Sequence[Expired]:
        """Refuse."""
        del before, dry_run
        _refuse()

    def put_document(self, kind: str, name: str, body: Mapping[str, Any], expected: str | None = None) -> Document:
        """Refuse."""
        del kind, name, body, expected
        _refuse()

    def delete_document(self, kind: str, name: str, expected: str | None = None) -> bool:
        """Refuse."""
        del kind, name, expected
        _refuse()

    def stop(self) -> None:
        """Leave its queries alone: others ask it too."""

    def close(self) -> None:
        """Leave the store open: others read it too."""


def _refuse() -> NoReturn:
    raise StoreError("this store is only read", do="change it as the service that owns it")
