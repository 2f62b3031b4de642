"""The incident of a lake whose alerts were grouped."""

from __future__ import annotations

from pathlib import Path

from wanglou.commands.incidents import open_incidents


def find_incident(folder: Path) -> str:
    """Id of the newest incident."""
    with open_incidents(folder) as (incidents, _):
        return incidents.cases()[0].id
