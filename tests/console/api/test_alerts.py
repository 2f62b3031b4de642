"""The API of alerts."""

from __future__ import annotations

import csv
import io
import json
from urllib.parse import urlencode

import pytest

from console.api.alerts import plain_cell
from tests.support.consoles import EVER, Console

LIST = f"/api/v1/alerts?{EVER}"


def test_cursors_lead_through_all_alerts_once(console: Console) -> None:
    """Page by page, the same as at once."""
    program = console.program("analyst")
    whole = [one["id"] for one in program.get(f"{LIST}&limit=500").json()["items"]]
    found, cursor = [], ""
    for _ in range(100):
        page = program.get(f"{LIST}&limit=3&{urlencode({'cursor': cursor})}").json()
        found += [one["id"] for one in page["items"]]
        cursor = page["next"]
        if cursor is None:
            break
    assert found == whole
    assert len(set(found)) == len(found) > 3


def test_triage_needs_the_etag_that_was_read(console: Console) -> None:
    """428 without one, 412 with an old one, else the change and a new one."""
    program = console.program("analyst")
    path = f"/api/v1/alerts/{program.get(LIST).json()['items'][0]['id']}"
    read = program.get(path)
    assert program.patch(path, json={"state": "acknowledged"}).status_code == 428
    changed = program.patch(path, json={"state": "acknowledged"}, headers={"if-match": read.headers["etag"]})
    assert changed.json()["state"] == "acknowledged"
    again = program.patch(path, json={"state": "closed"}, headers={"if-match": read.headers["etag"]})
    assert again.status_code == 412
    back = program.patch(path, json={"state": "new"}, headers={"if-match": changed.headers["etag"]})
    assert back.json()["state"] == "new"
    assert program.patch(path, json={"state": "x"}, headers={"if-match": "*"}).status_code == 422


def test_lists_of_states(console: Console) -> None:
    """What somebody took up is found by its state, and not among the new."""
    program = console.program("analyst")
    first = program.get(LIST).json()["items"][0]["id"]
    etag = program.get(f"/api/v1/alerts/{first}").headers["etag"]
    etag = program.patch(f"/api/v1/alerts/{first}", json={"state": "closed"}, headers={"if-match": etag}).headers[
        "etag"
    ]
    assert [one["id"] for one in program.get(f"{LIST}&state=closed").json()["items"]] == [first]
    for state in ("open", "new"):
        assert first not in [one["id"] for one in program.get(f"{LIST}&state={state}").json()["items"]]
    program.patch(f"/api/v1/alerts/{first}", json={"state": "new"}, headers={"if-match": etag})


def test_downloads_hold_all(console: Console) -> None:
    """CSV with a heading, NDJSON with a line each, both as files."""
    client = console.as_("analyst")
    table = client.get(f"/api/v1/alerts.csv?{EVER}")
    rows = list(csv.DictReader(io.StringIO(table.text)))
    lines = [json.loads(line) for line in client.get(f"/api/v1/alerts.ndjson?{EVER}").text.splitlines()]
    assert [row["event.id"] for row in rows] == [line["id"] for line in lines]
    assert 'filename="alerts.csv"' in table.headers["content-disposition"]
    assert client.get("/api/v1/alerts.csv?q=rule.nam:x").status_code == 400


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@x", "\t=x", "\n=x", "\uff1d1"])
def test_no_cell_is_computed(text: str) -> None:
    """A spreadsheet takes it as text."""
    assert plain_cell(text) == f"'{text}"
    assert plain_cell(["a", "b"]) == "a b"
    assert plain_cell(None) == ""
    assert (plain_cell(-5), plain_cell(-0.5)) == ("-5", "-0.5")
    assert plain_cell(5) == "5"
