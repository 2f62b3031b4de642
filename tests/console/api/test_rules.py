"""The API of rules."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.consoles import EVER, Console

ONE = "/api/v1/rules/flow_port_scan"


@pytest.fixture(autouse=True)
def as_written(console: Console) -> Iterator[None]:
    """Leave the rule as its file has it."""
    yield
    program = console.program("analyst")
    etag = program.get(ONE).headers["etag"]
    change = {"enabled": True, "severity": None, "count": None, "timespan_s": None, "reason": "end of a test"}
    assert program.patch(ONE, json=change, headers={"if-match": etag}).status_code == 200
    for exemption in program.get(f"{ONE}/exemptions").json()["items"]:
        program.delete(f"{ONE}/exemptions/{exemption['id']}")


def test_cursors_lead_through_all_rules_once(console: Console) -> None:
    """Page by page, by name."""
    program, found, cursor = console.program("analyst"), list[str](), ""
    for _ in range(100):
        page = program.get(f"/api/v1/rules?{EVER}&limit=40&cursor={cursor}").json()
        found += [one["name"] for one in page["items"]]
        cursor = page["next"] or ""
        if not cursor:
            break
    assert found == sorted(console.services.rules.by_name)
    assert page["total"] == len(found)


def test_one_rule_is_told_with_cases_that_ran(console: Console) -> None:
    """Its threshold, its file, both languages."""
    told = console.program("analyst").get(ONE).json()
    assert told["threshold"] == {"count": 15, "timespan_s": 300.0}
    assert {case["kind"] for case in told["tested"]} == {"fires", "silent"}
    assert all(case["right"] for case in told["tested"])
    assert told["file"].startswith("title: ")
    assert set(told["sentence"]) == {"zh", "en"}


def test_a_decision_needs_the_etag_that_was_read(console: Console) -> None:
    """428 without one, 412 with an old one, else the change; cases run as tuned too."""
    program = console.program("analyst")
    etag = program.get(ONE).headers["etag"]
    change = {"count": 40, "severity": 20, "reason": "many programs here"}
    assert program.patch(ONE, json=change).status_code == 428
    changed = program.patch(ONE, json=change, headers={"if-match": etag})
    told = changed.json()
    assert (told["state"], told["severity"], told["decided"]["count"]) == ("tuned", 20, 40)
    assert [case["alerts_as_tuned"] for case in told["tested"] if case["kind"] == "fires"] == [0]
    assert all(case["right"] for case in told["tested"])
    again = program.patch(ONE, json=change, headers={"if-match": etag})
    assert again.status_code == 412
    kept = program.patch(ONE, json={"enabled": False, "reason": "off"}, headers={"if-match": changed.headers["etag"]})
    assert (kept.json()["state"], kept.json()["decided"]["count"]) == ("disabled", 40)


def test_what_cannot_be_is_refused(console: Console) -> None:
    """A threshold of a rule without one, no reason, other types, marks that are none, and who may not."""
    program = console.program("analyst")
    plain = "/api/v1/rules/modbus_file_write"
    etag = {"if-match": program.get(plain).headers["etag"]}
    assert program.patch(plain, json={"count": 5, "reason": "x"}, headers=etag).status_code == 400
    for wrong in ({"severity": 101, "reason": "x"}, {"severity": 5}, {"enabled": [], "reason": "x"}):
        assert program.patch(plain, json=wrong, headers=etag).status_code == 422
    for mark in ("*", '"x"', '"99999999999999999999"'):
        assert program.patch(plain, json={"reason": "x"}, headers={"if-match": mark}).status_code == 412
    assert program.get("/api/v1/rules/nothing").status_code == 404
    responder = console.program("responder")
    assert responder.get(plain).status_code == 200
    assert responder.patch(plain, json={"reason": "x"}, headers=etag).status_code == 403
    assert console.program("enterprise_user").get("/api/v1/rules").status_code == 403


def test_exemptions_are_added_and_lifted(console: Console) -> None:
    """Once; what names nothing or no enterprise of the site is refused."""
    program = console.program("analyst")
    new = {"enterprise": "chem", "source": "10.20.1.10", "reason": "scanner"}
    made = program.post(f"{ONE}/exemptions", json=new)
    assert made.status_code == 201
    assert made.json()["source"] == "10.20.1.10/32"
    assert program.get(ONE).json()["exemptions"] == 1
    path = f"{ONE}/exemptions/{made.json()['id']}"
    assert [program.delete(path).status_code for _ in range(2)] == [204, 404]
    for wrong in ({}, {"enterprise": "nobody"}, {"source": "x"}):
        assert program.post(f"{ONE}/exemptions", json={**wrong, "reason": "x"}).status_code == 400


def test_the_coverage(console: Console) -> None:
    """By version; a rule that is off covers nothing."""
    program = console.program("analyst")
    told = program.get(f"/api/v1/attack-coverage?{EVER}").json()
    cells = {one["id"]: one for tactic in told["items"] for one in tactic["techniques"]}
    assert (len(cells), sum(bool(one["rules"]) for one in cells.values())) == (told["total"], told["covered"])
    assert "flow_port_scan" in cells["T0846"]["rules"]
    etag = program.get(ONE).headers["etag"]
    program.patch(ONE, json={"enabled": False, "reason": "off"}, headers={"if-match": etag})
    later = program.get("/api/v1/attack-coverage?version=v19").json()
    techniques = [one for tactic in later["items"] for one in tactic["techniques"]]
    assert all("flow_port_scan" not in one["rules"] for one in techniques)
    assert program.get("/api/v1/attack-coverage?version=v1").status_code == 422
