"""Counting gives the number of what searching finds."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from correlation.lake import Lake
from tests.support.lakes import find, open_pair


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lake]:
    """A lake of two captures with equal times, one of them with a column of its own, and some alerts."""
    with open_pair(tmp_path_factory.mktemp("lake")) as lake:
        yield lake


def test_counts(lake: Lake) -> None:
    """Counts are those of the search, from the manifest when nothing is asked."""
    assert lake.count("modbus") == 300
    for query in ("modbus.unit_id:3", "modbus.umas.session:7", "NOT modbus.umas.session:7", "source.ip:10.0.1.0/24"):
        assert lake.count("modbus", query) == len(find(lake, query)) > 0
