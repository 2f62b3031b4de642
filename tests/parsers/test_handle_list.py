"""Lists in Handle bodies."""

from __future__ import annotations

import struct

import numpy as np

from parsers.handle_list import take_indexes, take_texts, take_values
from parsers.handle_pdu import ERRORS, ITEMS, MOST_ITEMS, PDU, VALUE_BYTES, VALUES, clear, make_pools
from tests.support.handles import array, numbers, texts, value, values


def cleared() -> np.record:
    """A message without fields."""
    row: np.record = np.recarray(1, dtype=PDU)[0]
    clear(row)
    return row


def test_lists_go_to_their_pools() -> None:
    """Items are kept up to the bound, the rest is passed over, and reading goes on behind the list."""
    content = numbers(*range(MOST_ITEMS + 2)) + texts("a", "b") + values(value(1, "URL", "x", references=[("r", 2)]))
    pools, p, data = make_pools(len(content), 1), cleared(), array(content)
    at = take_indexes(data, 0, len(data), p, pools)
    at = take_texts(data, at, len(data), p, pools)
    assert take_values(data, at, len(data), p, pools) == len(data)
    assert (p["indexes"], p["texts"], p["values_count"], p["references"]) == (MOST_ITEMS, 2, 1, 1)
    assert pools.used[[ITEMS, VALUES]].tolist() == [MOST_ITEMS + 3, 1]
    assert p["passed"] == 2
    assert (pools.values["references"][0], pools.items["index"][p["first_reference"]]) == (1, 2)


def test_the_shortest_value() -> None:
    """No value is shorter than what bounds their count."""
    assert len(value(1, "", "")) == VALUE_BYTES


def test_counts_beyond_the_bytes() -> None:
    """What is there of a list whose count is impossible is still read."""
    content = struct.pack("!I", 0xFFFFFFFF) + struct.pack("!3I", 7, 8, 9)
    pools, p = make_pools(len(content), 1), cleared()
    take_indexes(array(content), 0, len(content), p, pools)
    assert (ERRORS[p["error"]], p["malformed"], p["said"]) == ("count", 1, 0xFFFFFFFF)
    assert pools.items["index"][: p["indexes"]].tolist() == [7, 8, 9]
