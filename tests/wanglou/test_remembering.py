"""Which records are remembered."""

from __future__ import annotations

import pyarrow as pa

from wanglou.remembering import MOST_ROWS, Remembered


def make(rows: int) -> pa.Table:
    """Make a table of that many rows."""
    return pa.table({"n": list(range(rows))})


def test_few_records_are_remembered() -> None:
    """All of a small dataset or none of it, and nothing of the large ones."""
    remembered = Remembered()
    remembered.add({"flow": make(MOST_ROWS - 1), "modbus": make(5), "asset": make(0)})
    assert {name: table.num_rows for name, table in remembered.tables.items()} == {"flow": MOST_ROWS - 1}
    remembered.add({"flow": make(1), "alert": make(2)})
    assert {name: table.num_rows for name, table in remembered.tables.items()} == {"flow": MOST_ROWS, "alert": 2}
    remembered.add({"flow": make(1)})
    remembered.add({"flow": make(1)})
    assert set(remembered.tables) == {"alert"}
