"""Numbers the values that matches are grouped and folded by."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from detection.classes import read_values
from detection.coding import NULL
from detection.distinct import Kinds


class Keys:
    """Numbers the distinct values of a few fields (group or entity keys) among kinds."""

    def __init__(self, places: Sequence[int]) -> None:
        """Read the columns at ``places``."""
        self.places = list(places)
        self.values: list[tuple[Any, ...]] = []
        self._distinct = Kinds(len(self.places))
        self._of_kind = np.zeros(1024, dtype=np.int32)
        self._known = 0

    @property
    def of_kind(self) -> NDArray[np.int32]:
        """int32[kinds]: number of each kind's key, its place in ``values``."""
        return self._of_kind[: self._known]

    def learn(self, codes: NDArray[np.int64], columns: Sequence[pa.Array], rows: NDArray[np.int64]) -> None:
        """Number the keys of new kinds: codes int64[columns, n] of the values at ``rows`` int64[n] of ``columns``.

        A value whose code is ``NULL`` is read as missing.
        """
        numbers, firsts = self._distinct.number(np.ascontiguousarray(codes[self.places]))
        if len(firsts):
            values = (_read(columns[place], codes[place, firsts], rows[firsts]) for place in self.places)
            self.values.extend(zip(*values, strict=True))
        end = self._known + codes.shape[1]
        if end > len(self._of_kind):
            self._of_kind = np.concatenate([self._of_kind, np.zeros(end, dtype=np.int32)])
        self._of_kind[self._known : end] = numbers
        self._known = end


def _read(column: pa.Array, codes: NDArray[np.int64], rows: NDArray[np.int64]) -> list[Any]:
    """Read the values at some rows."""
    values = read_values(column.take(pa.array(rows)))
    return [None if code == NULL else value for code, value in zip(codes.tolist(), values, strict=True)]
