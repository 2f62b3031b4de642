"""What the manifest tells of a query is right: never fewer records at most, never more at least, than there are."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from correlation import rollup
from correlation.counting import count_records
from correlation.lake import Lake
from correlation.manifest import Wanted
from correlation.pruning import FileFacts, bound_rows, estimate_rows, list_fields
from correlation.query import parse_query
from correlation.query_sql import compile_sql
from correlation.query_tree import Everything, Node
from correlation.reader import kept_fields
from correlation.store import Cardinality, DateHistogram, Percentiles, Terms
from correlation.survey import Surveyor
from tests.support.lakes import MODBUS, START_NS, fill, find, make_identity, make_lake, make_records

LEAVES = (
    "*", "event.action:write_single_register", "event.action:nothing", "source.ip:10.0.1.1", "source.ip:10.0.1.0/24",
    "source.ip:10.0.0.0/14", "source.ip:2001\\:db8\\:\\:/32", "modbus.unit_id:2", "modbus.unit_id:[1 TO 3}",
    "modbus.unit_id:>3", "modbus.exception.code:*", "event.action:*", "event.action:read*", "modbus.response.values:3",
    f"wanglou.capture:{make_identity('a')}", f"wanglou.capture:{make_identity('b')}", "wanglou.packet:<40",
    '@timestamp:>="2026-09-21T13:20:30Z"', '@timestamp:<"2026-09-21T00:00:30Z"', "modbus.response.values:*",
    f"event.id:{'a' * 16}-modbus-20-0", "@timestamp:[2026-09-21 TO 2026-09-22]",
)  # fmt: skip
QUERIES = st.recursive(
    st.sampled_from(LEAVES),
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from(("AND", "OR")), inner).map(lambda parts: f"({' '.join(parts)})"),
        inner.map(lambda part: f"(NOT {part})"),
    ),
    max_leaves=5,
)


@pytest.fixture(scope="module", params=["segments", "packs", "packs with rows that are gone"])
def lake(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lake]:
    """A lake of two captures whose files have rollups."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(rollup, "FEWEST_ROWS", 1)
        lake = make_lake(tmp_path_factory.mktemp("lake"))
        for digit in "abc":
            capture = make_identity(digit)
            fill(lake, make_records(range(5 * ord(digit) % 7, 70), capture), capture)
        if request.param != "segments":
            lake.compact()
        if request.param == "packs with rows that are gone":
            lake.delete_capture(make_identity("c"))
    with lake:
        yield lake


def parse(query: str) -> Node:
    """Check a query."""
    return parse_query(query, MODBUS, now_ns=START_NS)


def list_files(lake: Lake, node: Node) -> list[FileFacts]:
    """Survey the Modbus files."""
    with lake._ledger().reading() as connection:
        return Surveyor().survey(connection, Wanted("modbus"), node, [field.name for field in MODBUS.fields])


def read(lake: Lake, files: list[FileFacts], node: Node) -> int:
    """Count by reading, whatever the manifest tells."""
    segments = [segment for facts in files for segment in facts.segments]
    condition, total = compile_sql(node, MODBUS), 0
    for branch in lake._reader.branches(segments, kept_fields(MODBUS)):
        sql = f"SELECT count(*) FROM ({branch.sql}) WHERE {condition.sql}"  # noqa: S608 - values are parameters
        with lake._reader.cursor() as cursor:
            total += cursor.execute(sql, [*branch.parameters, *condition.parameters]).fetchall()[0][0]
    return total


@settings(max_examples=30, suppress_health_check=[HealthCheck.too_slow])
@given(query=QUERIES)
def test_bounds_hold(lake: Lake, query: str) -> None:
    """For any query, what is read of a file lies between its bounds, and counting gives what reading gives."""
    node = parse(query)
    files = list_files(lake, Everything())
    counts = [read(lake, [facts], node) for facts in files]
    for facts, count in zip(files, counts, strict=True):
        least, most = bound_rows(node, facts)
        assert 0 <= least <= count <= most <= facts.rows
    kept = list_files(lake, node)
    assert read(lake, kept, node) == sum(counts)
    assert count_records(lake._reader, MODBUS, kept, node, compile_sql(node, MODBUS)) == sum(counts)
    assert lake.count("modbus", query) == sum(counts) == len(find(lake, query))


@settings(max_examples=80, suppress_health_check=[HealthCheck.too_slow])
@given(
    query=QUERIES,
    aggregation=st.sampled_from(
        [
            *(Terms(name, 5) for name in ("event.action", "modbus.unit_id", "modbus.response.values", "event.id")),
            *(Cardinality(name) for name in ("source.ip", "modbus.exception.code", "wanglou.capture", "@timestamp")),
            *(DateHistogram(step * 10**9) for step in (1, 7, 60, 3_600, 86_400)),
            Terms("@timestamp"),
            Percentiles("modbus.unit_id"),
        ]
    ),
    start=st.none() | st.integers(0, 80),
)
def test_answers_are_those_of_reading(
    lake: Lake, query: str, aggregation: Terms | Cardinality | DateHistogram | Percentiles, start: int | None
) -> None:
    """Summaries with rollups are those without."""
    start_ns = None if start is None else START_NS + start * 10**9
    found = lake.aggregate("modbus", aggregation, query, start_ns=start_ns)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(lake._query, "_surveyor", Surveyor())
        patch.setattr("correlation.survey.read_rollups", lambda *_: {})
        patch.setattr("correlation.survey.bound_rows", lambda _node, facts: (0, facts.rows))
        patch.setattr("correlation.rolled.bound_rows", lambda _node, facts: (0, facts.rows))
        assert lake.aggregate("modbus", aggregation, query, start_ns=start_ns) == found


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("event.action:nothing", (0, 0)),
        ("NOT event.action:nothing", (30, 30)),
        ("event.action:read_holding_registers", (15, 15)),
        ("event.action:read_holding_registers AND modbus.unit_id:1", (0, 6)),
        ("event.action:read_holding_registers OR modbus.unit_id:1", (15, 21)),
        ("modbus.exception.code:*", (0, 0)),
        ("wanglou.packet:1", (0, 0)),
        ("modbus.response.values:1", (0, 30)),
    ],
)
def test_bounds_are_tight(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, query: str, expected: tuple[int, int]
) -> None:
    """What rollups tell exactly is told exactly."""
    monkeypatch.setattr(rollup, "FEWEST_ROWS", 1)
    with make_lake(tmp_path) as lake:
        fill(lake, make_records(range(30)))
        (facts,) = list_files(lake, Everything())
        assert bound_rows(parse(query), facts) == expected


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", 30),
        ("event.action:read_holding_registers", 15),
        ("event.action:read_holding_registers AND modbus.unit_id:1", 3),
        ("NOT modbus.unit_id:1", 24),
        ("modbus.unit_id:1 OR modbus.unit_id:2", 12),
        ("event.action:nothing AND modbus.unit_id:1", 0),
        ("wanglou.packet:1", 0),
        ("modbus.response.values:1", 30),
    ],
)
def test_guesses(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, query: str, expected: float) -> None:
    """Shares of what fits are multiplied; what the rollups do not tell counts as fitting."""
    monkeypatch.setattr(rollup, "FEWEST_ROWS", 1)
    with make_lake(tmp_path) as lake:
        fill(lake, make_records(range(30)))
        (facts,) = list_files(lake, Everything())
        assert estimate_rows(parse(query), facts) == pytest.approx(expected)


def test_files_that_hold_nothing_are_not_opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A search, a count and a summary of a value that no file has read no file, nor does one of everything."""
    monkeypatch.setattr(rollup, "FEWEST_ROWS", 1)
    with make_lake(tmp_path) as lake:
        fill(lake, make_records(range(60)))
        for path in tmp_path.rglob("*.parquet"):
            path.write_bytes(b"")
        assert find(lake, "source.ip:10.9.9.9") == []
        assert lake.count("modbus", "source.ip:10.9.9.9") == 0
        assert lake.count("modbus", "NOT modbus.unit_id:1") == 48
        assert sum(bucket.value for bucket in lake.aggregate("modbus", DateHistogram(60 * 10**9))) == 60
        assert lake.aggregate("modbus", Terms("modbus.unit_id", 1))[0].value == 12


def test_fields_of_a_query() -> None:
    """Every field that it compares, once."""
    names = {
        field.name for field in list_fields(parse("modbus.unit_id:1 AND (NOT source.ip:10.0.0.1 OR @timestamp:*)"))
    }
    assert names == {"modbus.unit_id", "source.ip", "@timestamp"}
