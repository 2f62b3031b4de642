"""Made-up transactions are as many as asked, in order, and hold what the queries look for."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from bench.lake import percentile
from bench.transactions import BLOCK_ROWS, INTRUDER, INTRUDER_ROWS, make_batches
from parsers.modbus_schema import MODBUS


def test_batches() -> None:
    """Rows, times over the whole span, packets without a gap, and the intruder in one block alone."""
    rows = 2 * BLOCK_ROWS + 1_000
    batches = list(make_batches(rows, 10**18, 10**12, "b" * 64, intruder_at=1))
    whole = pa.concat_tables(batches)
    assert whole.schema.equals(MODBUS.arrow)
    assert whole.num_rows == rows
    times = whole["@timestamp"].cast(pa.int64()).to_pylist()
    assert times == sorted(times)
    assert (times[0], times[-1] // 10**9) == (10**18, 10**9 + 999)
    assert whole["wanglou.packet"].to_pylist() == list(range(0, 2 * rows, 2))
    seen = [pc.sum(pc.equal(batch["source.ip"].cast(pa.string()), INTRUDER)).as_py() for batch in batches]
    assert seen[0] == seen[2] == 0
    assert INTRUDER_ROWS <= seen[1] <= INTRUDER_ROWS + 1


def test_percentile() -> None:
    """The smallest value that so many do not exceed."""
    assert percentile([float(value) for value in range(20, 0, -1)], 0.95) == 19
    assert percentile([5.0], 0.95) == 5
