"""What a worker needs to know, and how its console tells it: one line of JSON, read before anything heavy is loaded."""

from __future__ import annotations

import socket
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from console.upload_room import UploadLimits

READY = "ready"
"""Line that a worker writes to its standard output once it takes jobs."""
FAULT = "fault "
"""Begins a line that says, as a JSON text, why a worker cannot begin."""


@dataclass(frozen=True, slots=True)
class WorkSettings:
    """What a worker needs to know."""

    store: str
    """The store, as ``correlation.opening`` reads it."""
    uploads: str
    """Folder of uploaded files."""
    ledger: str = ""
    """URL or file of the ledger; empty: that of the lake."""
    site: str = ""
    """Site file; empty: none."""
    rules: tuple[str, ...] = ()
    """Folders of rules that add to or override the shipped ones."""
    worker: str = ""
    """Its name, which no other worker of this ledger has; empty: by machine and folder, see ``name``."""
    max_disk_bytes: int | None = None
    """Bytes the store may take; the oldest days go first."""
    keep_days: int | None = None
    """Days that records are kept; None: as long as there is room."""
    nice: int = 10
    """How much it gives way to other processes, 0 to 19."""
    limits: UploadLimits = UploadLimits()  # noqa: RUF009 - frozen

    @property
    def folder(self) -> Path:
        """Folder of uploaded files."""
        return Path(self.uploads)

    @property
    def name(self) -> str:
        """Name of the worker: the one given, else the machine and its folder of uploads, which has one worker."""
        return self.worker or f"{socket.gethostname()}:{self.folder.resolve()}"


def read_settings(facts: Mapping[str, Any]) -> WorkSettings:
    """Read what ``dataclasses.asdict`` made of settings, and JSON of that."""
    told = {**facts, "rules": tuple(facts.get("rules", ())), "limits": UploadLimits(**facts.get("limits", {}))}
    return WorkSettings(**told)
