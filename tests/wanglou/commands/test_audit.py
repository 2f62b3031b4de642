"""``wanglou audit``."""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path
from typing import get_args

import pytest

from correlation.lake import Lake
from correlation.store import Expired
from tests.support.command_line import SAMPLE, Screen, run
from tests.support.ledgers import add_notes, open_notes
from tests.support.postgresql import Server
from wanglou.audit import GUARDS, local_actor
from wanglou.chain import Finding, Kind
from wanglou.commands.audit import read_state, tell_change, tell_finding
from wanglou.languages import LANGUAGES, Language


def tamper(lake: Path, statement: str) -> None:
    """Change the audit as somebody with the file would."""
    connection = sqlite3.connect(lake / "ledger.db")
    guards = ";".join(GUARDS["sqlite"])
    connection.executescript(f"DROP TRIGGER audit_no_update; DROP TRIGGER audit_no_delete; {statement}; {guards};")
    connection.close()


def test_what_the_command_line_changes_is_audited(lake_copy: Path) -> None:
    """Reading and deleting a capture tell who, from where, what was there before and after."""
    assert run("capture", "delete", SAMPLE.name, "--yes", "--lake", lake_copy).code == 0
    done = run("audit", "list", "--json", "--lake", lake_copy)
    rows = [json.loads(line) for line in done.out.splitlines()]
    assert (done.code, done.err) == (0, "")
    actions = [*["component.created"] * 3, "capture.started", "capture.read", "capture.deleted"]
    assert [row["event.action"] for row in rows] == actions[::-1]
    deleted, read, started = rows[:3]
    assert {(row["audit.actor"], row["audit.origin"]) for row in rows} == {(local_actor().name, local_actor().origin)}
    assert {row["organization.id"] for row in (deleted, read, started)} == {"chem"}
    assert started["audit.after"]["name"].endswith(SAMPLE.name)
    assert (read["audit.before"]["state"], read["audit.after"]["state"]) == ("ingesting", "complete")
    assert read["audit.after"]["records"] == deleted["audit.before"]["records"]
    assert "audit.after" not in deleted
    assert [row["event.sequence"] for row in rows] == [6, 5, 4, 3, 2, 1]


def test_changes_are_listed(lake_folder: Path) -> None:
    """A table tells when, who, what, and each value before and after; filters leave what fits them."""
    done = run("audit", "list", "--action", "capture.*", "--enterprise", "chem", "--lake", lake_folder)
    assert (done.code, done.err) == (0, "2 of 2 changes\n")
    for part in ("capture.read", "capture.started", "#5", local_actor().name, "state: ingesting → complete"):
        assert part in done.out
    assert "component" not in done.out
    assert run("audit", "list", "--limit", "1", "--lake", lake_folder).err == "1 of 5 changes\n"
    for option, value in (("--actor", "user:x"), ("--kind", "x"), ("--subject", "x"), ("--from", "2100-01-01")):
        assert run("audit", "list", option, value, "--lake", lake_folder).err == "0 of 0 changes\n"
    assert run("audit", "list", "--to", "yesterday", "--lake", lake_folder).code == 2


def test_an_audit_as_it_was_written(lake_folder: Path) -> None:
    """Code 0, the number of rows, and the head; the head that was kept fits."""
    head = run("audit", "head", "--lake", lake_folder).out.strip()
    assert head.startswith("5:")
    for kept in ((), ("--head", head), ("--head", head[2:])):
        done = run("audit", "verify", *kept, "--lake", lake_folder)
        assert (done.code, done.out) == (0, "The audit is as it was written: 5 rows.\n")
        assert done.err == f"head: {head}\n"
    done = run("audit", "verify", "--json", "--lake", lake_folder)
    assert json.loads(done.out) == {"rows": 5, "head": head, "findings": []}


def test_an_audit_that_was_changed(lake_copy: Path) -> None:
    """Code 1, and a line for each row that is not as it was written."""
    tamper(lake_copy, "UPDATE audit SET actor = 'os:nobody' WHERE seq = 2; DELETE FROM audit WHERE seq > 2")
    done = run("audit", "verify", "--lake", lake_copy)
    assert done.code == 1
    assert done.out == "row 2: changed since it was written\nrows 3 to 5: removed\n"
    assert done.err == "the audit is not as it was written (2 rows looked at)\n"
    done = run("audit", "verify", "--json", "--lake", lake_copy)
    assert done.code == 1
    assert json.loads(done.out)["findings"] == [
        {"kind": "changed", "first": 2, "last": 2},
        {"kind": "removed", "first": 3, "last": 5},
    ]


def test_a_head_of_another_audit(lake_folder: Path) -> None:
    """It is a finding; what is no head is wrong use."""
    done = run("audit", "verify", "--head", f"4:{'0' * 64}", "--lake", lake_folder)
    assert (done.code, done.out.splitlines()[0][:40]) == (1, "row 4: not the row that the head given t")
    done = run("audit", "verify", "--head", "0" * 64, "--lake", lake_folder)
    assert done.out.startswith("the audit: not the row that the head given tells of")
    assert run("audit", "verify", "--head", "nonsense", "--lake", lake_folder).code == 2


def test_an_anchor_that_is_none(lake_copy: Path) -> None:
    """A file that holds something else fails with its name; one that is gone is a finding."""
    anchor = lake_copy / "ledger.db-anchor"
    anchor.write_text("nonsense")
    done = run("audit", "verify", "--lake", lake_copy)
    assert (done.code, str(anchor) in done.err) == (3, True)
    anchor.unlink()
    done = run("audit", "verify", "--lake", lake_copy)
    assert (done.code, done.out.startswith("the audit: its anchor file is gone")) == (1, True)
    assert run("audit", "head", "--begin-anchor", "--lake", lake_copy).out.startswith("6:")
    assert run("audit", "verify", "--lake", lake_copy).code == 0


def test_what_was_made_of_a_state_is_shown(lake_copy: Path) -> None:
    """A state that is no JSON any more, with a control character, is shown as it is and moves no cursor."""
    tamper(lake_copy, "UPDATE audit SET after = '[1' || char(27) || '[2J' WHERE seq = 5")
    done = run("audit", "list", "--lake", lake_copy)
    assert (done.code, "\x1b" in done.out) == (0, False)
    assert "?: ingesting" not in done.out
    assert "[1\\x1b[2J" in done.out
    assert "\x1b" not in run("audit", "list", "--json", "--lake", lake_copy).out


def test_a_lake_that_is_not_there(tmp_path: Path) -> None:
    """All three fail with one message, and make nothing."""
    for command in ("list", "verify", "head"):
        done = run("audit", command, "--lake", tmp_path / "none")
        assert done.code == 3
        assert done.err.startswith(f"error: {tmp_path / 'none' / 'ledger.db'}: there is no ledger")
    assert run("audit", "list", "--ledger", tmp_path / "none.db").code == 3
    assert run("audit", "list", "--ledger", "mysql://x/y").code == 2
    assert list(tmp_path.iterdir()) == []


def test_a_ledger_of_its_own(tmp_path: Path) -> None:
    """A file is named by path or by URL."""
    path = tmp_path / "ledger.db"
    ledger = open_notes(path)
    add_notes(ledger, "ab")
    ledger.close()
    for location in (str(path), f"sqlite:///{path}"):
        assert run("audit", "verify", "--ledger", location).out == "The audit is as it was written: 4 rows.\n"


@pytest.mark.needs_postgresql
def test_a_ledger_on_a_server(postgresql: Server, tmp_path: Path) -> None:
    """The three work by URL; without an anchor it is said what verification cannot find."""
    place = postgresql.create_schema()
    ledger = open_notes(place)
    add_notes(ledger, "ab")
    ledger.close()
    assert run("audit", "list", "--ledger", place, "--kind", "note").err == "2 of 2 changes\n"
    done = run("audit", "verify", "--ledger", place)
    assert (done.code, done.out) == (0, "The audit is as it was written: 4 rows.\n")
    assert done.err.splitlines()[1].startswith("Without an anchor, ")
    head = run("audit", "head", "--ledger", place).out.strip()
    assert len(run("audit", "verify", "--ledger", place, "--head", head).err.splitlines()) == 1
    assert run("audit", "verify", "--ledger", place, "--anchor", tmp_path / "none").code == 1


def test_the_ledger_of_a_cluster(tmp_path: Path) -> None:
    """It is the user's; where there is none it is said what to give instead, and nothing is asked of the cluster."""
    place, named = "https://127.0.0.1:1", {"XDG_STATE_HOME": str(tmp_path)}
    done = run("audit", "verify", "--store", place, environment=named)
    assert (done.code, "--ledger" in done.err, [*tmp_path.iterdir()]) == (3, True, [])
    path = Path(re.findall(r"/\S*/ledger-\w+\.db", done.err)[0])
    path.parent.mkdir()
    open_notes(path).close()
    assert run("audit", "verify", "--store", place, environment=named).code == 0


def test_changes_are_told_by_value() -> None:
    """Values that came, went and changed; long ones are cut."""
    before, after = {"a": 1, "b": "x", "c": None}, {"b": "y", "c": [1], "d": "z" * 100}
    told = list(tell_change(before, after))
    assert told[:3] == ["a: 1", "b: x → y", "c: null → [1]"]
    assert (told[3][:6], told[3][-1], len(told[3])) == ("d: zzz", "…", 60)
    assert (read_state(None), read_state("[1]"), read_state("{")) == ({}, {"?": "[1]"}, {"?": "{"})


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_finding_has_its_words(language: Language) -> None:
    """In both languages, with the rows they are about."""
    terminal = Screen(language).terminal
    kinds = get_args(Kind)
    told = {tell_finding(terminal, Finding(kind, 7, 9, 3)) for kind in kinds}
    assert len(told) == len(kinds)
    assert all("7" in line and "9" in line for line in told)
    assert "3" in tell_finding(terminal, Finding("moved", 7, 7, 3))


@pytest.mark.parametrize("expire", [lambda lake: lake.expire(0), lambda lake: lake.expire_older(date.max)])
def test_expired_days_are_audited(lake_copy: Path, expire: Callable[[Lake], Sequence[Expired]]) -> None:
    """The day with what it held, and the captures that went with it: by size and by age."""
    with Lake(lake_copy) as lake:
        (expired,) = expire(lake)
    done = run("audit", "list", "--json", "--limit", "2", "--lake", lake_copy)
    capture, day = (json.loads(line) for line in done.out.splitlines())
    assert (day["event.action"], day["audit.subject"]) == ("day.expired", expired.day)
    assert day["audit.before"] == {"records": dict(expired.rows), "size_bytes": expired.size_bytes}
    assert (capture["event.action"], capture["audit.before"]["state"]) == ("capture.expired", "complete")


@pytest.mark.parametrize(
    "command",
    [
        ("incidents", "show"),
        ("assets", "show"),
        ("capture", "delete", "--yes"),
        ("risk", "show"),
        ("show",),
        ("alerts", "triage"),
        ("alerts", "suppress", "--lift"),
    ],
)
def test_a_very_long_id_is_none(lake_copy: Path, command: tuple[str, ...]) -> None:
    """No such thing is there, said in a line that can be read."""
    done = run(*command, "a" * 100_000, "--lake", lake_copy)
    assert done.code in (2, 3)
    assert "LIKE" not in done.err
    assert len(done.err) < 1_000


def test_very_long_filters_and_limits(lake_copy: Path) -> None:
    """Nothing begins so; a limit beyond any number of records is told to be too large; no figure has no name."""
    for option in ("--subject", "--action"):
        assert run("audit", "list", option, "a" * 100_000 + "*", "--lake", lake_copy).code == 0
    for command in (("search", "*"), ("audit", "list"), ("alerts",), ("incidents", "list"), ("assets", "list")):
        done = run(*command, "--limit", "9" * 20, "--lake", lake_copy)
        assert (done.code, done.out) == (2, "")
        assert "the limit is too large" in done.err
    assert run("risk", "show", "", "--lake", lake_copy).code in (2, 3)
