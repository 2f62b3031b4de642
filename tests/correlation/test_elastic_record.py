"""Rows become documents and come back as they were."""

from __future__ import annotations

import json
import math
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from correlation.elastic_record import decode_batch, encode_table, make_id
from correlation.record import read_records, result_schema
from parsers.schema import DATASETS, Dataset
from tests.support.lakes import MODBUS, make_identity, make_record, make_table
from tests.support.queries import SAMPLE, rows

ASSET, OPCUA = DATASETS["asset"], DATASETS["opcua"]


def there_and_back(dataset: Dataset, records: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Encode and decode."""
    documents = [
        json.loads(row.body) for row in encode_table(dataset, make_table(dataset, records), make_identity("a"))
    ]
    batch = decode_batch(dataset, documents)
    assert batch.schema.equals(result_schema(dataset))
    return list(read_records(batch))


@given(records=rows())
def test_every_value_comes_back(records: list[dict[str, Any]]) -> None:
    """Of every kind, with empty fields, empty lists and signs of every kind."""
    kept = [{name: value for name, value in record.items() if value is not None} for record in records]
    for number, record in enumerate(kept):
        record |= {"wanglou.capture": make_identity("a"), "wanglou.packet": number, "wanglou.pdu": 1}
    found = there_and_back(SAMPLE, kept)
    for number, (record, row) in enumerate(zip(kept, found, strict=True)):
        assert row.pop("event.id") == f"{'a' * 16}-sample-{number}-1"
        assert row == record


def test_numbers_that_json_lacks() -> None:
    """NaN and infinities are words in the document, and numbers again behind it."""
    numbers = [1.5, math.nan, math.inf, -math.inf, -0.0]
    name = next(field.name for field in OPCUA.fields if field.kind == "doubles")
    record = make_record(0) | {name: numbers}
    table = make_table(OPCUA, [{key: value for key, value in record.items() if OPCUA.field(key)}])
    (row,) = encode_table(OPCUA, table, make_identity("a"))
    assert json.loads(row.body)[name] == [1.5, "nan", "inf", "-inf", -0.0]
    (back,) = read_records(decode_batch(OPCUA, [json.loads(row.body)]))
    assert str(back[name]) == str(numbers)


def test_a_document_is_named_by_its_record() -> None:
    """Its id is the record's, its time that of the record, its capture the one that is written."""
    table = make_table(MODBUS, [make_record(3, "")])
    identity = make_identity("b", "厂")
    (row,) = encode_table(MODBUS, table, identity)
    assert row.identity == f"{'b' * 16}@厂-modbus-6-0"
    assert row.time_ns == make_record(3)["@timestamp"]
    assert json.loads(row.body)["wanglou.capture"] == identity
    assert json.loads(row.body)["@timestamp"] == "2026-09-21T00:00:03.000000000Z"
    assert list(encode_table(MODBUS, table.slice(0, 0), identity)) == []


@given(text=st.text(min_size=1, max_size=300))
def test_ids_fit_the_server(text: str) -> None:
    """Long ones become their digest; short ones stay."""
    made = make_id(text)
    assert len(made.encode()) <= 512
    assert made == text or len(text.encode()) > 512


def test_evidence_gets_the_key_of_its_capture() -> None:
    """An id that was made before the capture was identified is sent whole; others are sent as they are."""
    seen = {"@timestamp": 1, "event.dataset": "asset", "wanglou.packet": 2, "wanglou.pdu": 9}
    given = ["-modbus-2-0", None, "a" * 16 + "-modbus-2-0"]
    table = make_table(ASSET, [{**seen, "asset.evidence": one} for one in given])
    bodies = [json.loads(row.body) for row in encode_table(ASSET, table, make_identity("b", "north"))]
    assert [body.get("asset.evidence") for body in bodies] == ["b" * 16 + "@north-modbus-2-0", None, given[2]]
