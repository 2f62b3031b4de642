"""The registry of tables: what is named there can be made, and nothing is named twice."""

from __future__ import annotations

from parsers.columns import Origin
from parsers.framing import ORDER
from parsers.protocol import NAMES, SILENT
from parsers.registry import DERIVED_TABLES, FRAME_TABLES, MESSAGE_TABLES
from parsers.schema import DATASETS
from parsers.tracker import Limits

ORIGIN = Origin("c" * 64, "sensor", lambda _source, _destination: "")


def test_tables_read_what_gives_messages() -> None:
    """Only protocols that give messages are read."""
    apps = {app for _, _, known in MESSAGE_TABLES for app in known}
    assert apps <= {app for app in NAMES if app < SILENT}
    assert apps & set(ORDER)


def test_tables_make_declared_datasets() -> None:
    """Each table makes a dataset of its own that the schema declares."""
    names = [name for name, _, _ in MESSAGE_TABLES] + [name for name, _, _ in DERIVED_TABLES]
    assert len(set(names)) == len(names)
    assert set(names) - set(DATASETS) == {"dhcp"}  # its rows only feed the datasets behind it


def test_tables_begin_with_nothing() -> None:
    """A new table waits for nothing and has counted nothing."""
    for _, make, _ in MESSAGE_TABLES:
        table = make(ORIGIN, Limits())
        assert (len(table.waiting), set(table.counters.values())) == (0, {0})
    for counted in [make(ORIGIN) for make in FRAME_TABLES] + [make(ORIGIN) for _, make, _ in DERIVED_TABLES]:
        assert set(counted.counters.values()) <= {0}
