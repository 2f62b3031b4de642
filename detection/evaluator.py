"""Evaluates the conditions of a dataset's rules on distinct rows and joins the verdict back to the rows.

Per batch: the values of each field that conditions ask about are sorted into classes, and combinations of classes that
are new are evaluated (``verdicts``). Rows that match are then told apart by the fields that these matches are grouped
or folded by, and by no others. A combination of classes with the values of those fields is a kind; what a kind matched
is kept, so later rows of the same kind cost a look-up.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from detection.classes import Numbers
from detection.coding import NULL, encode
from detection.columns import fields_of, is_site_field
from detection.conditions import Expression
from detection.derivation import Derivation
from detection.distinct import Kinds
from detection.facts import SiteFacts
from detection.keys import Keys
from detection.reduction import Codes, Reduction, code_locally, reduce_rows
from detection.verdicts import Columns, Pairs, Verdicts

Spec = tuple[str, ...]


class Evaluator:
    """The conditions of one dataset and what is known about the kinds of its rows."""

    def __init__(
        self,
        dataset: str,
        conditions: Sequence[Expression],
        specs: Sequence[Spec],
        wanted: Sequence[Collection[int]],
        facts: SiteFacts,
        given: Sequence[str],
    ) -> None:
        """Prepare ``conditions``; ``specs`` are keys, and ``wanted`` tells which of them each condition's matches need.

        ``given`` names the columns of the tables: a derived column that they hold is read and not derived.
        """
        self.dataset, self.conditions, self.specs, self.facts, self.given = dataset, conditions, specs, facts, given
        self.key_names = list(dict.fromkeys(name for spec in specs for name in spec))
        self._needed = np.array(
            [[any(name in specs[spec] for spec in own) for name in self.key_names] for own in wanted], dtype=np.bool_
        ).reshape(len(conditions), len(self.key_names))
        self._evaluated = self.resets = 0
        self._reset()

    def _reset(self) -> None:
        """Forget all that is known."""
        self.verdicts = Verdicts(self.conditions, fields_of(self.dataset))
        names = dict.fromkeys((*self.verdicts.fields, *self.key_names))
        derived = [name for name in names if is_site_field(name) and name not in self.given]
        self.derivation = Derivation(self.dataset, derived, self.facts)
        self.base = list(dict.fromkeys((*(name for name in names if name not in derived), *self.derivation.inputs)))
        self.kinds = Kinds(1 + len(self.key_names))
        self.keys = [Keys([self.key_names.index(name) for name in spec]) for spec in self.specs]
        self._pairs: list[Pairs] = [(np.empty(0, dtype=np.int32), np.empty(0, dtype=np.int32))]

    @property
    def evaluated_total(self) -> int:
        """Combinations on which the conditions were evaluated."""
        return self._evaluated + len(self.verdicts)

    def assign(self, batch: pa.RecordBatch) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
        """Give the kind of each row: int32[n], and the kinds present: int32[k]; new kinds are evaluated."""
        if self.kinds.is_full or self.verdicts.is_full:
            self.resets, self._evaluated = self.resets + 1, self.evaluated_total
            self._reset()
        columns = self.derivation.extend({name: batch.column(name) for name in self.base}, len(batch))
        judged, verdicts = self.verdicts.judge(columns, len(batch))
        needs = self._find_needs(verdicts)
        split = self._split(columns, judged, needs)
        at = judged.numbers[split.firsts]
        codes = np.full((1 + len(self.key_names), len(at)), NULL, dtype=np.int64)
        codes[0] = verdicts[at]
        rows = pa.array(split.firsts)
        for place, name in enumerate(self.key_names):
            if needs[:, place].any():
                codes[1 + place] = np.where(needs[at, place], encode(columns[name].take(rows)), NULL)
        kinds, present = self._assign(columns, codes, split)
        return kinds[split.numbers], present

    @property
    def pairs(self) -> Pairs:
        """Pairs (kind, condition) that match, of all kinds known: two int32[m], by kind; later ones come at the end."""
        if len(self._pairs) > 1:
            kinds, conditions = zip(*self._pairs, strict=True)
            self._pairs = [(np.concatenate(kinds), np.concatenate(conditions))]
        return self._pairs[0]

    def active(self) -> Pairs:
        """Pairs (kind, condition) that match, of the kinds present in the batch: two int32[m], by kind."""
        kind, condition = self.pairs
        here = self.kinds.count[kind] > 0
        return kind[here], condition[here]

    def _find_needs(self, verdicts: Numbers) -> NDArray[np.bool_]:
        """Tell which key columns the matches of combinations need: bool[n, key columns]."""
        needs = np.zeros((len(verdicts), len(self.key_names)), dtype=np.bool_)
        place, condition = self.verdicts.holding(verdicts)
        np.logical_or.at(needs, place, self._needed[condition])
        return needs

    def _split(self, columns: Columns, judged: Reduction, needs: NDArray[np.bool_]) -> Reduction:
        """Tell rows apart by the key columns that they need, too."""
        parts: list[Codes] = []
        for place, name in enumerate(self.key_names):
            for codes in code_locally(columns[name]) if needs[:, place].any() else ():
                everywhere = needs[:, place].all()
                parts.append(codes if everywhere else codes.mask(needs[judged.numbers, place]))
        if not parts:
            return judged
        return reduce_rows([Codes(judged.numbers, (len(needs) - 1).bit_length()), *parts], len(judged.numbers))

    def _assign(self, columns: Columns, codes: NDArray[np.int64], split: Reduction) -> Pairs:
        """Assign distinct rows to kinds, and learn what new kinds match and what their keys are."""
        before = self.kinds.used
        kinds, present = self.kinds.assign(codes)
        self.kinds.recount(kinds, present, split.counts)
        firsts = self.kinds.find_new(kinds, before)
        if len(firsts):
            place, condition = self.verdicts.holding(codes[0, firsts].astype(np.int32))
            self._pairs.append((place + np.int32(before), condition))
            arrays = [columns[name] for name in self.key_names]
            for keys in self.keys:
                keys.learn(codes[1:, firsts], arrays, split.firsts[firsts])
        return kinds, present
