"""How much of a dataset is kept: everything, or what is noteworthy, and whatever an alert cites in any case.

What is noteworthy is a query of the query language; records that fit it are kept as they come. The others wait on the
disk until the capture's alerts are known, because an alert may cite them; then they go, and are counted. By the policy
``rollup`` all records are counted by the minute besides (``minute_rollup``).
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Literal, Protocol, get_args

import pyarrow as pa
import pyarrow.compute as pc

from correlation.minute_rollup import ROLLUPS, MinuteRollup
from correlation.query import parse_query
from correlation.query_sql import MACROS, Condition, compile_sql, parse_event_id
from correlation.store import Ingest
from parsers.schema import Dataset
from wanglou.errors import UsageError

NOTEWORTHY = {
    "flow": "NOT event.outcome:success",
    "modbus": "NOT modbus.function.category:read OR NOT event.outcome:success",
    "opcua": "NOT event.action:(read OR publish) OR event.outcome:failure",
    "mqtt": "NOT event.action:publish OR event.outcome:failure",
    "dns": "NOT event.outcome:success",
    "handle": "NOT handle.op.category:resolution OR NOT event.outcome:success",
    "http": "NOT event.outcome:success",
}
"""Writes, control, sessions and failures: what the word ``noteworthy`` stands for in each dataset."""
Policy = Literal["all", "rollup", "noteworthy"]
POLICIES: tuple[Policy, ...] = get_args(Policy)
"""Everything; what is noteworthy, and everything counted by the minute; only what is noteworthy."""
ALL: Policy = "all"
ROLLED: Policy = "rollup"


class KeyedIngest(Ingest, Protocol):
    """An ingest that tells how the ids of its capture's records begin."""

    @property
    def key(self) -> str:
        """Key of the capture; may wait until the capture is known."""


def parse_policies(text: str, datasets: Mapping[str, Dataset]) -> dict[str, Policy]:
    """Read ``modbus:rollup,dns:noteworthy,flow:all`` as the policy of each dataset; raises UsageError."""
    policies: dict[str, Policy] = {}
    for part in filter(None, (part.strip() for part in text.split(","))):
        name, _, word = part.partition(":")
        policy = next((one for one in POLICIES if one == word), None)
        if name not in datasets or policy is None or (policy != ALL and name not in NOTEWORTHY):
            known = ", ".join(NOTEWORTHY)
            raise UsageError(
                f"{part!r} says not what to keep", do=f"write DATASET:all, :rollup or :noteworthy for any of {known}"
            )
        policies[name] = policy
    return policies


def write_policies(policies: Mapping[str, Policy]) -> str:
    """Write what ``parse_policies`` reads."""
    return ",".join(f"{name}:{policy}" for name, policy in sorted(policies.items()))


class Selection:
    """Tells which rows of a dataset's tables fit its policy."""

    def __init__(self, dataset: Dataset, query: str) -> None:
        """Compile the policy."""
        import duckdb  # noqa: PLC0415 - takes long to load, and few captures are selected from

        self._condition: Condition = compile_sql(parse_query(query, dataset, now_ns=0), dataset)
        self._database = duckdb.connect(config={"threads": "1"})
        for macro in MACROS:
            self._database.execute(macro)

    def choose(self, table: pa.Table) -> pa.ChunkedArray:
        """Give a mask of the rows that fit, in their order."""
        cursor = self._database.cursor()
        try:
            cursor.register("records", _without_zone(table))
            sql = f"SELECT ({self._condition.sql}) IS TRUE AS fits FROM records"  # noqa: S608 - values are parameters
            return cursor.sql(sql, params=list(self._condition.parameters)).to_arrow_table()["fits"]
        finally:
            cursor.close()

    def close(self) -> None:
        """Let go of the database in memory."""
        self._database.close()


def _without_zone(table: pa.Table) -> pa.Table:
    """Give times without the word UTC, which DuckDB would cut to microseconds."""
    for place, field in enumerate(table.schema):
        if pa.types.is_timestamp(field.type):
            table = table.set_column(place, field.name, table[field.name].cast(pa.timestamp("ns")))
    return table


class SelectiveIngest:
    """Passes on to another ingest what the policies keep, and at the end what the alerts cite and what was counted."""

    def __init__(
        self, ingest: KeyedIngest, policies: Mapping[str, Policy], datasets: Mapping[str, Dataset], folder: Path
    ) -> None:
        """Pass on to ``ingest``; ``folder`` holds what waits."""
        self._ingest, self._folder, self._datasets = ingest, folder, datasets
        self._selections = {name: Selection(datasets[name], NOTEWORTHY[name]) for name in policies}
        self._rolled = {name for name, policy in policies.items() if policy == ROLLED}
        self._rollup = MinuteRollup(folder) if self._rolled else None
        self._waiting: dict[str, pa.RecordBatchFileWriter] = {}
        self._dropped = dict.fromkeys(policies, 0)

    @property
    def key(self) -> str:
        """Key of the capture."""
        return self._ingest.key

    def append(self, dataset: str, table: pa.Table) -> None:
        """Add records; those that are not noteworthy wait."""
        selection = self._selections.get(dataset)
        if dataset == ROLLUPS:
            self._take_rollups(table)
        if selection is None or not table.schema.equals(self._datasets[dataset].arrow):
            self._ingest.append(dataset, table)
            return
        if self._rollup is not None and dataset in self._rolled:
            self._rollup.add(dataset, table)
        mask = selection.choose(table)
        self._ingest.append(dataset, table.filter(mask))
        rest = table.filter(pc.invert(mask))
        if rest.num_rows:
            self._writer(dataset).write_table(rest.unify_dictionaries())
            self._dropped[dataset] += rest.num_rows

    def _take_rollups(self, table: pa.Table) -> None:
        """Count no dataset that comes counted: another store kept few of its records."""
        self._rolled -= set(table["wanglou.rollup.dataset"].to_pylist())

    def _writer(self, dataset: str) -> pa.RecordBatchFileWriter:
        if dataset not in self._waiting:
            schema, path = self._datasets[dataset].arrow, self._path(dataset)
            options = pa.ipc.IpcWriteOptions(compression="lz4")
            self._waiting[dataset] = pa.ipc.new_stream(str(path), schema, options=options)
        return self._waiting[dataset]

    def _path(self, dataset: str) -> Path:
        return self._folder / f"{dataset}.arrow"

    def commit(self, alerts: pa.Table, counters: Mapping[str, int], detection_digest: str) -> Mapping[str, int]:
        """Add what the alerts cite and what was counted, and finish; gives what went elsewhere.

        ``store_not_kept`` tells how many records went, ``store_rolled_up`` how many were only counted.
        """
        cited = _cited(alerts)
        for dataset, writer in self._waiting.items():
            writer.close()
            for table in self._find(dataset, cited.get(dataset, set())):
                self._ingest.append(dataset, table)
                self._dropped[dataset] -= table.num_rows
        for table in self._rollup.read(self.key) if self._rollup is not None else ():
            chosen = pc.is_in(table["wanglou.rollup.dataset"], pa.array(sorted(self._rolled), pa.string()))
            self._ingest.append(ROLLUPS, table.filter(chosen))
        gone = self._count()
        return {**gone, **self._ingest.commit(alerts, {**counters, **gone}, detection_digest)}

    def _count(self) -> dict[str, int]:
        """Count what is not kept one by one."""
        rolled = sum(rows for name, rows in self._dropped.items() if name in self._rolled)
        gone = {"store_rolled_up": rolled, "store_not_kept": sum(self._dropped.values()) - rolled}
        return {name: rows for name, rows in gone.items() if rows}

    def _find(self, dataset: str, wanted: set[tuple[int, int]]) -> Iterator[pa.Table]:
        """Give the waiting records of these packets and messages."""
        if not wanted:
            return
        with pa.ipc.open_stream(str(self._path(dataset))) as reader:
            for batch in reader:
                pairs = zip(*(batch[name].to_pylist() for name in ("wanglou.packet", "wanglou.pdu")), strict=True)
                found = [place for place, pair in enumerate(pairs) if pair in wanted]
                if found:
                    yield pa.Table.from_batches([batch]).take(found)

    def close(self) -> None:
        """Let go of files and databases."""
        for writer in self._waiting.values():
            writer.close()
        for selection in self._selections.values():
            selection.close()
        if self._rollup is not None:
            self._rollup.close()


def _cited(alerts: pa.Table) -> dict[str, set[tuple[int, int]]]:
    """Packets and messages that alerts point at, by dataset."""
    cited: dict[str, set[tuple[int, int]]] = {}
    for identities in alerts["wanglou.alert.events"].to_pylist():
        for identity in identities or ():
            found = parse_event_id(identity)
            if found is not None:
                cited.setdefault(found.dataset, set()).add((found.packet, found.pdu))
    return cited


@contextmanager
def select(ingest: KeyedIngest, policies: Mapping[str, Policy], datasets: Mapping[str, Dataset]) -> Iterator[Ingest]:
    """Put the policies before an ingest; where everything is kept it is given as it is."""
    chosen = {name: policy for name, policy in policies.items() if policy != ALL}
    if not chosen:
        yield ingest
        return
    with tempfile.TemporaryDirectory(prefix="wanglou-volume-") as folder:
        selective = SelectiveIngest(ingest, chosen, datasets, Path(folder))
        try:
            yield selective
        finally:
            selective.close()
