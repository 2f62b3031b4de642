"""Which columns a table of search results shows for each dataset, and how their values are written."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from rich.text import Text

from wanglou.commands.figures import write_count, write_duration, write_moment, write_size
from wanglou.commands.identity import ShortIds
from wanglou.commands.summary import tell_entity
from wanglou.commands.terminal import Terminal, stack
from wanglou.commands.transactions import TELLINGS, Record, Telling, take, write_endpoints, write_result, write_values


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a table."""

    header: str
    """Key below ``column`` in the catalogues."""
    write: Callable[[Record], str | Text]
    is_number: bool = False


def _write_range(record: Record) -> str:
    """Write the addresses a Modbus request touches: ``first+count``."""
    first, count = record.get("modbus.request.address"), record.get("modbus.request.quantity")
    if first is None:
        return ""
    return f"{first}+{count}" if count is not None else str(first)


def _write_values(record: Record) -> str:
    written, read = record.get("modbus.request.values"), record.get("modbus.response.values")
    return f"← {write_values(written)}" if written else write_values(read)


def _count(name: str) -> Callable[[Record], str]:
    return lambda record: write_count(record[name]) if name in record else ""


def _write_request(record: Record) -> Text:
    """Write the ends, and below them the unit and the function."""
    words = (record["unit"], str(record.get("modbus.function.name", "")))
    return stack(*write_endpoints(record), " ".join(filter(None, words)))


def _write_flow(record: Record) -> Text:
    """Write the ends, and below them what was spoken and how it ended."""
    words = (record.get("network.transport"), record.get("network.protocol"), record.get("flow.state"))
    return stack(*write_endpoints(record), " ".join(str(word) for word in words if word))


_TIME = Column("time", lambda record: stack(record["time"], record["id"]))


def _write_counted(record: Record) -> Text:
    """Write what was done, and below it how it ended."""
    return stack(str(record.get("event.action", "")), str(record.get("event.outcome", "")))


TABLES: Mapping[str, tuple[Column, ...]] = {
    "rollup": (
        Column("time", lambda record: stack(record["time"], str(record.get("wanglou.rollup.dataset", "")))),
        Column("conversation", lambda record: stack(*write_endpoints(record))),
        Column("action", _write_counted),
        Column("records", _count("wanglou.rollup.count"), is_number=True),
        Column("size", lambda record: write_size(record.get("wanglou.rollup.bytes.sum", 0)), is_number=True),
    ),
    "flow": (
        _TIME,
        Column("conversation", _write_flow),
        Column("packets", _count("network.packets"), is_number=True),
        Column("size", lambda record: write_size(record.get("network.bytes", 0)), is_number=True),
        Column("duration", lambda record: write_duration(record.get("event.duration", 0)), is_number=True),
    ),
    "modbus": (
        _TIME,
        Column("conversation", _write_request),
        Column("addresses", _write_range),
        Column("values", _write_values),
        Column("result", lambda record: write_result(record, record.get("modbus.exception.name"))),
    ),
}
"""Tables of the datasets that have one of their own. Records come with words for ``id``, ``time`` and ``unit``."""

OTHER = (
    _TIME,
    Column("conversation", lambda record: stack(*write_endpoints(record))),
    Column("action", take("event.action")),
)
"""Table of every other dataset."""


def choose_columns(dataset: str, *, narrow: bool = False) -> Sequence[Column]:
    """Give the columns of a dataset's table; ``narrow`` ones hold in one cell what has several else."""
    if dataset not in TELLINGS:
        return TABLES.get(dataset, OTHER)
    telling = TELLINGS[dataset]
    ends = "device" if dataset == "asset" else "conversation"
    if narrow:
        return _TIME, Column("transaction", lambda record: _stack(telling, record)), Column("result", telling.result)
    return (
        _TIME,
        Column(ends, lambda record: stack(*telling.ends(record), telling.action(record))),
        Column("subject", telling.subject),
        Column("content", telling.content),
        Column("result", telling.result),
    )


def _stack(telling: Telling, record: Record) -> Text:
    """Write ends, action with subject, and content below each other."""
    words = " ".join(filter(None, (telling.action(record), telling.subject(record))))
    return stack(*telling.ends(record), words, telling.content(record))


def print_rows(terminal: Terminal, dataset: str, records: Iterable[Record], short: ShortIds) -> None:
    """Print records of one dataset as a table."""
    columns = choose_columns(dataset, narrow=terminal.is_narrow)
    right = {place for place, column in enumerate(columns) if column.is_number}
    begin = len("YYYY-") if terminal.is_narrow else 0

    def tell(record: Record) -> Record:
        unit = record.get("modbus.unit_id")
        return {
            **record,
            "id": short.of_event(record["event.id"]),
            "time": write_moment(record["@timestamp"])[begin:],
            "unit": "" if unit is None else tell_entity("modbus.unit_id", unit, terminal.say),
        }

    rows = ([column.write(told) for column in columns] for told in (tell(record) for record in records))
    terminal.grid((column.header for column in columns), rows, right=right)
