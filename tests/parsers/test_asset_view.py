"""Distinct rows of a table."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from parsers.asset_view import HOUR_NS, View
from tests.support.frames import START_NS
from tests.support.sightings import make_table


def view(rows: list[dict[str, Any]]) -> View:
    """View of rows made from dictionaries."""
    return View("modbus", make_table(rows))


def test_columns_that_are_missing_are_null() -> None:
    """Readers need not ask which columns a table has."""
    found = view([{"a": "x"}, {"a": None}])
    rows = np.array([0, 1])
    assert found.read("nothing", rows) == [None, None]
    assert found.read_rows(["a", "nothing"], rows) == [("x", None), (None, None)]
    assert found.rows_with("nothing", "a").tolist() == [0]
    assert not found.has("nothing")
    assert found.distinct(["nothing"]).tolist() == [0]


def test_rows_having_a_text_are_found() -> None:
    """Each distinct text of the lists is asked once."""
    asked: list[str] = []

    def is_wanted(text: str) -> bool:
        asked.append(text)
        return text == "a"

    found = view([{"l": ["a", "b"]}, {"l": None}, {"l": ["b", None]}, {"l": []}, {"l": ["a"]}])
    assert found.rows_having("l", is_wanted).tolist() == [0, 4]
    assert sorted(asked) == ["a", "b"]
    assert found.rows_having("nothing", bool).tolist() == []
    assert found.rows_having("l", is_wanted, frozenset({2})).tolist() == []
    assert found.rows_having("l", is_wanted, frozenset({1, 2})).tolist() == [0, 4]


def test_evidence_is_ordered_by_its_last_packet() -> None:
    """A transaction that ended earlier is earlier evidence."""
    found = view([{"a": "x", "wanglou.packet_end": 9}, {"a": "x", "wanglou.packet_end": 4}])
    assert found.order.tolist() == [1, 0]
    assert found.distinct(["a"]).tolist() == [1]
    assert found.distinct(["a"], np.array([0])).tolist() == [0]


def test_an_hour_later_is_another() -> None:
    """The same combination counts once in each hour of packet time."""
    found = view([{"a": "x", "@timestamp": START_NS + hour * HOUR_NS} for hour in (0, 0, 1, 5, 5)])
    assert found.distinct(["a"]).tolist() == [0, 2, 3]


def test_an_empty_table_has_nothing() -> None:
    """No row, no combination."""
    found = View("modbus", make_table([{"a": "x"}]).slice(0, 0))
    assert (len(found), found.distinct(["a"]).tolist(), found.rows_with("a").tolist()) == (0, [], [])


VALUES = st.fixed_dictionaries(
    {
        "a": st.sampled_from(["x", "y", None]),
        "l": st.sampled_from([["x", None], ["x"], [], None, ["x", "y"]]),
        "n.code": st.sampled_from([0, 255, None]),
        "destination.port": st.sampled_from([0, 502, 65535, None]),
        "i": st.sampled_from([-1, 1 << 60, None]),
        "@timestamp": st.sampled_from([START_NS, START_NS + HOUR_NS, 0, 1 << 62]),
    }
)


@given(st.lists(VALUES, min_size=1, max_size=30))
def test_the_same_as_a_dictionary(rows: list[dict[str, Any]]) -> None:
    """The first rows of each combination, whatever the kinds of the columns."""
    seen: dict[object, int] = {}
    for at, row in enumerate(rows):
        lists = {"l": tuple(row["l"] or ()), "@timestamp": row["@timestamp"] // HOUR_NS}
        key = tuple(lists.get(name, row[name]) for name in sorted(row))
        seen.setdefault(key, at)
    assert view(rows).distinct([name for name in rows[0] if name != "@timestamp"]).tolist() == list(seen.values())


def test_columns_of_many_values_are_renumbered() -> None:
    """Products of many large columns stay within 64 bits."""
    count = 3_000
    names = [f"c{number}" for number in range(7)]
    table = pa.table(
        {name: pa.array(range(count)) for name in names}
        | {"@timestamp": pa.array([0] * count, pa.timestamp("ns")), "wanglou.packet_end": pa.array(range(count))}
    )
    assert len(View("x", table).distinct(names)) == count
