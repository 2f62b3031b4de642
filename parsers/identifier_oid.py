"""Object identifiers (ITU-T X.660; RFC 3061 §3: ``urn:oid:``)."""

from __future__ import annotations

import re

from parsers.identifier_form import LONGEST, Identifier

_DOTTED = re.compile(r"\d+(?:\.\d+)*")
_SECOND_MOST = 39  # X.660 §7.6: below the first arcs 0 and 1


def parse_oid(text: str) -> Identifier | None:
    """Read dotted numbers, also after ``urn:oid:`` or ``oid:``; None when it is something else."""
    body = re.sub(r"^(?:urn:oid:|oid:)", "", text[:LONGEST], flags=re.IGNORECASE)
    if not _DOTTED.fullmatch(body) or not body.isascii():
        return None
    arcs = body.split(".")
    prefix, _, suffix = body.rpartition(".")
    return Identifier("oid", text, f"urn:oid:{body}", prefix, suffix, tuple(_list_faults(arcs)))


def _list_faults(arcs: list[str]) -> list[str]:
    """Rules that are broken."""
    reasons = []
    if len(arcs) < 2:
        reasons.append("too_few_arcs")
    if any(len(arc) > 1 and arc[0] == "0" for arc in arcs):
        reasons.append("leading_zero")
    if arcs[0] not in ("0", "1", "2"):
        reasons.append("first_arc")
    elif arcs[0] != "2" and len(arcs) > 1 and int(arcs[1][:9]) > _SECOND_MOST:
        reasons.append("second_arc")
    return reasons
