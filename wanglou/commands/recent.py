"""What a replay has just read, told from its reports: reading it back takes a database that takes long to load."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pyarrow as pa

    from correlation.store import Aggregation, Bucket, Capture
    from parsers.schema import Dataset
    from wanglou.capture_report import CaptureReport
    from wanglou.commands.summary import Source


def is_fresh(report: CaptureReport) -> bool:
    """True where the report tells of all that the lake holds of the capture."""
    return report.state == "read" and not report.expired and report.fault is None


class Recent:
    """Answers as a store does whose captures are those of the reports, all of them fresh; the store helps out."""

    def __init__(self, reports: Sequence[CaptureReport], store: Source) -> None:
        """Tell of ``reports``, and ask ``store`` for what they do not hold."""
        self._reports, self._store = reports, store

    @property
    def datasets(self) -> Mapping[str, Dataset]:
        """Those of the store."""
        return self._store.datasets

    def captures(self) -> Sequence[Capture]:
        """Give the captures of the reports, with their rows and counters."""
        from correlation.store import Capture, CaptureRecord

        return [
            Capture(
                CaptureRecord(report.identity, report.path.name),
                "complete",
                counters=report.counters,
                rows={**report.records, "alert": report.alerts},
            )
            for report in self._reports
        ]

    def search(self, dataset: str, query: str = "") -> Iterator[pa.RecordBatch]:
        """Give the records of all these captures, which is what ``query`` asks for, the newest first."""
        rows = sum(capture.rows.get(dataset, 0) for capture in self.captures())
        held = [report.remembered[dataset] for report in self._reports if dataset in report.remembered]
        if sum(table.num_rows for table in held) != rows:
            yield from self._store.search(dataset, query)
        elif rows:
            yield from _sort(held, self.datasets[dataset]).to_batches()

    def count(self, dataset: str, query: str = "") -> int:
        """Ask the store."""
        return self._store.count(dataset, query)

    def aggregate(self, dataset: str, aggregation: Aggregation, query: str = "") -> Sequence[Bucket]:
        """Ask the store."""
        return self._store.aggregate(dataset, aggregation, query)


def _sort(tables: Sequence[pa.Table], dataset: Dataset) -> pa.Table:
    """Put records into the order and the types of search results, without derived fields."""
    import pyarrow as pa

    from correlation.record import order_columns, result_schema

    schema = result_schema(dataset)
    kept = pa.schema([schema.field(name) for name in tables[0].column_names])
    whole = pa.concat_tables([table.cast(kept) for table in tables])
    order = [(name, "descending") for name in order_columns(dataset) if name in kept.names]
    return whole.sort_by(order).combine_chunks()
