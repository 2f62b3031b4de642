"""Columns of the certificates that events hold."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from parsers.columns import make_distinct, make_keywords
from parsers.opcua_certificate import CERTIFICATE_MAX, Certificate, read_certificate
from parsers.opcua_rows import Events
from parsers.opcua_schema import OPCUA
from parsers.opcua_variant import Buffers

NAMES = frozenset(field.name.removeprefix("opcua.") for field in OPCUA.fields)


def read_certificates(buffers: Buffers, events: Events) -> list[Certificate | None]:
    """Read the certificate of each event; None where there is none."""
    found: list[Certificate | None] = []
    for at, length, spill in zip(events.value.tolist(), events.length.tolist(), events.spill.tolist(), strict=True):
        buf = buffers[spill]
        content = buf[at : at + min(length, CERTIFICATE_MAX)].tobytes() if length > 0 else b""
        found.append(read_certificate(content) if content else None)
    return found


def describe_certificates(owner: str, chosen: dict[int, Certificate], count: int) -> dict[str, pa.Array]:
    """Make the columns of the certificate that some of the rows have."""
    columns: dict[str, pa.Array] = {}
    rows, found = np.array(list(chosen), dtype=np.int64), list(chosen.values())
    for part in ("subject", "issuer", "serial_number", "thumbprint"):
        if f"{owner}.{part}" in NAMES:
            codes, texts = np.full(count, -1, dtype=np.int32), make_distinct([getattr(one, part) for one in found])
            codes[rows] = texts[0]
            columns[f"{owner}.{part}"] = make_keywords(codes, texts[1])
    for part in ("not_before", "not_after"):
        if f"{owner}.{part}" in NAMES:
            times = np.full(count, -1, dtype=np.int64)
            times[rows] = [getattr(one, f"{part}_ns") for one in found]
            columns[f"{owner}.{part}"] = pa.array(times, mask=times < 0).cast(pa.timestamp("ns", tz="UTC"))
    return columns
