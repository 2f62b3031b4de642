"""Records that a hunt finds, as files: CSV, NDJSON, Parquet, and the packets they rest on."""

from __future__ import annotations

import csv
import io
import json
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import pyarrow as pa
import pyarrow.parquet as pq

from console.api.alerts import plain_cell
from console.capture_file import find_capture_file
from console.packet_cut import cut_records
from console.record import Record
from console.views.hunt import Hunt, find_records, tell_times
from console.visit import Visit
from correlation.record import read_records
from sensors.cutting import MAX_CUT, pack_packets
from wanglou.errors import CaptureError

MOST_EXPORTED = 100_000
"""Records of one download."""
MOST_CUT_RECORDS = 500
"""Records whose packets are cut out."""
MOST_CAPTURES = 20
"""Captures that one download of packets reads."""
PIECE = 65_536
"""Bytes that are sent at a time."""


def write_ndjson(hunt: Hunt, batches: Iterator[pa.RecordBatch]) -> Iterator[str]:
    """Write a record a line, with the fields that have a value, times as RFC 3339."""
    for batch in batches:
        lines = (json.dumps(tell_times(hunt.dataset, one), ensure_ascii=False) for one in read_records(batch))
        yield "".join(f"{line}\n" for line in lines)


def write_csv(hunt: Hunt, names: Sequence[str], batches: Iterator[pa.RecordBatch]) -> Iterator[str]:
    """Write the columns of these names (RFC 4180); nothing in them is computed by a spreadsheet."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(names)
    for batch in batches:
        for record in read_records(batch):
            told = tell_times(hunt.dataset, record)
            writer.writerow([plain_cell(told.get(name)) for name in names])
        yield out.getvalue()
        out.seek(0)
        out.truncate()
    yield out.getvalue()


def write_parquet(batches: Iterator[pa.RecordBatch], schema: pa.Schema) -> Iterator[bytes]:
    """Write all fields with their types; the file is made whole before it is sent."""
    with tempfile.TemporaryFile(prefix="wanglou-hunt-") as file:
        with pq.ParquetWriter(file, schema, compression="zstd") as writer:
            for batch in batches:
                writer.write_batch(batch)
        file.seek(0)
        while piece := file.read(PIECE):
            yield piece


@dataclass(frozen=True, slots=True)
class PacketFile:
    """The packets of the records found."""

    data: bytes
    packets: int
    records: int
    """Records whose packets are in it, at most."""
    left_out: int
    """Records found whose packets are not in it: there were too many, or their capture is gone."""


def write_packets(visit: Visit, hunt: Hunt) -> PacketFile:
    """Cut the packets of the first 500 records out of their captures, at most 1000 packets.

    Each capture is a section of the file (pcapng). Raises CaptureError where no capture is there any more.
    """
    records = find_records(visit, replace(hunt, limit=MOST_CUT_RECORDS)).records
    captures: dict[str, list[Record]] = {}
    for record in records:
        captures.setdefault(str(record["wanglou.capture"]), []).append(record)
    parts: list[bytes] = []
    packets = left_out = 0
    for place, (identity, its) in enumerate(captures.items()):
        state = visit.services.store.state(identity) if place < MOST_CAPTURES and packets < MAX_CUT else None
        path = state and find_capture_file(visit.ledger, visit.services.backstage.uploads, state.record)
        if not path:
            left_out += len(its)
            continue
        cut = cut_records(path, its, MAX_CUT - packets)
        left_out += cut.left_out
        packets += len(cut.packets)
        parts.append(pack_packets(cut.packets))
    if captures and not parts:
        raise CaptureError("the capture file is not there any more", do="upload the same file again")
    return PacketFile(b"".join(parts) or pack_packets(()), packets, len(records) - left_out, left_out)
