"""The API of the audit."""

from __future__ import annotations

import csv
import io
import json

from tests.support.consoles import Console


def test_pages_hold_what_the_whole_holds(console: Console) -> None:
    """Cursors lead through all changes once; one is read by its number."""
    program = console.program("auditor")
    console.as_("analyst")
    whole = program.get("/api/v1/audit?limit=500").json()["items"]
    cursor, found = "", []
    while True:
        page = program.get("/api/v1/audit", params={"limit": 20, "cursor": cursor}).json()
        found += page["items"]
        if page["next"] is None:
            break
        cursor = page["next"]
    assert found[: len(whole)] == whole[: len(found)]
    assert program.get(f"/api/v1/audit/{whole[0]['seq']}").json() == whole[0]
    assert program.get("/api/v1/audit/99999999999999999999").status_code == 404


def test_downloads_hold_all(console: Console) -> None:
    """CSV and NDJSON have the same rows, and no secret."""
    client = console.as_("auditor")
    table = list(csv.DictReader(io.StringIO(client.get("/api/v1/audit.csv").text)))
    lines = [json.loads(line) for line in client.get("/api/v1/audit.ndjson").text.splitlines()]
    assert [row["seq"] for row in table] == [str(line["seq"]) for line in lines[1:]]  # the second tells of itself
    assert any((line["after"] or {}).get("password") == "(secret)" for line in lines)


def test_it_is_verified(console: Console) -> None:
    """No findings; a head that never was is one."""
    program = console.program("auditor")
    assert program.post("/api/v1/audit/verify", json={}).json()["findings"] == []
    head = program.get("/api/v1/audit/head").json()["head"]
    assert program.post("/api/v1/audit/verify", json={"head": head}).json()["findings"] == []
    kept = {"head": f"1:{'0' * 64}"}
    assert program.post("/api/v1/audit/verify", json=kept).json()["findings"][0]["kind"] == "kept"
    assert program.post("/api/v1/audit/verify", json={"head": "x"}).status_code == 400
