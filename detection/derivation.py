"""Adds the columns derived from the site file to those of a batch, deriving once per distinct row of their inputs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from detection.classes import read_values
from detection.coding import encode
from detection.columns import fields_of, inputs_of
from detection.distinct import Kinds
from detection.facts import SiteFacts
from detection.reduction import code_locally, reduce_rows


class Derivation:
    """The derived columns of one dataset."""

    def __init__(self, dataset: str, names: Sequence[str], facts: SiteFacts) -> None:
        """Derive ``names``; without a site nothing is read, and all values are missing."""
        kinds = {name: fields_of(dataset)[name].arrow for name in names}
        self.types = {name: of.value_type if pa.types.is_dictionary(of) else of for name, of in kinds.items()}
        self.facts = facts
        needed = [column for name in names for column in inputs_of(dataset, name)] if facts.site else []
        self.inputs = list(dict.fromkeys(needed))
        """Columns that are read."""
        self._kinds = Kinds(len(self.inputs))
        self._values = {name: pa.array([], kind) for name, kind in self.types.items()}

    def extend(self, columns: Mapping[str, pa.Array], rows: int) -> Mapping[str, pa.Array]:
        """Add the derived columns to those of a batch of ``rows``."""
        if not self.inputs:
            return {**columns, **{name: pa.nulls(rows, kind) for name, kind in self.types.items()}}
        inputs = {name: columns[name] for name in self.inputs}
        distinct = reduce_rows([part for array in inputs.values() for part in code_locally(array)], rows)
        firsts = pa.array(distinct.firsts)
        known = pa.array(self._number({name: array.take(firsts) for name, array in inputs.items()}))
        numbers = pa.array(distinct.numbers)
        derived = {
            name: pa.DictionaryArray.from_arrays(numbers, values.take(known)) for name, values in self._values.items()
        }
        return {**columns, **derived}

    def _number(self, inputs: Mapping[str, pa.Array]) -> NDArray[np.int32]:
        """Number distinct rows of the inputs, deriving from those that are new: int32[n]."""
        if self._kinds.is_full:
            self._kinds.clear()
            self._values = {name: values[:0] for name, values in self._values.items()}
        numbers, firsts = self._kinds.number(np.stack([encode(array) for array in inputs.values()]))
        if len(firsts):
            rows = pa.array(firsts)
            values = {name: read_values(array.take(rows)) for name, array in inputs.items()}
            for name, kind in self.types.items():
                made = pa.array(self.facts.derive(name, values, len(firsts)), type=kind)
                self._values[name] = pa.concat_arrays([self._values[name], made])
        return numbers
