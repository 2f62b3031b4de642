"""Questions to a cluster: no more is read than they need, a busy node is asked again, too much is told."""

from __future__ import annotations

from pathlib import Path

import pytest

from correlation.elastic import Elastic
from correlation.elastic_client import Address
from correlation.elastic_query import compile_query
from tests.support.faults import Fault, stand_before
from tests.support.lakes import DAY_NS, MODBUS, START_NS, make_record, make_records
from tests.support.stores import fill, list_records
from wanglou.errors import UsageError


@pytest.mark.parametrize("by_query", [True, False])
def test_indices_of_other_days_are_passed_over(elastic: Elastic, by_query: bool) -> None:
    """A question about one day reads that day's index only, of however many there are."""
    fill(elastic, [make_record(number, time_ns=START_NS + number * DAY_NS) for number in range(5)])
    start = START_NS + 2 * DAY_NS
    text, times = ("@timestamp:2026-09-23", (None, None)) if by_query else ("", (start, start + DAY_NS))
    query = compile_query(elastic._parse(MODBUS, text, *times))
    pattern = f"{elastic.address.prefix}-modbus-*"
    answer = elastic._client.search(index=pattern, query=query, pre_filter_shard_size=1)
    assert answer["hits"]["total"]["value"] == 1
    assert (answer["_shards"]["total"], answer["_shards"]["skipped"]) == (5, 4)


def test_a_question_that_is_too_much(elastic: Elastic) -> None:
    """The server's limit is the asker's fault, and told as such."""
    fill(elastic, make_records(range(2)))
    with pytest.raises(UsageError, match="too much"):
        elastic.count("modbus", f"event.action:{'*a?' * 2000}b")


@pytest.mark.parametrize("faults", [[503, 503], ["close"], [429]])
def test_searches_are_tried_again(elastic: Elastic, faults: list[Fault]) -> None:
    """A busy or restarting node costs time only."""
    fill(elastic, make_records(range(5)))
    with stand_before(elastic.address.urls[0], faults, path="_search") as proxy:
        address = Address((proxy.url,), prefix=elastic.address.prefix)
        with Elastic(address, dead_letters=Path("unused")) as store:
            assert len(list_records(store, "modbus", limit=5)) == 5
