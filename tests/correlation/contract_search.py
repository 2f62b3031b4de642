"""What every store finds: the records that were put in, by the query language, in one order, in pages."""

from __future__ import annotations

import pytest

from correlation.lake import default_datasets
from correlation.query import parse_query
from correlation.query_check import DEEPEST
from correlation.query_error import QueryError
from correlation.record import order_columns, position_of, result_schema
from correlation.store import Store
from parsers.schema import Dataset
from tests.support.evaluator import holds
from tests.support.lakes import DAY_NS, START_NS, Record
from tests.support.stores import list_records, read_all
from wanglou.errors import UsageError

QUERIES = {
    "modbus": (
        "modbus.unit_id:1", "event.action:write*", "event.action:*_coil?", "NOT event.action:read*",
        "modbus.request.address:[0 TO 20]", "modbus.request.address:{0 TO 20}", "modbus.request.address:>=10",
        "event.duration:>1ms", "source.ip:10.0.0.0/8", "source.ip:172.16.0.0/12 OR source.ip:192.168.0.0/16",
        "source.ip:>=10.0.0.1", 'source.ip:"::/0"', "_exists_:modbus.exception.code", "modbus.response.values:>100",
        "NOT _exists_:modbus.response.values", "write", "WRITE", "modbus", "event.action:[a TO s}",
        "(event.action:read* OR event.action:write*) AND NOT modbus.unit_id:2",
        "NOT (modbus.unit_id:1 AND NOT event.action:read*)", "*:*", "wanglou.pairing:paired", "@timestamp:>2000",
        "@timestamp:[2026 TO 2027]", "@timestamp:<1999", "network.transport:tcp", 'event.action:"nothing such"',
    ),
    "opcua": (
        "opcua.service.name:Write*", "opcua.status.name:*", "write", "opcua.client.certificate.not_after:>2020",
        "_exists_:opcua.values", "NOT _exists_:opcua.service.name", "read AND NOT write",
    ),
    "mqtt": ("mqtt.payload.sample:*e*", "publish", "mqtt.topic:plant*", "_exists_:mqtt.payload.sample", "temperature"),
    "dns": ("dns.question.name:*.*", "tunnel OR example", "NOT dns.question.type:A", "dns.answers.ttl:>0"),
    "handle": ("event.outcome:failure", "handle.response.code:>1", "user.name:*", "_exists_:handle.expiration"),
    "asset": ("host.ip:10.0.0.0/8", "host", "NOT host.mac:*"),
    "flow": ("network.bytes:>1000", "source.port:[1024 TO *]", "network.community_id:1*"),
    "alert": ("rule.level:high", "write", "写", "threat.technique.id:T08*", "event.severity:>=50", "rule.name:*a*"),
}  # fmt: skip
"""Queries of every kind."""


def asked() -> list[tuple[str, str]]:
    """Every query with its dataset."""
    return [(dataset, query) for dataset, queries in QUERIES.items() for query in queries]


def list_expected(dataset: Dataset, query: str = "") -> list[Record]:
    """What went in and fits, newest first, as plain Python has it."""
    node = parse_query(query, dataset, now_ns=START_NS + DAY_NS)
    found = [record for record in read_all(dataset.name) if holds(node, record)]
    return sorted(found, key=lambda record: [record[name] for name in order_columns(dataset)], reverse=True)


@pytest.mark.parametrize(("dataset", "query"), asked())
def test_a_query_finds_what_python_finds(filled: Store, dataset: str, query: str) -> None:
    """Every value of every record found is as it went in, in order; the count is the same."""
    expected = list_expected(filled.datasets[dataset], query)
    assert list_records(filled, dataset, query) == expected
    assert filled.count(dataset, query) == len(expected)


def test_the_queries_find_something() -> None:
    """Half of the queries tell records apart, so that the test above has something to see."""
    telling = 0
    for dataset, query in asked():
        found, there = (len(list_expected(default_datasets()[dataset], text)) for text in (query, ""))
        telling += 0 < found < there
    assert telling >= len(asked()) // 2


@pytest.mark.parametrize(
    "dataset", ["flow", "modbus", "opcua", "mqtt", "dns", "handle", "identifier", "asset", "alert", "tls"]
)
def test_everything_comes_back(filled: Store, dataset: str) -> None:
    """All records with all values, in the schema of results, the oldest first too."""
    expected = list_expected(filled.datasets[dataset])
    assert list_records(filled, dataset) == expected
    assert list_records(filled, dataset, newest_first=False) == expected[::-1]
    schema = result_schema(filled.datasets[dataset])
    assert all(batch.schema.equals(schema) for batch in filled.search(dataset))


@pytest.mark.parametrize("dataset", ["flow", "alert", "modbus"])
@pytest.mark.parametrize("limit", [0, 7])
def test_some_fields(filled: Store, dataset: str, limit: int) -> None:
    """Those that are wanted and those of the order, whatever the query compares; among them a place to go on from."""
    schema, names, query = filled.datasets[dataset], ("source.ip", "event.id"), "_exists_:destination.ip"
    found = list_records(filled, dataset, query, fields=names, limit=limit)
    kept = {*names, *order_columns(schema)}
    expected = [{name: one[name] for name in one if name in kept} for one in list_expected(schema, query)]
    assert found == expected[: limit or None]
    assert all(batch.schema.equals(result_schema(schema, names)) for batch in filled.search(dataset, fields=names))
    more = list_records(filled, dataset, query, fields=names, after=position_of(schema, found[3]))
    assert more == expected[4:]
    with pytest.raises(UsageError):
        filled.search(dataset, fields=("no.field",))


@pytest.mark.parametrize("query", ["", "event.action:read*"])
@pytest.mark.parametrize("newest_first", [True, False])
@pytest.mark.parametrize("size", [pytest.param(7, marks=pytest.mark.heavy), 70, 1000])
def test_pages(filled: Store, query: str, newest_first: bool, size: int) -> None:
    """Going on behind the last record gives every record once, in order."""
    dataset = filled.datasets["modbus"]
    pages: list[Record] = []
    after = ""
    while page := list_records(filled, "modbus", query, limit=size, after=after, newest_first=newest_first):
        pages += page
        after = position_of(dataset, page[-1])
    assert pages == list_expected(dataset, query)[:: 1 if newest_first else -1]


def test_times_narrow_a_search(filled: Store) -> None:
    """From the start on, until before the end; the count agrees."""
    everything = list_expected(filled.datasets["opcua"])
    low, high = everything[-100]["@timestamp"], everything[50]["@timestamp"]
    expected = [record for record in everything if low <= record["@timestamp"] < high]
    assert list_records(filled, "opcua", start_ns=low, end_ns=high) == expected
    assert filled.count("opcua", start_ns=low, end_ns=high) == len(expected) > 0


@pytest.mark.parametrize("dataset", ["modbus", "asset", "alert"])
def test_one_record_by_its_id(filled: Store, dataset: str) -> None:
    """An id leads to its record; an unknown one to nothing."""
    record = list_expected(filled.datasets[dataset])[3]
    assert filled.get(record["event.id"]) == record
    assert filled.get(f"{record['event.id']}9") is None
    assert filled.get("no id at all") is None


@pytest.mark.parametrize(
    "query", ["modbus.unit_id:five", "nothing:1", "(write", "source.ip:10.0.0.300", "a ~ b", "/x/", "@timestamp:soon"]
)
def test_wrong_queries_are_told_with_their_place(filled: Store, query: str) -> None:
    """The same error at the same character, before anything is read."""
    with pytest.raises(QueryError) as wrong:
        parse_query(query, filled.datasets["modbus"], now_ns=0)
    for ask in (filled.search, filled.count):
        with pytest.raises(QueryError) as told:
            ask("modbus", query)
        assert (told.value.what, told.value.position) == (wrong.value.what, wrong.value.position)


def test_wrong_questions_are_told_at_once(filled: Store) -> None:
    """Limits below zero, positions of nowhere, unknown datasets."""
    with pytest.raises(UsageError, match="the limit is a number"):
        filled.search("modbus", limit=-1)
    with pytest.raises(UsageError, match="no position in modbus"):
        filled.search("modbus", after="x")
    with pytest.raises(UsageError, match="no dataset 'profinet'"):
        filled.search("profinet")


@pytest.mark.parametrize("opening", ["(", "NOT ("])
def test_the_deepest_query_is_answered(filled: Store, opening: str) -> None:
    """Brackets and NOTs as deep as the language allows them, AND and OR in turn."""
    dataset, query, deeper = filled.datasets["modbus"], "", "@timestamp:>2000"
    while is_understood(deeper, dataset):
        query, word = deeper, "AND" if query.count("(") % 2 else "OR"
        deeper = f"{opening}wanglou.pdu:{query.count('(')} {word} {query})"
    assert query.count("(") > DEEPEST // 4
    assert filled.count("modbus", query) == len(list_expected(dataset, query))


def is_understood(query: str, dataset: Dataset) -> bool:
    """Tell whether the language has this query."""
    try:
        parse_query(query, dataset, now_ns=0)
    except QueryError:
        return False
    return True


def test_the_longest_query_is_answered(filled: Store) -> None:
    """As many comparisons as the language allows."""
    query = f"modbus.unit_id:({' OR '.join(map(str, range(1000)))})"
    assert filled.count("modbus", query) == len(list_expected(filled.datasets["modbus"], query))
