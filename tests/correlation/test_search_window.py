"""Windows are read in the schema of results, and again where their files moved since they were listed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from correlation.damage import SegmentError
from correlation.lake import Lake
from correlation.manifest import Wanted, list_segments
from correlation.query_sql import Condition
from correlation.record import read_records, result_schema
from correlation.search_query import Asked
from correlation.search_window import Files, look_into, read_window
from correlation.windows import Window
from tests.support.lakes import DAY_NS, MODBUS, START_NS, fill, find, make_identity, make_lake, make_records, open_pair

ALL = Condition("TRUE")
ASKED = Asked(MODBUS, ALL, START_NS, START_NS + DAY_NS, 0, newest_first=True, after="")


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lake]:
    """A lake of two captures with equal times, one of them with a column of its own, and some alerts."""
    with open_pair(tmp_path_factory.mktemp("lake")) as lake:
        yield lake


def test_batches_have_the_schema_of_results(lake: Lake) -> None:
    """Columns, types and order are the dataset's, whatever the files hold."""
    batches = list(lake.search("modbus"))
    assert all(batch.schema.equals(result_schema(MODBUS)) for batch in batches)
    assert sum(batch.num_rows for batch in batches) == 300


def test_files_that_moved_are_listed_again(tmp_path: Path) -> None:
    """What compaction put elsewhere since a window was planned is found there; what nobody finds is an error."""
    with make_lake(tmp_path) as lake:
        for digit in "abcd":
            fill(lake, make_records(range(50), make_identity(digit)), make_identity(digit))
        expected = find(lake)
        with lake._ledger().reading() as connection:
            segments = list_segments(connection, Wanted("modbus"))
        window = Window(START_NS, START_NS + DAY_NS, tuple(segments))
        assert lake.compact().files
        with lake._ledger().reading() as connection:
            moved = list_segments(connection, Wanted("modbus"))
        files = Files(lake._reader, tmp_path, lambda: moved)
        found = [record for batch in read_window(ASKED, files, window, ALL, 0) for record in read_records(batch)]
        assert found == expected
        assert look_into(ASKED, files, window, ALL, 50).found == 50
        lost = Files(lake._reader, tmp_path, lambda: segments)
        with pytest.raises(SegmentError):
            list(read_window(ASKED, lost, window, ALL, 0))
