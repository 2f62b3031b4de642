"""How records become rows."""

from __future__ import annotations

from pathlib import Path

import pytest

from correlation.lake import Lake
from correlation.record import read_records
from tests.support.command_line import Screen
from wanglou.commands.columns import choose_columns, print_rows
from wanglou.commands.identity import ShortIds
from wanglou.commands.transactions import TELLINGS
from wanglou.languages import LANGUAGES, Language, load_catalogue

RECORD = {
    "@timestamp": 1_732_176_488_123_456_789,
    "event.id": "a" * 16 + "-modbus-5-0",
    "source.ip": "10.0.0.1",
    "destination.ip": "10.0.0.2",
    "destination.port": 502,
    "modbus.unit_id": 0,
    "modbus.function.name": "write_multiple_registers",
    "modbus.request.address": 0,
    "modbus.request.quantity": 2,
    "modbus.request.values": [1, 65535],
    "wanglou.pairing": "paired",
}


def shown(record: dict[str, object], *, width: int = 120, language: Language = "en") -> str:
    """Print one Modbus record."""
    screen = Screen(language, width=width)
    print_rows(screen.terminal, "modbus", [record], ShortIds([]))
    return screen.out


def test_a_record_says_who_did_what() -> None:
    """Time and id, both ends, unit and function, range, values and result are all there."""
    out = shown(RECORD)
    for part in (
        "2024-11-21 08:08:08.123", "aaaaaa-modbus-5-0", "10.0.0.1 → 10.0.0.2:502", "unit 0 write_multiple_registers",
        "0+2", "← 1 65535", "ok",
    ):  # fmt: skip
        assert part in out
    assert "单元 0" in shown(RECORD, language="zh")


def test_what_was_counted_by_the_minute() -> None:
    """The minute and the dataset, both ends, what was done and how it ended, how often and how much."""
    counted = {
        "@timestamp": 1_732_176_480_000_000_000, "event.id": "a" * 16 + "-rollup-modbus-1732176480-kabc",
        "source.ip": "10.0.0.1", "destination.ip": "10.0.0.2", "destination.port": 502, "event.action": "read_coils",
        "event.outcome": "success", "wanglou.rollup.dataset": "modbus", "wanglou.rollup.count": 12_345,
        "wanglou.rollup.bytes.sum": 2_000_000,
    }  # fmt: skip
    screen = Screen(width=120)
    print_rows(screen.terminal, "rollup", [counted], ShortIds([]))
    for part in (
        "2024-11-21 08:08:00",
        "modbus",
        "10.0.0.1 → 10.0.0.2:502",
        "read_coils",
        "success",
        "12,345",
        "2.0 MB",
    ):
        assert part in screen.out
    assert "kabc" not in screen.out


def test_narrow_terminals_get_no_year() -> None:
    """At 80 characters all columns still fit, and no line is longer."""
    out = shown(RECORD, width=80)
    assert "11-21 08:08:08.123" in out
    assert "2024-" not in out
    assert max(map(len, out.splitlines())) <= 80
    assert "Result" in out


@pytest.mark.parametrize(
    ("change", "result"),
    [
        ({"modbus.exception.name": "illegal_function"}, "illegal_function"),
        ({"wanglou.pairing": "malformed", "error.code": "length"}, "length"),
        ({"wanglou.pairing": "no_response"}, "no_response"),
    ],
)
def test_results(change: dict[str, object], result: str) -> None:
    """An exception, an error, or how it was paired stands in the last column."""
    assert result in shown({**RECORD, **change})


def test_records_of_which_little_is_known() -> None:
    """A record without most of its fields is a row all the same."""
    assert "? → ?" in shown({key: RECORD[key] for key in ("@timestamp", "event.id")})


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("dataset", ["modbus", "flow", "alert"])
def test_every_dataset_has_a_table(lake: Lake, dataset: str, language: Language) -> None:
    """Real records of each dataset fit a terminal of 80 characters, with headers in both languages."""
    screen = Screen(language, width=80)
    records = [record for batch in lake.search(dataset, limit=5) for record in read_records(batch)]
    print_rows(screen.terminal, dataset, records, ShortIds(lake.captures()))
    lines = screen.out.splitlines()
    assert len(lines) >= 2 + len(records)
    assert all(screen.terminal.out.measure(line).maximum <= 80 for line in lines)
    headers = [column.header for column in choose_columns(dataset, narrow=True)]
    assert all(load_catalogue(language)(f"column.{header}") in lines[0] for header in headers)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("width", [80, 120])
def test_tables_of_other_protocols_fit(mixed_folder: Path, language: Language, width: int) -> None:
    """Every record of every dataset is told within the terminal, in few lines, with headers in both languages."""
    with Lake(mixed_folder) as lake:
        for dataset in TELLINGS:
            screen = Screen(language, width=width)
            records = [record for batch in lake.search(dataset) for record in read_records(batch)][:300]
            print_rows(screen.terminal, dataset, records, ShortIds(lake.captures()))
            lines = screen.out.splitlines()
            assert all(screen.terminal.out.measure(line).maximum <= width for line in lines)
            assert len(lines) <= 2 + 8 * len(records)
            assert load_catalogue(language)("column.result") in lines[0]


@pytest.mark.parametrize("width", [40, 60, 75])
def test_cramped_terminals_stack_columns(width: int) -> None:
    """Columns that do not fit stand below the conversation by name, and no line is longer than the terminal."""
    out = shown(RECORD, width=width)
    assert max(map(len, out.splitlines())) <= width
    for part in ("Range: 0+2", "Values: ← 1 65535", "Result: ok"):
        assert part in out
    assert len(out.splitlines()) < 12
