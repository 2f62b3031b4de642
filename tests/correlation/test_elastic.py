"""The store on Elasticsearch, beyond the contract: templates, refused documents, faults, what other programs see."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from correlation.dead_letter import DeadLetter
from correlation.elastic import Elastic
from correlation.elastic_client import Address, parse_address
from correlation.elastic_redelivery import Redelivery
from correlation.store import Percentiles, Terms
from parsers.schema import DATASETS
from tests.support.faults import stand_before
from tests.support.lakes import (
    DAY_NS,
    START_NS,
    make_identity,
    make_record,
    make_records,
)
from tests.support.stores import fill, list_indices, list_records
from tests.support.tls_peers import make_identity as make_certificate
from wanglou.errors import StoreError

OPCUA = DATASETS["opcua"]


def test_each_day_has_its_index_behind_one_alias(elastic: Elastic) -> None:
    """Busy datasets by day; the captures beside them."""
    fill(elastic, [make_record(number, time_ns=START_NS + number * DAY_NS) for number in range(3)])
    assert list_indices(elastic) == ["captures", "modbus-2026.09.21", "modbus-2026.09.22", "modbus-2026.09.23"]
    assert elastic._client.count(index=f"{elastic.address.prefix}-modbus")["count"] == 3


def test_impossible_times_have_an_index_of_their_own(elastic: Elastic) -> None:
    """Before 1970 there are no nanoseconds to hold them: the quarantine has dates of another type."""
    fill(elastic, [make_record(0, time_ns=-5), make_record(1), make_record(2, time_ns=2**62)])
    assert list_indices(elastic) == ["captures", "modbus-2026.09.21", "modbus-quarantine"]


def test_other_programs_see_what_we_see(elastic: Elastic) -> None:
    """Field names, dates and addresses work as ECS has them, by the alias."""
    fill(elastic, make_records(range(21)))
    alias = f"{elastic.address.prefix}-modbus"
    query = {"query_string": {"query": 'source.ip:"10.0.1.0/24" AND @timestamp:["2026-09-21" TO "2026-09-22"]'}}
    assert elastic._client.count(index=alias, query=query)["count"] == elastic.count("modbus", "source.ip:10.0.1.0/24")


def test_numbers_that_json_lacks(elastic: Elastic) -> None:
    """NaN and infinities come back, exist, and fit no comparison; percentiles leave them out."""
    name = next(field.name for field in OPCUA.fields if field.kind == "doubles")
    values = [[1.0, float("nan")], [float("inf")], [5.0], [float("nan")]]
    base = {"@timestamp": START_NS, "event.dataset": "opcua", "wanglou.capture": "", "wanglou.pdu": 0}
    fill(elastic, [base | {"wanglou.packet": n, name: value} for n, value in enumerate(values)], dataset="opcua")
    found = [record[name] for record in list_records(elastic, "opcua", newest_first=False)]
    assert str(found) == str(values)
    assert elastic.count("opcua", f"_exists_:{name}") == 4
    assert elastic.count("opcua", f"{name}:>0") == 2
    assert [bucket.value for bucket in elastic.aggregate("opcua", Percentiles(name, (100.0,)))] == [5.0]


def test_a_refused_record_is_counted_and_sent_again(elastic: Elastic) -> None:
    """A word that is too long for the server: the others are there, the capture tells of it."""
    fill(elastic, [make_record(0) | {"event.action": "x" * 40_000}, make_record(1)])
    assert elastic.count("modbus") == 1
    state = elastic.state(make_identity("a"))
    assert state is not None
    assert state.counters == {"store_dead_letters": 1}
    (letter,) = elastic._cluster.letters.read()
    assert "immense term" in letter.reason
    assert elastic.replay_dead_letters() == Redelivery(refused=1)
    (again,) = elastic._cluster.letters.read()
    assert (again.index, again.id, again.document) == (letter.index, letter.id, letter.document)


def test_dead_letters_are_sent_once_the_reason_is_gone(elastic: Elastic) -> None:
    """What is accepted leaves the file, and is found."""
    fill(elastic, make_records(range(3)))
    index = f"{elastic.address.prefix}-modbus-2026.09.21"
    elastic._cluster.letters.add([DeadLetter(index, "later", "create", 400, "k", "r", {"modbus.unit_id": 77})])
    assert elastic.replay_dead_letters() == Redelivery(sent=1)
    assert list(elastic._cluster.letters.read()) == []
    elastic._cluster.refresh("modbus")
    assert elastic.count("modbus", "modbus.unit_id:77") == 1
    assert elastic.replay_dead_letters() == Redelivery()


def test_long_searches_hold_one_page(elastic: Elastic, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many records there are, in whatever pages, each comes once; the point in time is given back."""
    fill(elastic, make_records(range(100)))
    monkeypatch.setattr("correlation.elastic_search.PAGE_ROWS", 7)
    expected = [record["event.id"] for record in list_records(elastic, "modbus", limit=5)]
    everything = [record["event.id"] for record in list_records(elastic, "modbus")]
    assert len(set(everything)) == len(everything) == 100
    assert everything[:5] == expected
    for limit in (7, 8, 14, 99, 100, 101):
        assert [record["event.id"] for record in list_records(elastic, "modbus", limit=limit)] == everything[:limit]
    search = elastic._client.nodes.stats(metric="indices", index_metric="search")["nodes"]
    assert all(node["indices"]["search"]["open_contexts"] == 0 for node in search.values())


def test_a_search_that_is_given_up_gives_its_memory_back(elastic: Elastic, monkeypatch: pytest.MonkeyPatch) -> None:
    """The reader may go away after any page."""
    fill(elastic, make_records(range(50)))
    monkeypatch.setattr("correlation.elastic_search.PAGE_ROWS", 7)
    found: Iterator[object] = elastic.search("modbus")
    next(found)
    del found
    search = elastic._client.nodes.stats(metric="indices", index_metric="search")["nodes"]
    assert all(node["indices"]["search"]["open_contexts"] == 0 for node in search.values())


def test_terms_that_no_index_ranks_alone(elastic: Elastic, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the first ranking was too short to be sure of, a wider one is asked for: counts are exact."""
    records = [make_record(n, time_ns=START_NS + n % 3 * DAY_NS) | {"modbus.unit_id": n * 7 % 200} for n in range(400)]
    fill(elastic, records)
    monkeypatch.setattr("correlation.elastic_aggregate.SHARD_TERMS", 2)
    buckets = elastic.aggregate("modbus", Terms("modbus.unit_id", 3))
    assert [(bucket.key, bucket.value) for bucket in buckets] == [(0, 2.0), (1, 2.0), (2, 2.0)]


def test_a_cluster_out_of_reach(tmp_path: Path) -> None:
    """Every way in says so."""
    with Elastic(Address(("http://127.0.0.1:1",)), dead_letters=tmp_path / "d") as store:
        for ask in (
            store.captures,
            store.init,
            store.disk_usage,
            lambda: store.count("modbus"),
            lambda: store.get("x"),
        ):
            with pytest.raises(StoreError, match="no connection"):
                ask()


def test_tls_with_a_private_authority_and_an_api_key(elastic: Elastic, tmp_path: Path) -> None:
    """The right CA and key let in; another CA, no CA, another key and no key are told with advice."""
    served, other = (make_certificate(tmp_path, name).path for name in ("served.example", "other.example"))
    for name, key in (("right", "c2VjcmV0"), ("wrong", "d3Jvbmc=")):
        (tmp_path / name).write_text(key, encoding="utf-8")
    fill(elastic, make_records(range(5)))
    with stand_before(elastic.address.urls[0], identity=served, key="c2VjcmV0") as proxy:

        def ask(options: str) -> int:
            address = parse_address(f"{proxy.url}?prefix={elastic.address.prefix}{options}")
            with Elastic(address, dead_letters=tmp_path / "dead") as store:
                return store.count("modbus")

        assert ask(f"&ca={served}&key={tmp_path}/right") == 5
        for options in (f"&key={tmp_path}/right", f"&ca={other}&key={tmp_path}/right"):
            with pytest.raises(StoreError, match=r"not trusted.*name the file of the CA"):
                ask(options)
        for options in (f"&ca={served}&key={tmp_path}/wrong", f"&ca={served}"):
            with pytest.raises(StoreError, match="give an API key that this cluster knows"):
                ask(options)
