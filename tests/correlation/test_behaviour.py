"""Titles that say who did what to whom."""

from __future__ import annotations

from correlation.behaviour import Headline, find_behaviour, write_titles
from correlation.verbs import COMMAND, OTHER, OUTWARD, SENT_OUT, WRITE

SCAN, STOP, FLOOD, SILENT, BUSY = (
    find_behaviour(rule, ())
    for rule in ("flow_host_sweep", "modbus_umas_start_stop", "modbus_echo_flood", "modbus_server_silent",
                 "modbus_server_busy")
)  # fmt: skip


def test_what_an_alert_is_called() -> None:
    """The rule names it; for one that is not shipped the first technique that is listed."""
    assert find_behaviour("any", ("T9999", "T0855")) is COMMAND
    assert find_behaviour("modbus_safety_range_write", ("T0855",)) is not COMMAND
    assert find_behaviour("any", ()) is OTHER


def test_titles() -> None:
    """Up to three behaviours stand in the order they began, the heaviest chosen; many targets are counted."""
    told = Headline(["10.0.0.9"], [], ["10.0.0.1", "10.0.0.2"], [SCAN, COMMAND, SCAN])
    assert write_titles(told) == (
        "10.0.0.9 对 10.0.0.1、10.0.0.2 进行扫描探测、越权控制",
        "10.0.0.9 probed and sent commands without right to 10.0.0.1 and 10.0.0.2",
    )
    many = Headline(["a", "b", "c"], [], [], [SCAN, FLOOD, COMMAND, STOP])
    assert write_titles(many)[1] == (
        "a and 2 others flooded, sent commands without right to and sent start or stop commands to several targets"
    )


def test_titles_without_an_actor() -> None:
    """A suspect is told as one, nobody as unknown, a fault as a fault."""
    assert write_titles(Headline([], ["10.0.0.9"], ["10.0.0.1"], [FLOOD]))[1].startswith("10.0.0.9 (suspected) flo")
    assert write_titles(Headline([], [], ["10.0.0.1"], [FLOOD]))[0] == "未知来源 对 10.0.0.1 进行洪泛"
    fault = Headline([], [], ["10.0.0.1"], [FLOOD], is_fault=True)
    assert write_titles(fault) == ("10.0.0.1 发生故障", "10.0.0.1 failed")


def test_effects_are_nobodys_acts() -> None:
    """What a target shows is told of the target where nothing else is; beside an act it is left out."""
    assert write_titles(Headline([], [], ["10.0.0.1"], [SILENT])) == ("10.0.0.1 停止应答", "10.0.0.1 stopped answering")
    suspected = Headline([], ["10.0.0.9"], ["10.0.0.1"], [BUSY, SILENT])
    assert write_titles(suspected) == (
        "10.0.0.1 持续报忙、停止应答 (疑与 10.0.0.9 有关)",
        "10.0.0.1 answered busy and stopped answering (10.0.0.9 suspected)",
    )
    assert write_titles(Headline(["10.0.0.9"], [], ["10.0.0.1"], [SILENT, FLOOD]))[1] == "10.0.0.9 flooded 10.0.0.1"


def test_what_others_imply_is_not_named() -> None:
    """A write beside commands without right, packets beside what they carried."""
    told = Headline(["10.0.0.9"], [], ["10.0.0.1"], [WRITE, OUTWARD, COMMAND, SENT_OUT])
    assert write_titles(told)[1] == "10.0.0.9 sent commands without right to and sent Modbus out to 10.0.0.1"
    assert write_titles(Headline(["10.0.0.9"], [], ["10.0.0.1"], [WRITE]))[1] == "10.0.0.9 wrote to 10.0.0.1"
