"""Order and positions of a search on a cluster; the contract asks whole stores."""

from __future__ import annotations

import pytest

from correlation.elastic_search import sort_of
from correlation.lake import default_datasets


@pytest.mark.parametrize("dataset", default_datasets())
def test_the_order_is_total_and_in_whole_numbers(dataset: str) -> None:
    """Time in nanoseconds first, then what makes the id."""
    declared = default_datasets()[dataset]
    order = [next(iter(part)) for part in sort_of(declared, newest_first=True)]
    rest = ["event.id"] if dataset == "alert" else ["wanglou.capture", "wanglou.packet", "wanglou.pdu"]
    assert order == ["@timestamp_ns", *rest]
    assert {next(iter(part.values())) for part in sort_of(declared, newest_first=False)} == {"asc"}
