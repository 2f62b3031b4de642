"""Short ids and what they stand for."""

from __future__ import annotations

from pathlib import Path

import pytest

from correlation.lake import Lake
from correlation.store import Capture, CaptureRecord
from wanglou.commands.identity import ShortIds, find_capture, resolve_event
from wanglou.errors import UsageError

A, B = "abcdef" + "0" * 58, "abcdef" + "1" * 58


def capture(identity: str, name: str = "x.pcap") -> Capture:
    """Make a capture as a lake would list it."""
    return Capture(CaptureRecord(identity, name), "complete")


def test_ids_are_as_short_as_they_can_be() -> None:
    """Six digits, or as many as tell the captures apart."""
    assert ShortIds([capture(A)]).of_capture(A[:16]) == "abcdef"
    assert ShortIds([capture(A), capture(B)]).of_capture(A[:16]) == "abcdef0"


def test_the_enterprise_stays_where_digits_do_not_tell() -> None:
    """One file read for two enterprises is two captures."""
    short = ShortIds([capture(f"{A}@water"), capture(f"{A}@chem")])
    assert short.of_event(f"{A[:16]}@chem-modbus-12-0") == "abcdef@chem-modbus-12-0"


def test_records_and_alerts_are_shortened() -> None:
    """What follows the capture stays; what is no id stays altogether."""
    short = ShortIds([capture(f"{A}@plant-2")])
    assert short.of_event(f"{A[:16]}@plant-2-modbus-12-0") == "abcdef-modbus-12-0"
    assert short.of_event("alert-0123456789abcdef0123456789abcdef") == "alert-01234567"
    assert short.of_event("something else") == "something else"


def test_captures_are_found_by_what_begins_their_id_or_by_name() -> None:
    """Digits, digits with the enterprise, the file's path and its name all do."""
    all_of_them = [capture(f"{A}@water", "/data/a.pcap"), capture(f"{B}@chem", "/data/b.pcap")]
    for text in ("abcdef0", A, f"{A[:16]}@water", "abcdef@water", "/data/a.pcap", "a.pcap"):
        assert find_capture(all_of_them, text) is all_of_them[0]


@pytest.mark.parametrize(
    ("text", "said"),
    [("abcdef", "names 2 captures: "), ("ff", "no capture 'ff'"), ("", "no capture"), ("@water", "no cap")],
)
def test_what_names_none_or_several(text: str, said: str) -> None:
    """The message says which, and how to go on."""
    with pytest.raises(UsageError, match=said):
        find_capture([capture(f"{A}@water"), capture(f"{B}@water")], text)


def test_events_are_completed(lake: Lake) -> None:
    """The short id of each of a lake's records and alerts leads back to the whole one."""
    short = ShortIds(lake.captures())
    for dataset in ("modbus", "flow", "alert"):
        for batch in lake.search(dataset, limit=5):
            for event_id in batch.column("event.id").to_pylist():
                assert len(short.of_event(event_id)) < len(event_id)
                assert resolve_event(lake, short.of_event(event_id)) == event_id
                assert resolve_event(lake, event_id) == event_id


@pytest.mark.parametrize(
    "text", ["", "x", "abc", "alert-", "alert-zz", "zz-modbus-1-0", "000000-modbus-1-0", "alert-" + "0" * 32]
)
def test_what_is_no_id(lake: Lake, text: str) -> None:
    """It is wrong use, whatever it looks like."""
    with pytest.raises(UsageError):
        resolve_event(lake, text)


def test_an_alert_that_is_not_named_alone(lake: Lake, tmp_path: Path) -> None:
    """One digit may begin several alerts' ids; then more is asked for."""
    del tmp_path
    ids = [e for batch in lake.search("alert") for e in batch.column("event.id").to_pylist()]
    firsts = [e[len("alert-")] for e in ids]
    twice = [digit for digit in set(firsts) if firsts.count(digit) > 1]
    for digit in twice:
        with pytest.raises(UsageError, match="several alerts"):
            resolve_event(lake, f"alert-{digit}")
    for digit in set(firsts) - set(twice):
        assert resolve_event(lake, f"alert-{digit}").startswith(f"alert-{digit}")
