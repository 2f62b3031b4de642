"""``wanglou alerts``."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from correlation.lake import Lake
from tests.support.command_line import run
from wanglou.commands.alerts import make_query


def test_alerts_as_a_table(lake_folder: Path, lake: Lake) -> None:
    """Each alert has its severity, title, what it is about, techniques and an id to show it by."""
    done = run("alerts", "--lake", lake_folder)
    assert done.code == 0
    assert done.out.count("alert-") == lake.count("alert")
    for part in ("75 high", "Modbus write from a host that is not an allowed master", "10.20.3.66 → ", "T0855, T0836"):
        assert part in done.out
    assert done.err == f"{lake.count('alert')} of {lake.count('alert')} alerts\n"


def test_alerts_in_chinese(lake_folder: Path) -> None:
    """Titles and words are in the language asked for."""
    out = run("alerts", "--lake", lake_folder, "--lang", "zh").out
    assert "非授权主站写 Modbus" in out
    assert "75 高" in out


def test_narrow_terminals_leave_techniques_out(lake_folder: Path) -> None:
    """At 80 characters there is room for what matters most."""
    out = run("alerts", "--lake", lake_folder, width=80).out
    assert "T0855" not in out
    assert max(map(len, out.splitlines())) <= 80


def test_alerts_as_ndjson(lake_folder: Path, lake: Lake) -> None:
    """One alert a line, with its texts in both languages."""
    records = [json.loads(line) for line in run("alerts", "--json", "--lake", lake_folder).out.splitlines()]
    assert len(records) == lake.count("alert")
    assert all(record["wanglou.alert.sentence.zh"] and record["wanglou.alert.sentence.en"] for record in records)


def test_alerts_are_chosen(lake_folder: Path) -> None:
    """By severity, by the rule's name with wildcards, and by number."""

    def names(*arguments: str) -> list[tuple[str, int]]:
        lines = run("alerts", "--json", "--lake", lake_folder, *arguments).out.splitlines()
        return [(record["rule.name"], record["event.severity"]) for record in map(json.loads, lines)]

    assert {severity >= 70 for _, severity in names("--severity", "70")} == {True}
    assert {name for name, _ in names("--rule", "modbus_write_unauthorized")} == {"modbus_write_unauthorized"}
    assert {name.startswith("modbus_read") for name, _ in names("--rule", "modbus_read*")} == {True}
    assert len(names("--limit", "2")) == 2
    assert names("--severity", "100") == []


@pytest.mark.parametrize(
    ("severity", "rule", "query"),
    [
        (0, "", ""),
        (70, "", "event.severity:>=70"),
        (0, "a_b*", "rule.name:a_b*"),
        (1, "a b:(c)", r"event.severity:>=1 AND rule.name:a\ b\:\(c\)"),
    ],
)
def test_queries(severity: int, rule: str, query: str) -> None:
    """Whatever a rule's name holds is looked for as it is, but for wildcards."""
    assert make_query(severity, rule) == query


def test_any_name_can_be_asked_for(lake_folder: Path) -> None:
    """A name that no rule has finds nothing, and is no error."""
    for name in ('"', "a b", ":", "(", "\\", "*)", "-x", "化工"):
        assert run("alerts", "--json", "--rule", name, "--lake", lake_folder).code == 0


def test_alerts_tell_their_state(lake_copy: Path, lake: Lake) -> None:
    """Whether somebody took one up stands beside it, in tables and lines, and can be asked for."""
    total = lake.count("alert")
    (one, two) = [
        json.loads(line)["event.id"] for line in run("alerts", "--json", "--lake", lake_copy).out.splitlines()
    ][:2]
    run("alerts", "triage", one, "--state", "acknowledged", "--assignee", "li", "--lake", lake_copy)
    run("alerts", "triage", two, "--state", "closed", "--lake", lake_copy)
    told = [json.loads(line) for line in run("alerts", "--json", "--lake", lake_copy).out.splitlines()]
    states = [record["wanglou.triage.state"] for record in told]
    assert states == ["acknowledged", "closed", *["new"] * (total - 2)]
    assert told[0]["wanglou.triage.assignee"] == "li"
    done = run("alerts", "--state", "closed", "--lake", lake_copy)
    assert done.err == "1 of 1 alert\n"
    assert "closed" in done.out
    assert "已关闭" in run("alerts", "--state", "closed", "--lake", lake_copy, "--lang", "zh", width=80).out
    assert run("alerts", "--state", "new", "--limit", "1", "--lake", lake_copy).err == f"1 of {total - 2} alerts\n"
    wrong = run("alerts", "--state", "done", "--lake", lake_copy)
    assert (wrong.code, "acknowledged" in wrong.err) == (2, True)
