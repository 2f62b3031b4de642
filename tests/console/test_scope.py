"""The tenant filter: whatever is asked, nothing of another enterprise is found, counted or told."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from console.scope import WHOLE, Scope, ScopedStore
from correlation.lake import Lake
from correlation.query import parse_query
from correlation.query_error import QueryError
from correlation.query_tree import Everything
from correlation.record import position_of
from correlation.store import (
    CaptureRecord,
    Cardinality,
    DateHistogram,
    Filters,
    Percentiles,
    Store,
    Terms,
    TopHits,
)
from parsers.schema import Dataset
from tests.support.evaluator import holds
from tests.support.lakes import (
    DAY_NS,
    HOUR_NS,
    MODBUS,
    NO_ALERTS,
    START_NS,
    Record,
    make_alert,
    make_identity,
    make_lake,
    make_record,
    make_table,
)
from tests.support.stores import list_records, open_store
from wanglou.errors import StoreError, UsageError

HOLDERS = ("chem", "water", None, "steel")
"""Whose the records are, in turn; None is the park's."""
CHEM = Scope(frozenset({"chem"}))
BOTH = Scope(frozenset({"chem", "water"}))
NOBODY = Scope(frozenset())
STRANGER = Scope(frozenset({"glass", "chem' OR 1=1 --"}))
SCOPES = (CHEM, BOTH, NOBODY, STRANGER)
PARK, OWN, THEIRS = make_identity("a"), make_identity("b", "chem"), make_identity("c", "steel")
ESCAPES = (
    "*:*",
    "organization.id:*",
    "organization.id:steel",
    "NOT organization.id:chem",
    "chem OR *:*",
    "_exists_:organization.id",
    "NOT _exists_:organization.id",
    "modbus.unit_id:1 OR organization.id:(steel OR water)",
    "NOT (organization.id:chem AND modbus.unit_id:1)",
    'organization.id:"chem" OR organization.id:"steel"',
    r"event.action:a\) OR \(*",
)
"""Queries that would find others' records if the filter stood beside them as text."""
BROKEN = (") OR (*:*", "*:*) OR (organization.id:*", "(", "chem) OR (steel", "*:* \\", "a ~1", "NOT", "}")
"""Texts that are no queries, but would be with brackets around them, or would swallow what follows."""


def make_rows(identity: str, numbers: range, holders: tuple[str | None, ...]) -> list[Record]:
    """Make records of a capture whose holders alternate."""
    made = (make_record(number, identity, START_NS + number * HOUR_NS // 4) for number in numbers)
    return [{**row, "organization.id": holders[row["wanglou.packet"] // 2 % len(holders)]} for row in made]


ROWS = {
    PARK: make_rows(PARK, range(40), HOLDERS),
    OWN: make_rows(OWN, range(7), ("chem",)),
    THEIRS: make_rows(THEIRS, range(9), ("steel",)),
}


def fill_park(store: Store) -> None:
    """Put in a capture of the park, one of an enterprise, and one of another."""
    names = {PARK: "steel-and-chem.pcap", OWN: "own.pcap", THEIRS: "secret-plan.pcap"}
    for identity, rows in ROWS.items():
        record = CaptureRecord(identity, names[identity], identity[65:], size_bytes=4711, parser_digest="1")
        with store.ingest(record) as ingest:
            ingest.append("modbus", make_table(MODBUS, rows))
            alerts = NO_ALERTS
            if identity == PARK:
                made = [{**make_alert(f"of-{one}"), "organization.id": one} for one in HOLDERS]
                alerts = make_table(store.datasets["alert"], made)
            ingest.commit(alerts, {"packets": 815}, "rules-1")


@pytest.fixture(scope="module")
def park(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lake]:
    """A lake with records of three enterprises and of none."""
    with make_lake(tmp_path_factory.mktemp("park")) as lake:
        fill_park(lake)
        yield lake


def view(store: Store, scope: Scope) -> ScopedStore:
    """Read a store through a scope."""
    return ScopedStore(store, scope, lambda: START_NS + DAY_NS)


def choose(scope: Scope, rows: list[Record]) -> list[Record]:
    """Filter records by hand."""
    return [row for row in rows if scope.enterprises is None or row.get("organization.id") in scope.enterprises]


def list_ids(rows: list[Record]) -> list[tuple[Any, ...]]:
    """What tells records apart."""
    return sorted((row["wanglou.capture"], row["wanglou.packet"]) for row in rows)


def check(store: Store, scope: Scope, query: str) -> None:
    """Compare every way to read with filtering what the whole park finds."""
    expected = choose(scope, list_records(store, "modbus", query))
    scoped = view(store, scope)
    assert list_ids(list_records(scoped, "modbus", query)) == list_ids(expected)
    assert scoped.count("modbus", query) == len(expected)
    held = Counter(str(row["organization.id"]) for row in expected if row.get("organization.id"))
    terms = {str(one.key): one.value for one in scoped.aggregate("modbus", Terms("organization.id"), query)}
    assert terms == dict(held)
    assert sum(one.value for one in scoped.aggregate("modbus", DateHistogram(HOUR_NS), query)) == len(expected)
    (filtered,) = scoped.aggregate("modbus", Filters({"all": "*:*"}), query)
    assert filtered.value == len(expected)
    (inner,) = scoped.aggregate("modbus", Filters({"asked": query}))
    assert inner.value == len(expected)


def name_scope(scope: Scope) -> str:
    """Name a test the same in every process: a set has no order."""
    return "park" if scope.enterprises is None else "+".join(sorted(scope.enterprises)) or "none"


@pytest.mark.parametrize("query", ["", *ESCAPES])
@pytest.mark.parametrize("scope", SCOPES, ids=name_scope)
def test_no_query_escapes(park: Lake, scope: Scope, query: str) -> None:
    """What would find others' things finds one's own only, by every way to read."""
    check(park, scope, query)


@pytest.mark.parametrize("query", BROKEN)
def test_what_is_no_query_stays_none(park: Lake, query: str) -> None:
    """The filter mends nothing, and the error stands at the same character."""
    with pytest.raises(QueryError) as plain:
        park.count("modbus", query)
    for ask in (view(park, CHEM).count, view(park, CHEM).search):
        with pytest.raises(QueryError) as told:
            ask("modbus", query)
        assert (told.value.what, told.value.position) == (plain.value.what, plain.value.position)


leaf = st.sampled_from(
    ("organization.id:chem", "organization.id:steel", "organization.id:s*", "_exists_:organization.id", "*:*",
     "modbus.unit_id:1", "modbus.unit_id:>2", "event.action:write*", "source.ip:10.0.1.0/24", "steel",
     "modbus.response.values:3", "_exists_:modbus.exception.code", "@timestamp:>=2026-09-21",
     "NOT organization.id:chem")
)  # fmt: skip
queries = st.recursive(
    leaf,
    lambda part: (
        st.tuples(part, part).map(lambda two: f"({two[0]}) OR {two[1]}")
        | st.tuples(part, part).map(lambda two: f"{two[0]} AND ({two[1]})")
        | st.tuples(part, part).map(" ".join)
        | part.map(lambda one: f"NOT ({one})")
    ),
    max_leaves=8,
)


@given(queries, st.sampled_from(SCOPES))
def test_random_queries(park: Lake, query: str, scope: Scope) -> None:
    """Each finds of one's own what filtering by hand finds, as Python evaluates both the query and the filter."""
    node = parse_query(query, MODBUS, now_ns=START_NS + DAY_NS)
    rows = [{name: value for name, value in row.items() if value is not None} for rows in ROWS.values() for row in rows]
    expected = [row for row in choose(scope, rows) if holds(node, row)]
    scoped = view(park, scope)
    assert list_ids(list_records(scoped, "modbus", query)) == list_ids(expected)
    assert scoped.count("modbus", query) == len(expected)


@given(st.text(st.sampled_from("() :*\"\\ORNAD\n[]{}x~^/'-+é"), max_size=30) | st.text(max_size=30))
def test_random_texts(park: Lake, text: str) -> None:
    """Any text is refused, or finds nothing of others."""
    try:
        found = list_records(view(park, CHEM), "modbus", text)
    except QueryError:
        return
    assert {row["organization.id"] for row in found} <= {"chem"}


@pytest.mark.parametrize("store", [pytest.param("elastic", marks=pytest.mark.needs_elasticsearch)])
def test_on_elasticsearch(request: pytest.FixtureRequest, store: str, tmp_path: Path) -> None:
    """The same on a cluster, captures too."""
    with open_store(store, tmp_path, request.getfixturevalue("elasticsearch").urls) as cluster:
        fill_park(cluster)
        for scope in SCOPES:
            for query in ("", *ESCAPES):
                check(cluster, scope, query)
        assert [(one.record.name, one.rows.get("modbus")) for one in view(cluster, CHEM).captures()] == [
            (PARK[:16], 10),
            ("own.pcap", 7),
        ]
        for identity in (PARK, OWN, THEIRS):
            listed = {one.record.identity: one for one in view(cluster, CHEM).captures()}
            assert view(cluster, CHEM).state(identity) == listed.get(identity)


@pytest.mark.parametrize("aggregation", [Cardinality("source.ip"), Percentiles("modbus.unit_id"), TopHits("source.ip")])
def test_other_summaries(park: Lake, aggregation: Any) -> None:
    """They are those of one's own records."""
    own = [(one.key, one.value) for one in park.aggregate("modbus", aggregation, "organization.id:chem")]
    found = view(park, CHEM).aggregate("modbus", aggregation)
    assert [(one.key, one.value) for one in found] == own
    assert {row["organization.id"] for one in found for row in one.records} <= {"chem"}


def test_one_record(park: Lake) -> None:
    """Another's is as if it were not there, and so is what belongs to none."""
    for row in list_records(park, "modbus")[::8] + list_records(park, "modbus", limit=4) + list_records(park, "alert"):
        found = view(park, CHEM).get(str(row["event.id"]))
        assert found == (row if row.get("organization.id") == "chem" else None)
        assert view(park, WHOLE).get(str(row["event.id"])) == row
    assert view(park, CHEM).get("no id") is None


def test_a_position_of_another(park: Lake) -> None:
    """Going on behind another's record gives one's own only."""
    for row in list_records(park, "modbus")[::10]:
        found = list_records(view(park, CHEM), "modbus", after=position_of(MODBUS, row))
        assert {one["organization.id"] for one in found} <= {"chem"}


def test_captures(park: Lake) -> None:
    """One's own is told as it is, another's not at all, the park's by one's own records and without a name."""
    shared, own = view(park, CHEM).captures()
    assert own == park.state(OWN)
    assert shared.record == CaptureRecord(PARK, PARK[:16])
    assert dict(shared.rows) == {"modbus": 10, "alert": 1}
    assert (dict(shared.counters), shared.size_bytes, shared.min_ns, shared.max_ns) == ({}, 0, None, None)
    told = str(shared)
    assert not [word for word in ("steel", "815", "4711", "rules-1", "pcap") if word in told]
    assert view(park, NOBODY).captures() == []
    assert view(park, WHOLE).captures() == park.captures()


@pytest.mark.parametrize("identity", [PARK, OWN, THEIRS, "d" * 64])
def test_one_capture(park: Lake, identity: str) -> None:
    """It is told as in the list."""
    listed = {one.record.identity: one for one in view(park, CHEM).captures()}
    assert view(park, CHEM).state(identity) == listed.get(identity)
    assert view(park, WHOLE).state(identity) == park.state(identity)


def test_what_belongs_to_the_park(park: Lake) -> None:
    """Documents and disk are told to who sees all of it, and to nobody else."""
    asked: tuple[Callable[[Store], object], ...] = (
        lambda store: store.get_document("note", "n"),
        lambda store: store.list_documents("note"),
        lambda store: store.disk_usage(),
    )
    for ask in asked:
        ask(view(park, WHOLE))
        with pytest.raises(StoreError, match="belongs to the whole park"):
            ask(view(park, CHEM))


def test_datasets(park: Lake) -> None:
    """They are the store's, every one says whose its records are, and an unknown one is told as the store does."""
    assert view(park, CHEM).datasets is park.datasets
    assert all(dataset.field("organization.id") for dataset in park.datasets.values())
    with pytest.raises(UsageError, match="no dataset 'profinet'"):
        view(park, CHEM).count("profinet")


def test_a_dataset_that_does_not_say_whose() -> None:
    """Of it, nobody bound to an enterprise sees anything."""
    bare = Dataset("bare", "", tuple(field for field in MODBUS.fields if field.name != "organization.id"))
    assert not holds(CHEM.narrow(Everything(), bare), {"organization.id": "chem"})
    assert WHOLE.narrow(Everything(), bare) == Everything()


def test_rows_of_tables() -> None:
    """The condition on a column does what ``admits`` does; values are parameters."""
    engine = sa.create_engine("sqlite://")
    table = sa.Table("things", sa.MetaData(), sa.Column("enterprise", sa.String))
    held = ["chem", "water", "steel", "", "chem' OR 1=1 --"]
    with engine.begin() as connection:
        table.create(connection)
        connection.execute(sa.insert(table), [{"enterprise": one} for one in held])
        for scope in (*SCOPES, WHOLE):
            chosen = sa.select(table.c.enterprise).where(scope.where(table.c.enterprise))
            assert sorted(connection.scalars(chosen)) == sorted(one for one in held if scope.admits(one))
    engine.dispose()


def test_admitting() -> None:
    """What belongs to none belongs to the park."""
    assert WHOLE.admits(None)
    assert WHOLE.admits("")
    assert not CHEM.admits(None)
    assert not CHEM.admits("")
    assert not NOBODY.admits("chem")


def test_a_scope_of_no_name() -> None:
    """It would admit what belongs to none: refused."""
    with pytest.raises(UsageError, match="has no name"):
        Scope(frozenset({"chem", ""}))


def test_restricting() -> None:
    """A scope never grows by it."""
    assert WHOLE.restrict(None) == WHOLE
    assert WHOLE.restrict(["chem"]) == CHEM
    assert BOTH.restrict(["chem", "steel"]) == CHEM
    assert CHEM.restrict(None) == CHEM
    assert CHEM.restrict([]) == NOBODY
    assert replace(CHEM) == CHEM
