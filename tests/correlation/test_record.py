"""Records as Python reads them, and where a search goes on."""

from __future__ import annotations

from contextlib import suppress

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from correlation.record import order_columns, parse_position, position_of, read_records, result_schema
from detection.alert import ALERT
from tests.support.lakes import MODBUS, make_alert, make_record
from wanglou.errors import UsageError


def test_the_schema_of_results() -> None:
    """Every field of the dataset in order, derived ones too, without dictionaries."""
    schema = result_schema(MODBUS)
    assert schema.names == [field.name for field in MODBUS.fields]
    assert not any(pa.types.is_dictionary(kind) for kind in schema.types)
    assert schema.field("@timestamp").type == pa.timestamp("ns", tz="UTC")
    assert schema.field("modbus.request.values").type == pa.list_(pa.uint16())


def test_records_hold_what_has_a_value() -> None:
    """Times are nanoseconds, nulls are left out, empty lists stay."""
    batch = pa.record_batch(
        {
            "@timestamp": pa.array([1, 2**62 + 1], pa.timestamp("ns", tz="UTC")),
            "a": pa.array([None, "x"]),
            "b": pa.array([[], None], pa.list_(pa.uint16())),
        }
    )
    assert list(read_records(batch)) == [{"@timestamp": 1, "b": []}, {"@timestamp": 2**62 + 1, "a": "x"}]


def test_what_orders_results() -> None:
    """Time, then the parts of event.id; alerts keep theirs and are ordered by it."""
    assert order_columns(MODBUS) == ("@timestamp", "wanglou.capture", "wanglou.packet", "wanglou.pdu")
    assert order_columns(ALERT) == ("@timestamp", "event.id")


def test_a_position_comes_back() -> None:
    """What position_of wrote, parse_position reads."""
    record, alert = make_record(3), make_alert("x")
    assert parse_position(MODBUS, position_of(MODBUS, record)) == [record[name] for name in order_columns(MODBUS)]
    assert parse_position(ALERT, position_of(ALERT, alert)) == [alert["@timestamp"], "alert-x"]


@pytest.mark.parametrize("text", ["", "[]", "null", "[1]", '["1","a",2,3]', "[1,2,3,4]", '[true,"a",2,3]', "[" * 10**5])
def test_other_positions_are_refused(text: str) -> None:
    """Missing parts and parts of other types raise UsageError."""
    with pytest.raises(UsageError, match="no position in modbus"):
        parse_position(MODBUS, text)


@given(st.text() | st.lists(st.integers() | st.text()).map(str))
def test_any_text_is_a_position_or_refused(text: str) -> None:
    """Nothing but UsageError comes of a wrong position."""
    with suppress(UsageError):
        assert len(parse_position(ALERT, text)) == 2
