"""Bulk writing against the bare client's ``parallel_bulk``, same documents, same server: ``python -m bench.elastic``.

Both send the same records of Modbus under the same ids, with as many requests at once, by turns. Both begin alike: once
with documents that are JSON already, which is writing alone, and once with records: of Python, as programs hand them to
the client, and of Arrow, as the store gets them.
"""

from __future__ import annotations

import argparse
import json
import statistics
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path

import pyarrow as pa
from elasticsearch import Elasticsearch
from elasticsearch.helpers import parallel_bulk

from bench.page import describe_processors, replace_part
from correlation.dead_letter import DeadLetters
from correlation.elastic import Elastic
from correlation.elastic_bulk import CHUNK_DOCUMENTS, THREADS, BulkWriter, Item
from correlation.elastic_client import TIMEOUT_S, Address
from correlation.elastic_record import Row, encode_table
from parsers.schema import MODBUS
from tools.elasticsearch.artifacts import read_version
from tools.elasticsearch.server import run_cluster

START_NS = 1_790_000_000 * 10**9
PART = "bulk"
BEGINNINGS = ("JSON", "records")
WANTED = 0.8
"""Share of the bare client's rate that is wanted at least."""


def make_table(count: int) -> pa.Table:
    """Records of polls of registers, a millisecond apart."""
    records = [
        {
            "@timestamp": START_NS + number * 10**6,
            "event.dataset": "modbus",
            "event.action": "read_holding_registers",
            "event.outcome": "success",
            "event.duration": 1_000_000 + number % 977,
            "source.ip": f"10.0.0.{number % 7}",
            "source.port": 40_000 + number % 7,
            "destination.ip": f"10.0.1.{number % 31}",
            "destination.port": 502,
            "wanglou.packet": 2 * number,
            "wanglou.packet_end": 2 * number + 1,
            "wanglou.pdu": 0,
            "modbus.unit_id": number % 5,
            "modbus.response.values": [number % 11, number % 13, number % 65_521],
        }
        for number in range(count)
    ]
    return pa.Table.from_pylist(records, schema=MODBUS.arrow)


def encode(table: pa.Table) -> Iterator[Row]:
    """Make the documents as the store does."""
    return encode_table(MODBUS, table, "a" * 64)


def write_bare(url: str, index: str, documents: Iterable[tuple[str, object]]) -> None:
    """Write as the client's helper does: documents by id, as JSON or as what it makes JSON of."""
    actions = (
        {"_op_type": "create", "_index": index, "_id": identity, "_source": body} for identity, body in documents
    )
    with Elasticsearch(url, request_timeout=TIMEOUT_S) as client:
        for is_right, result in parallel_bulk(client, actions, thread_count=THREADS, chunk_size=CHUNK_DOCUMENTS):
            if not is_right:
                raise SystemExit(f"refused: {result}")


def write_ours(url: str, index: str, rows: Iterable[Row], letters: Path) -> None:
    """Write as the store does."""
    count = 0
    with Elasticsearch(url, request_timeout=TIMEOUT_S) as client:
        writer = BulkWriter(client, url, DeadLetters(letters))
        for row in rows:
            writer.add(Item(index, row.identity, row.body))
            count += 1
        written = writer.flush()
        writer.close()
    if written.made != count:
        raise SystemExit(f"not written: {written}")


def measure(action: Callable[[], None], count: int) -> float:
    """Documents a second."""
    began = time.perf_counter()
    action()
    return count / (time.perf_counter() - began)


def main() -> int:
    """Measure by turns, print the medians; exit code 1 when ours are too slow."""
    parser = argparse.ArgumentParser(prog="python -m bench.elastic", description=__doc__)
    parser.add_argument("--documents", type=int, default=100_000)
    parser.add_argument("--runs", type=int, default=5, help="rounds; medians are reported (default 5)")
    parser.add_argument("--page", type=Path, help="write the figures into this page, between its marks")
    arguments = parser.parse_args()
    rates = run(arguments.documents, arguments.runs)
    medians = {name: statistics.median(found) for name, found in rates.items()}
    for begin in BEGINNINGS:
        bare, ours = medians[f"bare {begin}"], medians[f"ours {begin}"]
        print(f"from {begin}: parallel_bulk {bare:,.0f}/s   store {ours:,.0f}/s   share {ours / bare:.2f}")
    least = min(medians[f"ours {begin}"] / medians[f"bare {begin}"] for begin in BEGINNINGS)
    print(f"least share {least:.2f} (wanted {WANTED})")
    if arguments.page:
        replace_part(arguments.page, PART, render(arguments.documents, rates))
    return int(least < WANTED)


def run(documents: int, runs: int) -> dict[str, list[float]]:
    """Measure on a server of our own; gives the rates of each round by who writes, and what from."""
    table = make_table(documents)
    rows = list(encode(table))
    texts = [(row.identity, row.body) for row in rows]
    bodies = [(row.identity, json.loads(row.body)) for row in rows]
    rates: dict[str, list[float]] = defaultdict(list)
    with tempfile.TemporaryDirectory(prefix="wanglou-bench-") as name, run_cluster(Path(name)) as cluster:
        url, letters = cluster.urls[0], Path(name) / "dead"
        with Elastic(Address((url,), prefix="bench"), dead_letters=letters) as store:
            store.init()
        ways: dict[str, Callable[[str], None]] = {
            "bare JSON": lambda index: write_bare(url, index, texts),
            "ours JSON": lambda index: write_ours(url, index, rows, letters),
            "bare records": lambda index: write_bare(url, index, bodies),
            "ours records": lambda index: write_ours(url, index, encode(table), letters),
        }
        for number in range(runs + 1):  # the first one warms the server up
            for place, (way, write) in enumerate(ways.items()):
                index = f"bench-modbus-2026.0{place + 1}.{number + 1:02d}"
                rate = measure(partial(write, index), documents)
                print(f"round {number}: {way} {rate:,.0f}/s", flush=True)
                if number:
                    rates[way].append(rate)
    return rates


def render(documents: int, rates: Mapping[str, Sequence[float]]) -> str:
    """Write the figures for a page."""
    medians = {name: statistics.median(found) for name, found in rates.items()}
    lines = [
        f"Measured {describe_processors()}; one node of Elasticsearch {read_version()}, 512 MB of heap; {documents:,}",
        f"documents a round, medians of {len(rates['ours JSON'])} rounds.",
        "",
        "| documents/s | from JSON | from records | goal |",
        "|---|---:|---:|---|",
    ]
    for who, told in (("bare", "the client's `parallel_bulk`"), ("ours", "the store")):
        lines.append(f"| {told} | {medians[f'{who} JSON']:,.0f} | {medians[f'{who} records']:,.0f} | |")
    json_share, record_share = (medians[f"ours {begin}"] / medians[f"bare {begin}"] for begin in BEGINNINGS)
    lines.append(f"| the store over the client | {json_share:.2f} | {record_share:.2f} | at least {WANTED} |")
    return "\n".join([*lines, ""])


if __name__ == "__main__":
    raise SystemExit(main())
