"""Records as templates read them: a field without a value is None."""

from __future__ import annotations

from typing import Any


class Record(dict[str, Any]):
    """One record of the store; asked for a field it lacks, it gives None."""

    def __missing__(self, name: str) -> None:
        """Give None for a field without a value."""
        return
