"""Pairs as columns are the pairs one by one."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pyarrow as pa
import pytest

from correlation.pairs import _GROUPS as GROUPS
from correlation.pairs import Pair, Pairs, Traffic, add_up, list_pairs, make_traffic, read_pairs
from tests.support.desk import Desk, open_desk
from tests.support.stores import read_all, take_captures, write


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """Give a lake of bundled captures."""
    with open_desk(tmp_path_factory.mktemp("desk")) as desk:
        for taken in take_captures():
            write(desk.lake, taken)
        yield desk


def list_columns(pairs: Pairs) -> set[Pair]:
    """Read columns as pairs."""
    columns = zip(pairs.source, pairs.destination, pairs.protocol, pairs.sums.T, strict=True)
    return {
        Pair(
            pairs.ends[source][0],
            pairs.ends[source][1],
            pairs.ends[end][1],
            pairs.protocols[protocol],
            make_traffic(its),
        )
        for source, end, protocol, its in columns
        if pairs.ends[source][0] == pairs.ends[end][0]
    }


def test_columns_hold_every_pair(desk: Desk) -> None:
    """With its ends of one enterprise and its sums; any period, any enterprises."""
    times = sorted(record["@timestamp"] for record in read_all("flow"))
    enterprises = {str(record.get("organization.id", "")) for record in read_all("flow")} - {""}
    for asked in ({}, {"end_ns": times[len(times) // 2]}, {"start_ns": times[3], "end_ns": times[-3]}, {"end_ns": 0}):
        for scope in (None, frozenset(enterprises), frozenset({"none"})):
            pairs, listed = read_pairs(desk.lake, enterprises=scope, **asked), list_pairs(
                desk.lake, enterprises=scope, **asked
            )  # fmt: skip
            assert len(pairs) == len(listed)
            assert list_columns(pairs) == set(listed)
            assert len(set(pairs.ends)) == len(pairs.ends)
            assert pairs.total == sum((one.traffic for one in listed), Traffic(0, 0, 0))


def test_chosen_pairs_stay_as_they_are(desk: Desk) -> None:
    """Those that are not chosen are gone from the sums too."""
    pairs = read_pairs(desk.lake)
    wanted = np.arange(len(pairs)) % 2 == 0
    some, others = pairs.choose(wanted), pairs.choose(~wanted)
    assert list_columns(some) | list_columns(others) == list_columns(pairs)
    assert some.total + others.total == pairs.total


def test_sums_are_exact() -> None:
    """Whole numbers beyond what a double holds are added up without loss; of nothing there is nothing."""
    codes, places, sums = add_up(np.array([7, 3, 7]), np.array([[2**53, 1, 1], [1, 2, 3]]))
    assert codes.tolist() == [3, 7]
    assert places.tolist() == [1, 0, 1]
    assert sums.tolist() == [[1, 2**53 + 1], [2, 4]]
    assert add_up(np.zeros(0, np.int64), np.zeros((3, 0), np.int64))[2].shape == (3, 0)


def test_nothing_makes_no_pair(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """A period without a flow, in a table of no chunks as a cluster gives it."""
    empty = desk.lake.tabulate("flow", GROUPS).slice(0, 0)
    bare = pa.table([pa.chunked_array([], one.type) for one in empty.itercolumns()], schema=empty.schema)
    for table in (empty, bare):
        monkeypatch.setattr(desk.lake, "tabulate", lambda *_, table=table: table)
        pairs = read_pairs(desk.lake)
        assert (len(pairs), pairs.ends, pairs.total) == (0, [], Traffic(0, 0, 0))
