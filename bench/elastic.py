"""Bulk writing against the bare client's ``parallel_bulk``, same documents, same server: ``python -m bench.elastic``.

Both send the same records of Modbus under the same ids, with as many requests at once, by turns.
"""

from __future__ import annotations

import argparse
import json
import statistics
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pyarrow as pa
from elasticsearch import Elasticsearch
from elasticsearch.helpers import parallel_bulk

from bench.page import describe_processors, replace_part
from correlation.dead_letter import DeadLetters
from correlation.elastic import Elastic
from correlation.elastic_bulk import CHUNK_DOCUMENTS, THREADS, BulkWriter, Item
from correlation.elastic_client import Address
from correlation.elastic_record import Row, encode_table
from parsers.schema import MODBUS
from tools.elasticsearch.artifacts import read_version
from tools.elasticsearch.server import run_cluster

START_NS = 1_790_000_000 * 10**9
PART = "bulk"
WANTED = 0.8
"""Share of the bare client's rate that is wanted at least."""


def make_rows(count: int) -> list[Row]:
    """Documents of polls of registers, a millisecond apart."""
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
    return list(encode_table(MODBUS, pa.Table.from_pylist(records, schema=MODBUS.arrow), "a" * 64))


def write_bare(url: str, index: str, rows: Sequence[Row], bodies: Sequence[object]) -> None:
    """Write as the client's helper does."""
    actions = (
        {"_op_type": "create", "_index": index, "_id": row.identity, "_source": body}
        for row, body in zip(rows, bodies, strict=True)
    )
    with Elasticsearch(url) as client:
        for is_right, result in parallel_bulk(client, actions, thread_count=THREADS, chunk_size=CHUNK_DOCUMENTS):
            if not is_right:
                raise SystemExit(f"refused: {result}")


def write_ours(url: str, index: str, rows: Sequence[Row], letters: Path) -> None:
    """Write as the store does."""
    with Elasticsearch(url) as client:
        writer = BulkWriter(client, url, DeadLetters(letters))
        for row in rows:
            writer.add(Item(index, row.identity, row.body))
        written = writer.flush()
        writer.close()
    if written.made != len(rows):
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
    bare, ours = (statistics.median(rates[name]) for name in ("bare", "ours"))
    print(f"parallel_bulk {bare:,.0f}/s   store {ours:,.0f}/s   share {ours / bare:.2f} (wanted {WANTED})")
    if arguments.page:
        replace_part(arguments.page, PART, render(arguments.documents, rates))
    return int(ours < WANTED * bare)


def run(documents: int, runs: int) -> dict[str, list[float]]:
    """Measure on a server of our own; gives the rates of each round."""
    rows = make_rows(documents)
    bodies = [json.loads(row.body) for row in rows]
    rates: dict[str, list[float]] = {"bare": [], "ours": []}
    with tempfile.TemporaryDirectory(prefix="wanglou-bench-") as name, run_cluster(Path(name)) as cluster:
        url, letters = cluster.urls[0], Path(name) / "dead"
        with Elastic(Address((url,), prefix="bench"), dead_letters=letters) as store:
            store.init()
        for number in range(runs + 1):  # the first one warms the server up
            pair = [f"bench-modbus-2026.0{place}.{number + 1:02d}" for place in (1, 2)]
            bare = measure(lambda pair=pair: write_bare(url, pair[0], rows, bodies), len(rows))  # type: ignore[misc]
            ours = measure(lambda pair=pair: write_ours(url, pair[1], rows, letters), len(rows))  # type: ignore[misc]
            print(f"round {number}: parallel_bulk {bare:,.0f}/s, store {ours:,.0f}/s", flush=True)
            if number:
                rates["bare"].append(bare)
                rates["ours"].append(ours)
    return rates


def render(documents: int, rates: Mapping[str, Sequence[float]]) -> str:
    """Write the figures for a page."""
    bare, ours = (statistics.median(rates[name]) for name in ("bare", "ours"))
    lines = [
        f"Measured {describe_processors()}; one node of Elasticsearch {read_version()}, 512 MB of heap; {documents:,}",
        f"documents a round, medians of {len(rates['bare'])} rounds.",
        "",
        "| writes | documents/s | goal |",
        "|---|---:|---|",
        f"| the client's `parallel_bulk` | {bare:,.0f} | |",
        f"| the store | {ours:,.0f} | |",
        f"| the store over the client | {ours / bare:.2f} | at least {WANTED} |",
    ]
    return "\n".join([*lines, ""])


if __name__ == "__main__":
    raise SystemExit(main())
