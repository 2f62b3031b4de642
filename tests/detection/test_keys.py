"""Facts about ``detection.keys``."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from detection.coding import NULL, encode
from detection.keys import Keys


def test_equal_keys_share_a_number_and_keep_their_values() -> None:
    """Keys are numbered by first appearance over all kinds, and their values are read from the rows they came in."""
    columns = [pa.array(["a", "b", "a", "c"]).dictionary_encode(), pa.array([1, 2, 3, None], pa.uint8())]
    keys = Keys([1, 0])
    for rows in ([1, 0], [2, 3, 1]):
        places = np.array(rows)
        keys.learn(np.stack([encode(column)[places] for column in columns]), columns, places)

    assert keys.values == [(2, "b"), (1, "a"), (3, "a"), (None, "c")]
    assert keys.of_kind.tolist() == [0, 1, 2, 3, 0]


def test_values_that_a_kind_does_not_need_are_missing() -> None:
    """A value whose code was left out is no part of the key, whatever its row holds; lists are read as tuples."""
    columns = [pa.array([5], pa.timestamp("ns", tz="UTC")), pa.array([[1, 2]], pa.list_(pa.int64())), pa.array(["x"])]
    keys = Keys([0, 1, 2])
    keys.learn(np.array([[5], [encode(columns[1])[0]], [NULL]]), columns, np.zeros(1, dtype=np.int64))

    assert keys.values == [(5, (1, 2), None)]
