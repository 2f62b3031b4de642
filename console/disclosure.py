"""What leaves the console as a file is noted in the audit before its first byte is sent: who, what, from where."""

from __future__ import annotations

from typing import Literal

from console.visit import Visit

Kind = Literal["export", "packets"]
TEXT_CHARACTERS = 1_024
"""Characters that are kept of each thing that was asked for."""
MOST_ASKED = 32
"""Parameters of an address that are kept."""


def note_download(visit: Visit, kind: Kind, name: str) -> None:
    """Note that a file is downloaded: ``name`` is that of the file, or of what its packets prove.

    Raises StoreError where the ledger cannot take it: then nothing is sent.
    """
    asked = list(visit.request.query_params.items())[:MOST_ASKED]
    after = {key[:TEXT_CHARACTERS]: value[:TEXT_CHARACTERS] for key, value in asked}
    own = visit.enterprises or frozenset()
    with visit.ledger.change(visit.actor) as change:
        enterprise = next(iter(own)) if len(own) == 1 else ""
        change.record(f"{kind}.downloaded", kind, name, after=after, enterprise=enterprise)
