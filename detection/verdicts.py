"""What the conditions of a dataset's rules say of rows, evaluated once per combination of classes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from detection.classes import Numbers, PairClasses, ValueClasses
from detection.conditions import Expression, compile_expressions, run_programmes, walk_leaves
from detection.distinct import Kinds
from detection.matches import SameAs
from detection.reduction import Codes, Reduction, reduce_rows
from parsers.schema import Field

CHUNK = 4096
"""Combinations evaluated at once; bounds the truth matrix."""

Columns = Mapping[str, pa.Array]
Pairs = tuple[NDArray[np.int32], NDArray[np.int32]]


@dataclass(frozen=True, slots=True)
class _Aspect:
    """One field that conditions ask about, or two that they compare."""

    fields: tuple[str, ...]
    leaves: list[int]
    sorter: ValueClasses | PairClasses

    def sort(self, columns: Columns) -> int | Codes:
        """Sort the rows: the class of each, or that of all of them."""
        return self.sorter.sort(*(columns[name] for name in self.fields))


class Verdicts:
    """The conditions, and which of them hold for each combination of classes seen so far."""

    def __init__(self, conditions: Sequence[Expression], fields: Mapping[str, Field]) -> None:
        """Prepare ``conditions`` over ``fields``."""
        leaves = list(dict.fromkeys(leaf for tree in conditions for leaf in walk_leaves(tree)))
        self.width = len(leaves)
        self.programmes = compile_expressions(conditions, {leaf: number for number, leaf in enumerate(leaves)})
        asked: dict[str, list[int]] = {}
        self._aspects: list[_Aspect] = []
        for number, leaf in enumerate(leaves):
            if isinstance(leaf.match, SameAs):
                self._aspects.append(_Aspect((leaf.field, leaf.match.field), [number], PairClasses(leaf.match)))
            else:
                asked.setdefault(leaf.field, []).append(number)
        for name, own in asked.items():
            sorter = ValueClasses([leaves[number].match for number in own], fields[name])
            self._aspects.append(_Aspect((name,), own, sorter))
        self.fields = list(dict.fromkeys(name for aspect in self._aspects for name in aspect.fields))
        self._known = Kinds(len(self._aspects))
        self._start, self._conditions = np.zeros(1, dtype=np.int64), np.empty(0, dtype=np.int32)

    @property
    def is_full(self) -> bool:
        """True when the owner should begin anew."""
        return self._known.is_full or any(aspect.sorter.classes.is_full for aspect in self._aspects)

    def __len__(self) -> int:
        """Count the combinations that were evaluated."""
        return self._known.used

    def judge(self, columns: Columns, rows: int) -> tuple[Reduction, Numbers]:
        """Tell rows of different combinations apart, and give the number of each combination: int32[k]."""
        sorted_rows = [aspect.sort(columns) for aspect in self._aspects]
        reduced = reduce_rows([classes for classes in sorted_rows if not isinstance(classes, int)], rows)
        codes = np.empty((len(self._aspects), len(reduced.firsts)), dtype=np.int64)
        for place, classes in enumerate(sorted_rows):
            codes[place] = classes if isinstance(classes, int) else classes.at(reduced.firsts)
        before = self._known.used
        numbers, _ = self._known.number(codes)
        for first in range(before, self._known.used, CHUNK):
            self._evaluate(first, min(first + CHUNK, self._known.used))
        return reduced, numbers

    def holding(self, numbers: Numbers) -> Pairs:
        """Give the conditions that hold for combinations int32[n]: pairs of a place in ``numbers`` and a condition."""
        counts = self._start[numbers.astype(np.int64) + 1] - self._start[numbers]
        places = np.repeat(np.arange(len(numbers), dtype=np.int32), counts)
        offsets = np.repeat(self._start[numbers] - (np.cumsum(counts) - counts), counts)
        return places, self._conditions[offsets + np.arange(len(offsets))]

    def _evaluate(self, first: int, end: int) -> None:
        """Evaluate every condition on combinations ``first`` to ``end``."""
        truth = np.zeros((end - first, self.width), dtype=np.bool_)
        for place, aspect in enumerate(self._aspects):
            truth[:, aspect.leaves] = aspect.sorter.classes.answers(self._known.codes[first:end, place])
        number, condition = np.nonzero(run_programmes(self.programmes, truth))
        counts = np.bincount(number, minlength=end - first)
        self._start = np.concatenate([self._start, self._start[-1] + np.cumsum(counts)])
        self._conditions = np.concatenate([self._conditions, condition.astype(np.int32)])
