"""Evaluates the conditions of a dataset's rules on distinct rows and joins the verdict back to the rows.

Per batch: code the columns that rules read, give each row its kind, and evaluate the kinds that are new. What a kind
matched is kept, so later rows of the same kind cost a look-up.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from detection.coding import NULL, Column
from detection.columns import fields_of, inputs_of, is_site_field
from detection.conditions import Expression, compile_expressions, run_programmes, walk_leaves
from detection.distinct import LIMIT, Kinds
from detection.facts import SiteFacts
from detection.matches import SameAs
from detection.reduction import reduce_batch
from detection.truth import TruthTable

_CHUNK = 4096
"""Kinds evaluated at once; bounds the truth matrix."""

Spec = tuple[str, ...]


class Keys:
    """Numbers the distinct values of a few fields (group or entity keys) among kinds."""

    def __init__(self, columns: Sequence[Column], places: Sequence[int]) -> None:
        """Read the columns at ``places``."""
        self.columns, self.places = [columns[place] for place in places], list(places)
        self.values: list[tuple[Any, ...]] = []
        self._distinct = Kinds(len(self.places))
        self._of_kind = np.zeros(1024, dtype=np.int32)
        self._known = 0

    @property
    def of_kind(self) -> NDArray[np.int32]:
        """int32[kinds]: number of each kind's key, its place in ``values``."""
        return self._of_kind[: self._known]

    def learn(self, codes: NDArray[np.int64]) -> None:
        """Number the keys of new kinds: codes int64[n, columns]."""
        numbers, present = self._distinct.assign(np.ascontiguousarray(codes[:, self.places].T))
        self._distinct.release(present)
        fresh = self._distinct.codes[len(self.values) : self._distinct.used]
        decoded = [column.decode(np.ascontiguousarray(fresh[:, at])) for at, column in enumerate(self.columns)]
        self.values.extend(zip(*decoded, strict=True))
        end = self._known + len(codes)
        if end > len(self._of_kind):
            self._of_kind = np.concatenate([self._of_kind, np.zeros(end, dtype=np.int32)])
        self._of_kind[self._known : end] = numbers
        self._known = end


class Evaluator:
    """The conditions of one dataset and what is known about the kinds of its rows."""

    def __init__(
        self,
        dataset: str,
        conditions: Sequence[Expression],
        specs: Sequence[Spec],
        facts: SiteFacts,
        given: Sequence[str],
    ) -> None:
        """Prepare ``conditions``; ``specs`` are the keys wanted; ``given`` names the columns of the tables.

        A derived column that the tables already hold is read from them and not derived.
        """
        self.fields, self.facts, self.conditions, self.specs = fields_of(dataset), facts, conditions, specs
        self.leaves = list(dict.fromkeys(leaf for tree in conditions for leaf in walk_leaves(tree)))
        others = [leaf.match.field for leaf in self.leaves if isinstance(leaf.match, SameAs)]
        names = dict.fromkeys([leaf.field for leaf in self.leaves] + others + [name for spec in specs for name in spec])
        self.derived = [name for name in names if is_site_field(name) and name not in given]
        plain = [name for name in names if name not in self.derived]
        needed = [column for name in self.derived for column in inputs_of(dataset, name)]
        self.base = list(dict.fromkeys(plain + needed))
        self.inputs = list(dict.fromkeys(needed))
        self.programmes = compile_expressions(conditions, {leaf: number for number, leaf in enumerate(self.leaves)})
        self.evaluated_total = self.resets = 0
        self._reset()

    def _reset(self) -> None:
        """Forget all kinds, and the vocabularies that number their values."""
        self.columns = [Column(self.fields[name]) for name in (*self.base, *self.derived)]
        places = {column.field.name: place for place, column in enumerate(self.columns)}
        self.truth = TruthTable(self.leaves, self.columns)
        self.kinds = Kinds(len(self.base))
        self.keys = [Keys(self.columns, [places[name] for name in spec]) for spec in self.specs]
        self.evaluated = 0
        self._pairs = [(np.empty(0, dtype=np.int32), np.empty(0, dtype=np.int32))]

    def assign(self, batch: pa.RecordBatch) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
        """Give the kind of each row: int32[n], and the kinds present: int32[k]; new kinds are evaluated."""
        if self.kinds.is_full or any(len(column.vocabulary or ()) > LIMIT for column in self.columns):
            self.resets += 1
            self._reset()
        reduced = reduce_batch(batch, self.base)
        filled = {name: place for place, name in enumerate(self.base) if batch.column(name).null_count < len(batch)}
        sample = batch.select(list(filled)).take(pa.array(reduced.firsts))
        codes = np.full((len(self.base), len(reduced.firsts)), NULL, dtype=np.int64)
        for array, place in zip(sample.columns, filled.values(), strict=True):
            codes[place] = self.columns[place].encode(array)
        kinds, present = self.kinds.assign(codes)
        self.kinds.recount(kinds, present, reduced.counts)
        while self.evaluated < self.kinds.used:
            self._evaluate(min(self.evaluated + _CHUNK, self.kinds.used))
        return kinds[reduced.numbers], present

    @property
    def pairs(self) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
        """Pairs (kind, condition) that match, of all kinds known: two int32[m], by kind; later ones come at the end."""
        if len(self._pairs) > 1:
            kinds, conditions = zip(*self._pairs, strict=True)
            self._pairs = [(np.concatenate(kinds), np.concatenate(conditions))]
        return self._pairs[0]

    def active(self) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
        """Pairs (kind, condition) that match, of the kinds present in the batch: two int32[m], by kind."""
        kind, condition = self.pairs
        here = self.kinds.count[kind] > 0
        return kind[here], condition[here]

    def _evaluate(self, end: int) -> None:
        """Evaluate every condition on kinds ``evaluated`` to ``end``."""
        codes = self.kinds.codes[self.evaluated : end]
        if self.derived:
            codes = np.concatenate([codes, *self._derive(codes)], axis=1)
        verdict = run_programmes(self.programmes, self.truth.fill(codes))
        kind, condition = np.nonzero(verdict)
        if len(kind):
            self._pairs.append(((kind + self.evaluated).astype(np.int32), condition.astype(np.int32)))
        for keys in self.keys:
            keys.learn(codes)
        self.evaluated_total += end - self.evaluated
        self.evaluated = end

    def _derive(self, codes: NDArray[np.int64]) -> list[NDArray[np.int64]]:
        """Derive and code the site columns of new kinds: int64[n, 1] each."""
        inputs = {
            name: self.columns[place].decode(np.ascontiguousarray(codes[:, place]))
            for place, name in enumerate(self.base)
            if name in self.inputs
        }
        derived = []
        for column in self.columns[len(self.base) :]:
            values = self.facts.derive(column.field.name, inputs, len(codes))
            kind = column.field.arrow
            array = pa.array(values, type=kind.value_type if pa.types.is_dictionary(kind) else kind)
            derived.append(column.encode(array)[:, None])
        return derived
