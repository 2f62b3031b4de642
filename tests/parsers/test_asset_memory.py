"""What is known of devices, and what is told again."""

from __future__ import annotations

from parsers import asset_memory
from parsers.asset_memory import AGAIN, CHANGED, FIRST, MOST_VALUES, Key, Memory

MAC = Key("plant", "10.0.0.1", "arp", "mac")
SERVICE = Key("plant", "10.0.0.1", "flow", "service")


def test_a_value_is_told_once_an_hour() -> None:
    """First, then again in another hour; earlier hours do not count back."""
    memory = Memory(10)
    assert [memory.note(SERVICE, "a", hour)[0] for hour in (5, 5, 6, 5, 7)] == [FIRST, "", AGAIN, "", AGAIN]


def test_another_value_of_a_single_fact_is_a_change() -> None:
    """The value before is told; once an hour, however often it comes and goes."""
    memory = Memory(10)
    told = [memory.note(MAC, value, 5) for value in ("a", "b", "a", "b")]
    assert told == [(FIRST, ""), (CHANGED, "a"), ("", ""), ("", "")]
    assert memory.note(MAC, "a", 6) == (CHANGED, "b")
    assert memory.note(MAC, "a", 7) == (AGAIN, "")


def test_several_services_are_no_change() -> None:
    """A device may have many."""
    memory = Memory(10)
    assert [memory.note(SERVICE, value, 5)[0] for value in "abc"] == [FIRST] * 3


def test_enterprises_devices_and_sources_do_not_mix() -> None:
    """The same address of two enterprises is two devices."""
    memory = Memory(10)
    keys = [MAC, MAC._replace(organization="other"), MAC._replace(device="10.0.0.2"), MAC._replace(source="flow")]
    assert [memory.note(key, "a", 5)[0] for key in keys] == [FIRST] * 4


def test_facts_are_bounded() -> None:
    """The one longest not seen is forgotten and counted."""
    memory = Memory(2)
    keys = [MAC._replace(device=str(number)) for number in range(3)]
    for key in (keys[0], keys[1], keys[0], keys[2]):
        memory.note(key, "a", 5)
    assert len(memory) == 2
    assert memory.counters["asset_facts_forgotten"] == 1
    assert [memory.note(key, "a", 5)[0] for key in (keys[0], keys[2], keys[1])] == ["", "", FIRST]


def test_many_values_push_out_many_facts() -> None:
    """The bound is on all values together."""
    memory = Memory(100)
    for number in range(50):
        memory.note(MAC._replace(device=str(number)), "a", 5)
    for number in range(90):
        memory.note(SERVICE, str(number), 5)
    assert len(memory) == 100
    assert memory.counters["asset_facts_forgotten"] == 40


def test_values_are_bounded() -> None:
    """More than so many in an hour are counted; those not seen for an hour make room."""
    memory = Memory(1_000)
    told = [memory.note(SERVICE, str(number), 5)[0] for number in range(MOST_VALUES + 3)]
    assert told == [FIRST] * MOST_VALUES + [""] * 3
    assert memory.counters["asset_values_dropped"] == 3
    assert memory.note(SERVICE, "new", 6)[0] == ""
    assert memory.note(SERVICE, "new", 7)[0] == FIRST
    assert len(memory) == 1
    assert {"mac", "firmware"} <= asset_memory.SINGLE
