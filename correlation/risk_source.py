"""Reads from a store what risk is made from: the datasets ``alert``, ``asset`` and ``flow``.

Columns are reduced in Arrow; Python touches distinct conversations and devices only. How alerts were handled, and what
the register says of a device, come from their own stages.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from correlation.risk_devices import Devices, Known
from correlation.risk_exposure import Conversation, Examiner, Seen, find_exposures
from correlation.risk_facts import NEVER, Alerts, Asset, Integers, empty_alerts
from correlation.risk_formula import DAY_NS
from correlation.risk_weights import Weights
from correlation.store import Store
from correlation.triage import Suppression, find_suppressed
from wanglou.site import Site

MOST_FLOWS = 1_000_000
"""Flows read, the newest ones; more are counted as cut."""
MOST_CONVERSATIONS = 200_000
"""Conversations of a day that are looked at, those of most flows; more are counted as cut."""
MEMORY_DAYS = 400
"""Days before the latest record from which alerts are read."""
_ANSWERED = "NOT flow.state:(attempt OR refused)"
_NEWS = "event.action:(first OR changed)"


@dataclass(frozen=True, slots=True)
class Handled:
    """How an alert was handled; times are nanoseconds since 1970, UTC."""

    taken_ns: int = NEVER
    """When it was first acknowledged, closed or suppressed."""
    closed_ns: int = NEVER
    suppressed: bool = False
    """True where it was closed as no threat: suppressed, or a false alarm."""


@dataclass(frozen=True, slots=True)
class Material:
    """All that was read, from which the figures of any day can be made."""

    assets: Sequence[Asset]
    """Without their exposures, which depend on the day."""
    alerts: Alerts
    seen: Sequence[Seen]
    examiner: Examiner
    devices: Devices
    window_days: int
    counters: Mapping[str, int] = field(default_factory=dict)
    """``flows_cut`` is 1 where older flows were not read, ``conversations_cut`` how many were not looked at."""

    def at(self, as_of_ns: int) -> list[Asset]:
        """Give the assets with what exposed them in the days up to a moment."""
        last = as_of_ns // DAY_NS
        days = range(last - self.window_days + 1, last + 1)
        exposures = find_exposures(self.seen, self.examiner, days, self.devices.key_of)
        return [replace(one, exposures=tuple(exposures.get((one.enterprise, one.id), ()))) for one in self.assets]


def read_material(
    store: Store,
    weights: Weights,
    site: Site | None,
    handled: Mapping[str, Handled],
    latest_ns: int,
    first_day: int,
    register: Iterable[Known] = (),
    suppressions: Sequence[Suppression] = (),
) -> Material:
    """Read what days from ``first_day`` (since 1970) to ``latest_ns`` rest on.

    ``handled`` tells by ``event.id`` how alerts were handled; those it lacks are open, unless ``suppressions`` hide
    them. Devices that ``register`` lacks are called by their address.
    """
    window = int(weights.window_days)
    start_ns, end_ns = (first_day - window + 1) * DAY_NS, latest_ns + 1
    batches = store.search("flow", _ANSWERED, start_ns=max(start_ns, 0), end_ns=end_ns, limit=MOST_FLOWS)
    seen = read_conversations(batches)
    counters = {
        "flows_cut": int(sum(one.count for one in seen) >= MOST_FLOWS),
        "conversations_cut": max(len(seen) - MOST_CONVERSATIONS, 0),
    }
    seen = sorted(seen, key=lambda one: -one.count)[:MOST_CONVERSATIONS]
    devices = Devices(site, register)
    for batch in store.search("asset", _NEWS, end_ns=end_ns):
        devices.add(batch)
    examiner = Examiner(weights, site)
    for conversation in {one.conversation for one in seen}:
        devices.meet(conversation, is_control=conversation.protocol in weights.control_protocols)
    alert_batches = store.search("alert", start_ns=max(latest_ns - MEMORY_DAYS * DAY_NS, 0), end_ns=end_ns)
    alerts = read_alerts(alert_batches, devices.find, handled, suppressions)
    return Material(devices.assets(), alerts, seen, examiner, devices, window, counters)


def read_conversations(batches: Iterable[pa.RecordBatch]) -> list[Seen]:
    """Reduce flows to conversations by day, in an order of their own."""
    keys = ["organization.id", "source.ip", "destination.ip", "destination.port", "network.protocol", "day"]
    sums = [("event.id", "count"), ("event.id", "min")]
    parts = []
    for batch in batches:
        days = pc.floor_temporal(batch["@timestamp"].view(pa.timestamp("ns")), unit="day").cast(pa.int64())
        held = {name: batch[name] for name in keys[:-1]} | {"day": days, "event.id": batch["event.id"]}
        parts.append(pa.table(held).group_by(keys).aggregate(sums))
    if not parts:
        return []
    whole = pa.concat_tables(parts).group_by(keys).aggregate([("event.id_count", "sum"), ("event.id_min", "min")])
    whole = whole.sort_by([(key, "ascending") for key in keys])
    columns = [whole[name].to_pylist() for name in (*keys, "event.id_count_sum", "event.id_min_min")]
    return [
        Seen(
            Conversation(org or "", client or "", server or "", port or 0, protocol or ""), day // DAY_NS, count, first
        )
        for org, client, server, port, protocol, day, count, first in zip(*columns, strict=True)
    ]


Find = Callable[[str, str], int | None]
"""Gives the index of the asset of an enterprise that has an address; the empty address stands for no device."""


def read_alerts(
    batches: Iterable[pa.RecordBatch],
    find: Find,
    handled: Mapping[str, Handled],
    suppressions: Sequence[Suppression] = (),
) -> Alerts:
    """Read alerts as one row for each asset they touch: the one they were aimed at, and the one that did it.

    Where only one of the two is a device, it is the one that counts in full; where none is, the alert goes to what
    alerts could be tied to no device.
    """
    names = ("organization.id", "source.ip", "destination.ip", "rule.name", "event.id", "event.severity",
             "@timestamp", "event.end", "event.start")  # fmt: skip
    parts = [pa.Table.from_batches([batch]).select(names) for batch in batches]
    if not any(part.num_rows for part in parts):
        return empty_alerts()
    table = pa.concat_tables(parts).sort_by([("event.id", "ascending")])
    events = table["event.id"].to_pylist()
    rules, rule = _code(table["rule.name"])
    numbers = [_whole(table[name]) for name in ("event.severity", "@timestamp", "event.end")]
    rows, assets, aimed = _tie(table, find)
    times = np.full((2, len(events)), NEVER, np.int64)
    suppressed = np.zeros(len(events), bool)
    for place, event in enumerate(events if handled else ()):
        if (one := handled.get(event)) is not None:
            times[:, place] = min(one.taken_ns, one.closed_ns), one.closed_ns
            suppressed[place] = one.suppressed
    hidden = _find_hidden(table, suppressions)
    times[:, hidden], suppressed[hidden] = 0, True
    severity, first, last = (column[rows] for column in numbers)
    return Alerts(
        assets, rule[rows], np.clip(severity, 0, 100), aimed, first, np.maximum(last, first), times[0][rows],
        times[1][rows], suppressed[rows], rows, rules, events,
    )  # fmt: skip


def _find_hidden(table: pa.Table, suppressions: Sequence[Suppression]) -> npt.NDArray[np.bool_]:
    """Mark the alerts that nobody wants to see, by when they were raised, as incidents do: bool[n]."""
    begun = _whole(pc.coalesce(table["event.start"], table["@timestamp"]))
    return find_suppressed(table, begun, suppressions)


def _tie(table: pa.Table, find: Find) -> tuple[Integers, Integers, np.ndarray[tuple[int], np.dtype[np.bool_]]]:
    """Tie alerts to assets: rows of the table, indexes of assets, and whether it was aimed at that asset."""
    names = ("organization.id", "source.ip", "destination.ip")
    coded = [_code(table[name]) for name in names]
    ends, code = np.unique(np.stack([codes for _, codes in coded]), axis=1, return_inverse=True)
    tied = [list(_choose([coded[at][0][int(one)] for at, one in enumerate(end)], find)) for end in ends.T]
    sides = [np.array([(it[side] if side < len(it) else (-1, False))[0] for it in tied], np.int64) for side in (0, 1)]
    full = [np.array([(it[side] if side < len(it) else (-1, False))[1] for it in tied], bool) for side in (0, 1)]
    code = code.reshape(-1)
    rows = np.concatenate([np.arange(len(code)), np.flatnonzero(sides[1][code] >= 0)])
    second = rows[len(code) :]
    assets = np.concatenate([sides[0][code], sides[1][code[second]]])
    return rows, assets, np.concatenate([full[0][code], full[1][code[second]]])


def _choose(end: Sequence[str], find: Find) -> Iterator[tuple[int, bool]]:
    """Give the assets of a client and a server, and which it was aimed at."""
    enterprise, client, server = end
    target = find(enterprise, server) if server else None
    source = find(enterprise, client) if client else None
    if target is not None:
        yield target, True
    if source is not None and source != target:
        yield source, target is None
    if target is None and source is None:
        yield find(enterprise, "") or 0, True


def _code(column: pa.ChunkedArray) -> tuple[list[str], Integers]:
    """Give the distinct words of a column in order, and each row's place among them; the empty word for null."""
    words = pc.fill_null(column.cast(pa.string()), "").combine_chunks().dictionary_encode()
    texts = words.dictionary.to_pylist()
    order = sorted(range(len(texts)), key=texts.__getitem__)
    places = np.empty(len(texts), np.int64)
    places[order] = np.arange(len(texts))
    return [texts[place] for place in order], places[words.indices.to_numpy()]


def _whole(column: pa.ChunkedArray) -> Integers:
    kind = column.type
    whole = (
        column.cast(pa.int64())
        if not pa.types.is_timestamp(kind)
        else column.cast(pa.timestamp(kind.unit)).cast(pa.int64())
    )
    return np.asarray(pc.fill_null(whole, 0).to_numpy(), np.int64)
