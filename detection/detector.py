"""Runs a ruleset over the tables of one capture and folds what it finds into alerts.

Per dataset: distinct rows are evaluated (``evaluator``), correlations watch their windows (``correlator``), and both
end in ``folding``. Feeding the same rows cut into other batches gives the same alerts as long as no bound is hit.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from detection.alert import template_fields
from detection.arena import Arena
from detection.coding import encode, encode_numbers, read_numbers
from detection.columns import inputs_of, is_site_field
from detection.correlator import Correlator
from detection.evaluator import Evaluator, Spec
from detection.facts import SiteFacts
from detection.folding import Batch, Folder, Matches, Target, expand_matches
from detection.rule import COUNT_FIELD, Rule, Ruleset
from detection.window import EARLIEST, LATEST, LEADS, Hits, Rows
from wanglou.site import Site

SLICE = 131_072
"""Rows handled at once; larger tables are sliced, so that memory stays bounded."""
FEW = 8
"""A correlation that concerns less than one row in so many is shown only the rows that concern such ones."""
OWNER = "organization.id"
"""First part of every key: two enterprises may use the same addresses."""

Pairs = tuple[NDArray[np.int32], NDArray[np.int32]]


class Detector:
    """The rules at work on one capture."""

    def __init__(self, ruleset: Ruleset, site: Site | None, capture: str | Callable[[], str], observer: str) -> None:
        """Watch one capture (its identity as in ``wanglou.capture``, or what waits for it) seen by one sensor."""
        self.ruleset, self.facts = ruleset, SiteFacts(site)
        self.folder, self.arena = Folder(capture, observer), Arena()
        self.stages: dict[str, _Stage] = {}
        self.rows = 0

    def feed(self, tables: Mapping[str, pa.Table]) -> None:
        """Look at the next rows of some datasets; datasets without rules cost nothing."""
        for dataset, table in tables.items():
            self.rows += len(table)
            rules = [rule for rule in self.ruleset.rules if rule.dataset == dataset]
            if not rules or not len(table):
                continue
            if dataset not in self.stages:
                given = table.schema.names
                self.stages[dataset] = _Stage(dataset, rules, self.ruleset, self.facts, self.folder, self.arena, given)
            for batch in table.combine_chunks().to_batches(max_chunksize=SLICE):
                self.stages[dataset].feed(batch)

    def finish(self) -> pa.Table:
        """Close all alerts and give them: schema ``ALERT.arrow``, by time."""
        return self.folder.finish()

    @property
    def counters(self) -> dict[str, int]:
        """Rows seen and evaluated, alerts, and every bound that was hit."""
        stages = list(self.stages.values())
        correlators = [correlator for stage in stages for correlator in stage.correlators]
        return {
            "rows": self.rows,
            "rows_with_rules": sum(stage.rows for stage in stages),
            "rows_evaluated": sum(stage.evaluator.evaluated_total for stage in stages),
            "kinds_resets": sum(stage.evaluator.resets for stage in stages),
            "groups_refused": sum(correlator.groups.refused for correlator in correlators),
            "groups_evicted": sum(correlator.groups.evicted for correlator in correlators),
            "records_late": sum(correlator.window.late for correlator in correlators),
            "alerts": self.folder.total,
            "alerts_evicted": self.folder.evicted,
            "alerts_dropped": self.folder.dropped,
        }


class _Stage:
    """The rules of one dataset."""

    def __init__(
        self,
        dataset: str,
        rules: Sequence[Rule],
        ruleset: Ruleset,
        facts: SiteFacts,
        folder: Folder,
        arena: Arena,
        given: Sequence[str],
    ) -> None:
        self.dataset, self.facts, self.folder = dataset, facts, folder
        self.rows = self.learned = self.resets = 0
        plain = [rule for rule in rules if rule.condition is not None]
        conditions = [rule.condition for rule in plain if rule.condition is not None]
        numbers = {rule.id: number for number, rule in enumerate(plain)}
        self.specs: dict[Spec, int] = {}
        self.entity_spec = np.array([self._entity_spec(rule) for rule in plain], dtype=np.int64)
        self.alerting = np.array([rule.id not in ruleset.muted for rule in plain], dtype=np.bool_)
        self.templates = {rule.id: template_fields(rule.facts) for rule in rules if rule.facts}
        correlations = [(rule, rule.correlation) for rule in rules if rule.correlation is not None]
        self.numbered = [*plain, *(rule for rule, _ in correlations)]
        share = sum(1 for rule in ruleset.rules if rule.correlation is not None)
        self.correlators = [
            Correlator(rule, numbers, [self._spec((OWNER, *key)) for key in what.group_by], arena, share)
            for rule, what in correlations
        ]
        self.correlated = [self._entity_spec(rule) for rule, _ in correlations]
        self.names = list(self.specs)
        self.evaluator = Evaluator(dataset, conditions, self.names, self._find_wanted(numbers), facts, given)

    def _find_wanted(self, numbers: Mapping[str, int]) -> list[set[int]]:
        """Find the keys that the matches of each plain rule are folded or grouped by."""
        wanted = [
            {spec} if alerts else set() for spec, alerts in zip(self.entity_spec.tolist(), self.alerting, strict=True)
        ]
        for correlator, entities in zip(self.correlators, self.correlated, strict=True):
            for base, spec in zip(correlator.correlation.rules, correlator.specs, strict=True):
                wanted[numbers[base]] |= {spec, entities}
        return wanted

    def _spec(self, fields: Spec) -> int:
        return self.specs.setdefault(tuple(dict.fromkeys(fields)), len(self.specs))

    def _entity_spec(self, rule: Rule) -> int:
        return self._spec((OWNER, *(rule.facts.entities if rule.facts else ())))

    def feed(self, batch: pa.RecordBatch) -> None:
        """Look at one batch of rows."""
        self.rows += len(batch)
        kinds, present = self.evaluator.assign(batch)
        self._learn()
        pairs = self.evaluator.active()
        if len(pairs[0]):
            self._match(batch, kinds, present, pairs)
        self.evaluator.kinds.release(present)

    def _learn(self) -> None:
        """Tell the correlations about new kinds."""
        evaluator = self.evaluator
        if self.resets < evaluator.resets:
            self.learned, self.resets = 0, evaluator.resets
            for correlator in self.correlators:
                correlator.forget()
        if self.learned < evaluator.kinds.used:
            self.learned = evaluator.kinds.used
            for correlator in self.correlators:
                correlator.learn(evaluator.pairs, evaluator.keys, self.learned)

    def _match(self, batch: pa.RecordBatch, kinds: NDArray[np.int32], present: NDArray[np.int32], pairs: Pairs) -> None:
        """Fold what matched: plain rules by kind, correlations by the rows at which they held."""
        times = np.clip(encode_numbers(batch.column("@timestamp")), EARLIEST, LATEST)
        pointers = _pointers(batch)
        targets: list[Target] = []
        parts = [self._plain_matches(kinds, times, pairs, targets)]
        leads = [np.empty((0, LEADS), dtype=np.int64)]
        for number, hits in self._correlate(batch, Rows(kinds, times, pointers), present):
            rule = np.full(len(hits.rows), len(self.alerting) + number, dtype=np.int32)
            at = self._targets(np.full(len(rule), self.correlated[number]), rule, kinds[hits.rows], targets)
            before = sum(len(part) for part in leads)
            parts.append(Matches(hits.rows, at, hits.since, np.where(hits.lead < 0, -1, hits.lead + before)))
            leads.append(hits.leads)
        matches = _join(parts)
        if len(matches.rows):
            ends = encode_numbers(batch.column("wanglou.packet_end"))
            record = _FirstRecord(batch, self.dataset, self.facts)
            self.folder.fold(Batch(times, pointers, ends, np.concatenate(leads), record), matches, targets)

    def _correlate(self, batch: pa.RecordBatch, rows: Rows, present: NDArray[np.int32]) -> Iterator[tuple[int, Hits]]:
        """Give where correlations held, by their number; those that few rows concern are shown only such rows."""
        count = self.evaluator.kinds.count
        known = [(number, each) for number, each in enumerate(self.correlators) if not each.is_idle]
        sizes = {number: each.survey(present, count) for number, each in known}
        few = {number for number, size in sizes.items() if size < len(rows.kinds) // FEW}
        marks = np.zeros(len(count), dtype=np.bool_)
        for number, each in known:
            if number in few:
                each.mark(present, marks)
        places = np.flatnonzero(marks[rows.kinds])
        picked = rows.pick(places)
        values: dict[str, NDArray[np.int64]] = {}
        for number, each in known:
            field = each.correlation.value_field
            if not sizes[number]:
                continue
            if field and field not in values:
                values[field] = encode(batch.column(field))
            own = values.get(field)
            if number in few:
                hits = each.observe(picked, own if own is None else own[places])
                hits = replace(hits, rows=places[hits.rows])
            else:
                hits = each.observe(rows, own)
            if len(hits.rows):
                yield number, hits

    def _plain_matches(
        self, kinds: NDArray[np.int32], times: NDArray[np.int64], pairs: Pairs, targets: list[Target]
    ) -> Matches:
        """Find the matches of the rules that alert by themselves."""
        here = self.alerting[pairs[1]]
        kind, rule = pairs[0][here], pairs[1][here]
        if not len(kind):
            return Matches(*(np.empty(0, dtype=np.int64) for _ in range(4)))
        at = self._targets(self.entity_spec[rule], rule, kind, targets)
        order = np.argsort(kind, kind="stable")
        count = self.evaluator.kinds.count
        start = np.zeros(len(count) + 1, dtype=np.int64)
        np.cumsum(np.bincount(kind, minlength=len(count)), out=start[1:])
        rows, found = expand_matches(kinds, start, at[order], int(count[kind].sum()))
        return Matches(rows, found, times[rows], np.full(len(rows), -1, dtype=np.int64))

    def _targets(
        self, specs: NDArray[np.int64], rules: NDArray[np.int32], kinds: NDArray[np.int32], targets: list[Target]
    ) -> NDArray[np.int64]:
        """Give the target of each (rule, kind), adding those that are new in this batch: int64[n].

        ``specs`` int64[n] says which key each rule folds by; rules are numbered plain ones first, then correlations.
        """
        keys = np.empty(len(kinds), dtype=np.int64)
        for spec in np.unique(specs).tolist():
            own = specs == spec
            keys[own] = self.evaluator.keys[spec].of_kind[kinds[own]]
        distinct, at, inverse = np.unique(rules.astype(np.int64) << 32 | keys, return_index=True, return_inverse=True)
        first = len(targets)
        for both, spec in zip(distinct.tolist(), specs[at].tolist(), strict=True):
            rule = self.numbered[both >> 32]
            if rule.facts is not None:
                values = self.evaluator.keys[spec].values[both & 0xFFFFFFFF]
                targets.append(Target(rule, rule.facts, self.names[spec], values, self.templates[rule.id]))
        return np.asarray(first + inverse, dtype=np.int64)


class _FirstRecord:
    """Reads single values of a batch for the texts of an alert."""

    def __init__(self, batch: pa.RecordBatch, dataset: str, facts: SiteFacts) -> None:
        self.batch, self.dataset, self.facts = batch, dataset, facts
        self.known = set(batch.schema.names)

    def values(self, row: int, names: Sequence[str]) -> dict[str, Any]:
        """Values of fields of one row, derived ones too."""
        return {name: self._value(row, name) for name in names if name != COUNT_FIELD}

    def _value(self, row: int, name: str) -> Any:
        if name not in self.known:
            inputs = {column: [self._value(row, column)] for column in inputs_of(self.dataset, name)}
            return self.facts.derive(name, inputs, 1)[0] if is_site_field(name) else None
        scalar = self.batch.column(name)[row]
        return scalar.value if pa.types.is_timestamp(scalar.type) else scalar.as_py()


def _pointers(batch: pa.RecordBatch) -> NDArray[np.int64]:
    """Packed evidence pointers of a batch: packet << 16 | PDU."""
    packets = np.maximum(read_numbers(batch.column("wanglou.packet")).astype(np.int64, copy=False), 0)
    packets <<= 16
    packets |= np.clip(read_numbers(batch.column("wanglou.pdu")), 0, 0xFFFF)
    return packets


def _join(parts: Sequence[Matches]) -> Matches:
    return Matches(
        *(np.concatenate([getattr(part, name) for part in parts]) for name in ("rows", "targets", "since", "lead"))
    )
