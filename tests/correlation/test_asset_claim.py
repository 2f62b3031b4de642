"""Claims out of observations."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from correlation.asset_claim import MOST_CLAIMS, MOST_VALUES, bound, distil
from correlation.record import result_schema
from parsers.schema import DATASETS
from tests.support.claims import claim

SCHEMA = result_schema(DATASETS["asset"])


def observe(
    number: int, field: str = "role", value: str = "plc", at_ns: int = 0, ip: str = "10.0.1.1"
) -> dict[str, Any]:
    """Make an observation as a store gives it."""
    return {"@timestamp": at_ns, "event.id": f"e-{number}", "asset.id": ip, "host.ip": ip, "asset.field": field,
            "asset.value": value, "asset.basis": "seen", "asset.source": "flow"}  # fmt: skip


def batch(rows: list[dict[str, Any]]) -> pa.RecordBatch:
    """Make a batch of observations."""
    return pa.RecordBatch.from_pylist(rows, schema=SCHEMA)


def test_the_same_fact_is_one_claim() -> None:
    """From the first to the last time it was told."""
    (one,), dropped = distil([batch([observe(2, at_ns=50), observe(1, at_ns=20)]), batch([observe(3, at_ns=90)])])
    assert (one.first_ns, one.last_ns, one.evidence, one.ip, one.enterprise) == (20, 90, "e-1", "10.0.1.1", "")
    assert dropped == 0


def test_nothing() -> None:
    """No observations, no claims."""
    assert distil([]) == ([], 0)
    assert distil([batch([])]) == ([], 0)


def test_a_device_without_an_address_is_its_link_address() -> None:
    """``asset.id`` is the link address then."""
    row = observe(1) | {"asset.id": "00-00-00-00-00-01", "host.ip": None}
    assert distil([batch([row])])[0][0].mac == "00-00-00-00-00-01"


@given(st.lists(st.tuples(st.sampled_from(["role", "mac"]), st.sampled_from("abc"), st.integers(0, 9)), max_size=12),
       st.integers(0, 12))  # fmt: skip
def test_cuts_and_order_do_not_matter(told: list[tuple[str, str, int]], cut: int) -> None:
    """However observations are cut into batches and ordered, the claims are the same."""
    rows = [observe(number, *one) for number, one in enumerate(told)]
    assert distil([batch(rows)]) == distil([batch(rows[cut:][::-1]), batch(rows[:cut])])


def test_values_and_claims_are_bounded() -> None:
    """Of one fact so many values are kept, of a capture so many claims; what only passed goes first."""
    values = [claim("client_id", str(number), "10.0.1.1", at=number) for number in range(MOST_VALUES + 5)]
    kept, dropped = bound(values)
    assert (len(kept), dropped) == (MOST_VALUES, 5)
    many = [claim("mac", "m", f"{number}", "m", basis="seen", source="flow") for number in range(MOST_CLAIMS)]
    kept, dropped = bound([*many, claim("role", "plc", "10.0.1.1")])
    assert (len(kept), dropped) == (MOST_CLAIMS, 1)
    assert kept[0].field == "role"
