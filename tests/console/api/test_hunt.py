"""The API of hunting."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from urllib.parse import urlencode

import pyarrow.parquet as pq
import pytest
import yaml

from detection.columns import fields_of
from detection.modifiers import check_modifiers
from sensors.pcap import open_capture
from tests.support.consoles import EVER, Console

LIST = f"/api/v1/records?{EVER}&dataset=modbus"


def test_cursors_lead_through_all_records_once(console: Console) -> None:
    """Page by page, the same as at once."""
    program = console.program("analyst")
    whole = [one["event.id"] for one in program.get(f"{LIST}&limit=500").json()["items"]]
    found: list[str] = []
    cursor = ""
    for _ in range(100):
        page = program.get(f"{LIST}&limit=60&{urlencode({'cursor': cursor})}").json()
        found += [one["event.id"] for one in page["items"]]
        cursor = page["next"]
        if cursor is None:
            break
    assert found == whole
    assert len(set(found)) == len(found) > 100
    total = program.get(f"/api/v1/records/histogram?{EVER}&dataset=modbus").json()["total"]
    assert total == len(found)


def test_downloads_hold_the_same_records(console: Console, tmp_path: Path) -> None:
    """CSV, NDJSON and Parquet have the records that the list has."""
    client = console.as_("analyst")
    query = f"{EVER}&dataset=modbus&q=event.action:write*"
    listed = [one["event.id"] for one in client.get(f"/api/v1/records?{query}&limit=500").json()["items"]]
    table = client.get(f"/api/v1/records.csv?{query}").text
    lines = client.get(f"/api/v1/records.ndjson?{query}").text.splitlines()
    (tmp_path / "x.parquet").write_bytes(client.get(f"/api/v1/records.parquet?{query}").content)
    assert [row["event.id"] for row in csv.DictReader(io.StringIO(table))] == listed
    assert [json.loads(line)["event.id"] for line in lines] == listed
    assert pq.read_table(tmp_path / "x.parquet")["event.id"].to_pylist() == listed
    assert len(listed) > 0


def test_packets_of_what_was_found_are_a_capture(console: Console, tmp_path: Path) -> None:
    """Over several captures; the headers count them."""
    client = console.as_("analyst")
    answer = client.get(f"/api/v1/records.pcapng?{EVER}&dataset=flow")
    (tmp_path / "cut.pcapng").write_bytes(answer.content)
    held = sum(len(batch) for batch in open_capture(tmp_path / "cut.pcapng").batches())
    assert held == int(answer.headers["x-wanglou-packets"]) > 10
    assert held <= 1000
    assert console.as_("reviewer").get("/api/v1/records.pcapng").status_code == 403


def test_fields_and_values_complete_a_query(console: Console) -> None:
    """Fields of the dataset, values that begin so with their counts."""
    program = console.program("analyst")
    fields = [one["name"] for one in program.get("/api/v1/records/fields?dataset=dns").json()["items"]]
    assert "dns.question.name" in fields
    path = f"/api/v1/records/values?{EVER}&dataset=dns"
    values = program.get(f"{path}&field=dns.question.type").json()["items"]
    assert values
    assert values == sorted(values, key=lambda one: (-one["count"], one["value"]))
    beginning = values[0]["value"][:1]
    for one in program.get(f"{path}&field=dns.question.type&beginning={beginning}").json()["items"]:
        assert one["value"].startswith(beginning)
    assert program.get(f"{path}&field=source.ip&beginning=10.").json()["items"]
    assert program.get(f"{path}&field=nothing").status_code == 400


@pytest.mark.parametrize(
    ("query", "condition", "selections"),
    [
        ("event.action:x AND source.ip:10.0.0.0/8", "selection",
         {"event.action|cased": "x", "source.ip|cidr": "10.0.0.0/8"}),
        ("modbus.unit_id:[1 TO 9}", "selection", {"modbus.unit_id|gte": 1, "modbus.unit_id|lt": 9}),
        ("event.action:(a OR b)", "selection", {"event.action|cased": ["a", "b"]}),
        ("NOT event.action:rea*", "not selection", {"event.action|cased": "rea*"}),
        ("modbus.exception.code:*", "selection", {"modbus.exception.code|exists": True}),
        ('event.action:"a*b"', "selection", {"event.action|cased": "a\\*b"}),
        ("event.action:x AND (source.port:1 OR NOT destination.port:502)",
         "selection and (selection_2 or not selection_3)", {"event.action|cased": "x"}),
    ],
)  # fmt: skip
def test_a_query_becomes_a_rule(console: Console, query: str, condition: str, selections: dict[str, object]) -> None:
    """What rules understand: fields of the dataset, known modifiers, and the condition over them."""
    answer = console.program("analyst").get("/api/v1/records/rule?" + urlencode({"dataset": "modbus", "q": query}))
    rule = yaml.safe_load(answer.text)
    assert rule["detection"]["condition"] == condition
    assert rule["detection"]["selection"] == selections
    keys = [key for name, one in rule["detection"].items() if name != "condition" for key in one]
    for name, *modifiers in (key.split("|") for key in keys):
        assert name in fields_of("modbus")
        assert check_modifiers(modifiers) == ""


@pytest.mark.parametrize("query", ["dataset=flow&q=@timestamp:>now-1h", "dataset=alert&q=rule.name:x"])
def test_what_no_rule_can_ask_is_told(console: Console, query: str) -> None:
    """400 with what to do."""
    problem = console.program("analyst").get(f"/api/v1/records/rule?{query}")
    assert problem.status_code == 400
    assert problem.json()["do"]


def test_wrong_queries_are_told_with_their_place(console: Console) -> None:
    """The position of the character, for all that take a query."""
    program = console.program("analyst")
    for path in ("records", "records.csv", "records/histogram", "records/rule"):
        problem = program.get(f"/api/v1/{path}?dataset=modbus&q=source.ip:(").json()
        assert problem["status"] == 400
        assert problem["position"] >= 10


def test_one_record_is_given_with_all_its_fields(console: Console) -> None:
    """As the list has it; another's is not there."""
    program = console.program("analyst")
    first = program.get(f"{LIST}&limit=1").json()["items"][0]
    assert program.get(f"/api/v1/records/{first['event.id']}").json() == first
    assert program.get("/api/v1/records/x-modbus-1-0").status_code == 404
