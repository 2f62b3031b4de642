"""What leaves the console as a file is in the audit, with who took it, from where, and what was asked for."""

from __future__ import annotations

import json

import pytest
from starlette.testclient import TestClient

from tests.support.consoles import EVER, Console
from wanglou.audit import AuditRow
from wanglou.audit_rows import Asked, list_rows


def find_last(console: Console) -> AuditRow:
    """Give the newest row of the audit that is about a download."""
    with console.services.ledger.reading() as connection:
        rows = [row for row in list_rows(connection, Asked()) if row.action.endswith(".downloaded")]
    return max(rows, key=lambda row: row.seq)


def find_one(client: TestClient, path: str) -> str:
    """Give the id of the first thing of a list."""
    return str(client.get(f"{path}?{EVER}").json()["items"][0]["id"])


@pytest.mark.parametrize(
    ("role", "path"),
    [
        ("analyst", "alerts.csv"),
        ("analyst", "alerts.ndjson"),
        ("analyst", "assets.csv"),
        ("analyst", "records.csv"),
        ("analyst", "records.ndjson"),
        ("analyst", "records.parquet"),
        ("auditor", "audit.csv"),
        ("auditor", "audit.ndjson"),
    ],
)
def test_an_export_is_audited(console: Console, role: str, path: str) -> None:
    """By the name of its file and the parameters of its address."""
    assert console.as_(role).get(f"/api/v1/{path}?{EVER}&q=").status_code == 200
    row = find_last(console)
    assert (row.actor, row.origin, row.action) == (f"user:{role}", "testclient", "export.downloaded")
    assert row.subject == path.replace("records", "flow")
    assert json.loads(row.after or "") == {"from": "2000-01-01", "to": "2100-01-01", "q": ""}


def test_an_enterprise_is_named(console: Console) -> None:
    """Of whoever is bound to one."""
    assert console.as_("enterprise_user").get(f"/api/v1/alerts.csv?{EVER}").status_code == 200
    assert find_last(console).enterprise == "chem"


def test_packets_are_audited(console: Console) -> None:
    """By what they prove, and what programs take too."""
    program = console.program("analyst")
    identity = find_one(program, "/api/v1/alerts")
    answer = program.get(f"/api/v1/evidence/{identity}/packets.pcapng?{EVER}")
    row = find_last(console)
    if answer.status_code == 200:
        assert (row.actor, row.action, row.subject) == ("token:analyst", "packets.downloaded", identity)
    else:
        assert row.subject != identity


def test_what_is_refused_is_no_download(console: Console) -> None:
    """A wrong query, a thing that is not there."""
    client = console.as_("analyst")
    before = find_last(console).seq if client.get(f"/api/v1/alerts.csv?{EVER}").status_code == 200 else 0
    assert client.get("/api/v1/alerts.csv?q=nope%3A(").status_code == 400
    assert client.get("/api/v1/evidence/alert-0/packets.pcapng").status_code == 404
    assert find_last(console).seq == before
