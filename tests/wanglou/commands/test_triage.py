"""``wanglou alerts triage`` and ``suppress``."""

from __future__ import annotations

from pathlib import Path

from correlation.lake import Lake
from tests.support.command_line import run


def first_alert(folder: Path) -> str:
    """Id of an alert of the lake."""
    with Lake(folder) as lake:
        return str(next(lake.search("alert", limit=1)).column("event.id")[0].as_py())


def test_taking_up_an_alert(lake_copy: Path) -> None:
    """State, assignee and comment are set, shown again, and audited with the enterprise."""
    identity = first_alert(lake_copy)
    assert "new" in run("alerts", "triage", identity[:14], "--lake", lake_copy).out
    given = ("--state", "acknowledged", "--assignee", "li", "--comment", "looked at")
    done = run("alerts", "triage", identity[:14], *given, "--lake", lake_copy)
    assert done.code == 0
    for part in (identity[:14], "acknowledged", "li", "looked at"):
        assert part in done.out
    assert "已确认" in run("alerts", "triage", identity[:14], "--lake", lake_copy, "--lang", "zh").out
    audit = run("audit", "list", "--kind", "alert", "--lake", lake_copy).out
    assert "alert.triaged" in audit
    assert "chem" in audit


def test_wrong_use(lake_copy: Path) -> None:
    """Unknown states, what is no alert, and suppressions without an end, a reason or a subject are refused."""
    identity = first_alert(lake_copy)
    assert run("alerts", "triage", identity, "--state", "done", "--lake", lake_copy).code == 2
    assert run("alerts", "triage", "nonsense", "--state", "closed", "--lake", lake_copy).code == 2
    for given in ((), ("--rule", "x", "--reason", "y"), ("--until", "2030-01-01", "--reason", "y"),
                  ("--rule", "x", "--until", "2030-01-01"), ("--lift", "none")):  # fmt: skip
        assert run("alerts", "suppress", *given, "--lake", lake_copy).code == 2


def test_what_is_no_subject(lake_copy: Path) -> None:
    """A rule that nobody knows, or what is no address, is refused with what is near; nothing is kept."""
    end = ("--until", "2030-01-01", "--reason", "y", "--lake", lake_copy)
    done = run("alerts", "suppress", "--source", "10.20.1.1x", *end)
    assert (done.code, "'10.20.1.1x' is no IP address" in done.err) == (2, True)
    done = run("alerts", "suppress", "--rule", "modbus_write_unauthorised", *end)
    assert (done.code, "did you mean modbus_write_unauthorized" in done.err) == (2, True)
    assert run("alerts", "suppress", "--list", "--lake", lake_copy).out.count("suppression-") == 0


def test_suppressing_until_it_is_lifted(lake_copy: Path) -> None:
    """What is suppressed opens no incident; lifted, it does again. The alerts stay in the list."""
    run("incidents", "rebuild", "--lake", lake_copy)
    given = ("--source", "10.20.3.66", "--until", "2030-01-01", "--reason", "inventory")
    done = run("alerts", "suppress", *given, "--lake", lake_copy)
    assert (done.code, done.err) == (0, "incidents: 0 opened, 0 changed, 1 removed\n")
    assert "inventory" in done.out
    assert run("incidents", "list", "--lake", lake_copy).err == "0 of 0 incidents\n"
    with Lake(lake_copy) as lake:
        assert run("alerts", "--lake", lake_copy).err.startswith(f"{lake.count('alert')} of")
    listed = run("alerts", "suppress", "--list", "--lake", lake_copy)
    assert listed.err == ""
    identity = next(word for word in listed.out.split() if word.startswith("suppression-"))
    lifted = run("alerts", "suppress", "--lift", identity, "--lake", lake_copy)
    assert lifted.err == "incidents: 1 opened, 0 changed, 0 removed\n"
    assert identity not in lifted.out
