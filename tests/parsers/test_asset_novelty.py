"""Tables that say nothing new of devices are not read; what is told is the same."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from parsers.asset_memory import Memory
from parsers.asset_novelty import UNTOLD, Familiar, list_combinations
from parsers.asset_table import NOVELTIES, AssetTable
from parsers.asset_view import HOUR_NS, View
from tests.support.frames import START_NS
from tests.support.links import ORIGIN
from tests.support.sightings import Row, make_table

ROWS = st.lists(
    st.fixed_dictionaries(
        {
            "@timestamp": st.sampled_from([START_NS, START_NS + HOUR_NS]),
            "source.ip": st.sampled_from(["10.0.0.1", "10.0.0.3", None]),
            "destination.ip": st.sampled_from(["10.0.0.2", "224.0.0.1"]),
            "destination.mac": st.sampled_from(["00-0E-CF-01-02-03", "01-00-5E-00-00-01", None]),
            "destination.port": st.sampled_from([502, 1883]),
            "wanglou.pairing": st.sampled_from(["paired", "no_response"]),
            "network.community_id": st.sampled_from(["1:a", "1:b"]),
            "modbus.unit_id": st.sampled_from([0, 1, 7, None]),
            "mqtt.client_id": st.sampled_from([None, "a", "b"]),
            "mqtt.direction": st.sampled_from(["client_to_broker", "broker_to_client"]),
            "mqtt.sparkplug.message_type": st.sampled_from([None, "NDATA"]),
            "mqtt.sparkplug.group": st.sampled_from(["g", "h"]),
        }
    ),
    min_size=1,
    max_size=6,
)


def tell(name: str, batches: list[list[Row]], most: int = 65_536) -> list[list[dict[str, Any]]]:
    """What each batch tells."""
    table = AssetTable(ORIGIN, most)
    return [table.add({name: make_table(rows, name)}).to_pylist() for rows in batches]


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(["modbus", "mqtt"]), st.lists(ROWS, min_size=2, max_size=5), st.sampled_from([65_536, 6]))
def test_what_is_told_is_the_same(name: str, batches: list[list[Row]], most: int) -> None:
    """With and without a memory of combinations, whatever comes, also where facts are forgotten."""
    found = tell(name, batches, most)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Familiar, "has_all", lambda _self, _view: False)
        assert found == tell(name, batches, most)


def test_a_table_that_repeats_is_familiar() -> None:
    """The same rows are familiar, another port or hour is not, and nothing is after forgetting."""
    familiar = Familiar(NOVELTIES)
    view = View("modbus", make_table([{}, {}]))
    assert not familiar.has_all(view)
    familiar.remember(view)
    assert familiar.has_all(view)
    assert familiar.has_all(View("modbus", make_table([{"wanglou.pairing": "no_response", "source.ip": "10.9.9.9"}])))
    for row in ({"destination.port": 503}, {"@timestamp": START_NS + HOUR_NS}, {"modbus.response.server_id": "aa"}):
        assert not familiar.has_all(View("modbus", make_table([row])))
    familiar.forget()
    assert not familiar.has_all(view)


def test_other_datasets_are_always_read() -> None:
    """Flows are read each time."""
    familiar = Familiar(NOVELTIES)
    view = View("flow", make_table([{}]))
    familiar.remember(view)
    assert not familiar.has_all(view)


def test_combinations() -> None:
    """Distinct hours and values, a missing column as None."""
    rows: list[Row] = [{"modbus.unit_id": unit} for unit in (1, 2, 1, None)]
    view = View("modbus", make_table(rows))
    hour = START_NS // HOUR_NS
    columns = ("modbus.unit_id", "source.ip", "nothing")
    assert list_combinations(view, columns) == {(hour, unit, "10.0.0.1", None) for unit in (1, 2, None)}
    assert list_combinations(view, columns, view.rows_with("nothing")) == set()
    wide = [{f"c{k}": str(n) for k in range(40)} for n in range(3)]
    names = tuple(f"c{k}" for k in range(40))
    assert list_combinations(View("modbus", make_table(wide)), names) is UNTOLD


def test_a_memory_is_roomy_while_it_is_half_empty() -> None:
    """Beyond half of its bound what was last seen when begins to matter."""
    memory = Memory(2)
    assert memory.is_roomy
    assert memory.lost == 0
