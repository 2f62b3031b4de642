"""Compiled queries find on a real server what a plain evaluator in Python finds."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings

from correlation.elastic import Elastic
from correlation.elastic_client import Address
from correlation.elastic_query import compile_query
from correlation.query_tree import And, Contains, Equal, Like, Node, Not, Or
from correlation.store import CaptureRecord
from detection.alert import ALERT
from tests.support.evaluator import holds
from tests.support.lakes import NO_ALERTS, Record, make_identity, make_table
from tests.support.queries import SAMPLE, trees
from tools.elasticsearch.server import Cluster

ROWS = 150
WORDS = ["", "a", "aB", "b1", "1%_", "*", "?", "\\", "'\"", "写", "é:", ". \n", "\0", "aB1%", "B"]
POOLS: dict[str, list[Any]] = {
    "keyword": WORDS,
    "keywords": WORDS,
    "text": WORDS,
    "ip": ["10.0.0.1", "10.0.1.255", "10.200.0.0", "9.255.255.255", "::1", "fe80::1:0", "2001:db8::"],
    "boolean": [True, False],
    "u8": [0, 1, 2, 3, 4, 255],
    "long": [-3, -2, -1, 0, 1, 2, 3, 2**63 - 1, -(2**63), 255, 256],
    "longs": [-3, -1, 0, 1, 3, 2**63 - 1, 255],
    "double": [-1.5, 0.0, 0.25, 1e300],
    "time": [0, 1, 2, 3, 10**18, 10**18 + 1, 10**18 + 2, 10**18 + 3],
}


def make_rows() -> list[Record]:
    """Records of every kind of field, with empty ones and lists; the same each time."""
    chance = random.Random(5)  # noqa: S311 - a sample, no secret
    rows: list[Record] = []
    for number in range(ROWS):
        row: Record = {"wanglou.capture": make_identity("a"), "wanglou.packet": number, "wanglou.pdu": number % 2}
        for field in SAMPLE.fields:
            if field.derived or field.name in row:
                continue
            pool = POOLS[field.kind]
            value = (
                chance.choices(pool, k=chance.randrange(4))
                if field.kind in ("longs", "keywords")
                else chance.choice(pool)
            )
            row[field.name] = value if field.name == "@timestamp" or chance.random() < 0.8 else None
        row["event.id"] = f"{'a' * 16}-sample-{number}-{number % 2}"
        rows.append(row)
    return rows


@pytest.fixture(scope="module")
def sample(elasticsearch: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Elastic]:
    """Give a store with the sample."""
    address = Address(tuple(elasticsearch.urls), prefix="sampled")
    folder = tmp_path_factory.mktemp("sample")
    with Elastic(address, {"sample": SAMPLE, "alert": ALERT}, dead_letters=folder / "dead") as store:
        with store.ingest(CaptureRecord(make_identity("a"), "a")) as ingest:
            ingest.append("sample", make_table(SAMPLE, make_rows()))
            ingest.commit(NO_ALERTS, {}, "")
        yield store
        store.remove_all()


def as_compiled(node: Node) -> Node:
    """Ask for keywords as a whole: those of the sample are not among those that bare words are looked for in."""
    if isinstance(node, And | Or):
        return type(node)(tuple(as_compiled(part) for part in node.parts))
    if isinstance(node, Not):
        return Not(as_compiled(node.part))
    return Like(node.field, node.pattern) if isinstance(node, Contains) and node.field.kind != "text" else node


@settings(max_examples=150)
@given(node=trees().map(as_compiled))
def test_the_server_finds_what_python_finds(sample: Elastic, node: Node) -> None:
    """Any valid tree, over nulls, lists, and characters with a meaning in queries."""
    expected = [row["wanglou.packet"] for row in make_rows() if holds(node, row)]
    answer = sample._client.search(
        index="sampled-sample-*", query=compile_query(node), size=ROWS, sort="wanglou.packet", source=False,
        docvalue_fields=[{"field": "wanglou.packet"}],
    )  # fmt: skip
    assert [hit["fields"]["wanglou.packet"][0] for hit in answer["hits"]["hits"]] == expected


def test_nothing_was_refused(sample: Elastic, tmp_path: Path) -> None:
    """Every record of the sample is there."""
    assert sample.count("sample") == ROWS
    assert not list(tmp_path.iterdir())


def test_brackets_of_one_kind_are_one_level() -> None:
    """Long chains do not nest."""
    field = SAMPLE.fields[0]
    chain: Node = Equal(field, "0")
    for number in range(1, 100):
        chain = Or((chain, Equal(field, str(number))))
    assert len(compile_query(chain)["bool"]["should"]) == 100
