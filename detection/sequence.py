"""temporal and temporal_ordered over true sliding windows of packet time, exact and bounded.

``temporal`` keeps per group the last time of each base rule and asks, at each matching record, which base rules were
seen within one timespan that holds the record. ``temporal_ordered`` keeps per base rule the latest start of a chain
that has come so far; a record takes one step of a chain at most. A record that comes late can be missed by an ordered
chain but never counted falsely.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from detection.conditions import Expression, compile_expressions
from detection.window import Entries, Hits, Rows, Threshold, resize_state
from wanglou.kernel import kernel

NEVER = -(1 << 62)
"""Time of a base rule that was not seen; further from any clipped time than any timespan."""


class Temporal:
    """State of a temporal rule: per group and base rule the last time and its pointer."""

    def __init__(self, steps: int, threshold: Threshold, expression: Expression | None, span_ns: int) -> None:
        """Watch ``steps`` base rules; ``expression`` over them takes the place of the count where it is given."""
        self.steps, self.threshold, self.span = steps, threshold, span_ns
        programme = compile_expressions([expression] if expression else [], {})
        self.ops, self.stack = programme.ops, np.zeros(programme.depth, dtype=np.bool_)
        self.late = 0
        self.resize(0)

    @property
    def slot_bytes(self) -> int:
        """Bytes of state a group takes."""
        return 16 * self.steps + 8

    def resize(self, groups: int) -> None:
        """Make room for ``groups`` groups, keeping what there is."""
        self.lasts = resize_state(getattr(self, "lasts", None), (groups, self.steps))
        self.marks = resize_state(getattr(self, "marks", None), (groups, self.steps))
        self.state = resize_state(getattr(self, "state", None), (groups, 1))

    def clear(self, slots: list[int]) -> None:
        """Forget the groups in these slots."""
        self.lasts[slots] = NEVER
        self.state[slots] = 0

    def observe(self, rows: Rows, entries: Entries, _values: NDArray[np.int64] | None, size: int) -> Hits:
        """Note the records of each base rule; at most ``size`` groups are concerned."""
        hits, threshold = Hits.empty(size), self.threshold
        found, leads = watch_steps(
            rows.kinds, rows.times, rows.pointers, entries.start, entries.slots, entries.steps, self.lasts, self.marks,
            self.state, self.span, threshold.least, threshold.most, threshold.negate, self.ops, self.stack,
            hits.rows, hits.since, hits.lead, hits.leads,
        )  # fmt: skip
        return hits.cut(found, leads)


class Ordered:
    """State of a temporal_ordered rule: per group and step the start of the chain that began last, and its path."""

    def __init__(self, steps: int, span_ns: int) -> None:
        """Follow chains of ``steps`` base rules."""
        self.steps, self.span = steps, span_ns
        self.late = 0
        self.resize(0)

    @property
    def slot_bytes(self) -> int:
        """Bytes of state a group takes."""
        return 16 * self.steps + 8 * self.steps * self.steps + 8

    def resize(self, groups: int) -> None:
        """Make room for ``groups`` groups, keeping what there is."""
        self.starts = resize_state(getattr(self, "starts", None), (groups, self.steps))
        self.ends = resize_state(getattr(self, "ends", None), (groups, self.steps))
        self.paths = resize_state(getattr(self, "paths", None), (groups, self.steps * self.steps))
        self.state = resize_state(getattr(self, "state", None), (groups, 1))

    def clear(self, slots: list[int]) -> None:
        """Forget the groups in these slots."""
        self.starts[slots] = NEVER
        self.state[slots] = 0

    def observe(self, rows: Rows, entries: Entries, _values: NDArray[np.int64] | None, size: int) -> Hits:
        """Follow the chains; at most ``size`` steps are taken."""
        hits = Hits.empty(size)
        found, leads = follow_chains(
            rows.kinds, rows.times, rows.pointers, entries.start, entries.slots, entries.steps, self.starts, self.ends,
            self.paths, self.state, self.span, hits.rows, hits.since, hits.lead, hits.leads,
        )  # fmt: skip
        return hits.cut(found, leads)


@kernel
def evaluate_steps(ops: NDArray[np.int32], stack: NDArray[np.bool_], seen: int) -> bool:
    """Run a postfix programme (see ``detection.conditions``) over the bits of ``seen``."""
    top = 0
    for at in range(len(ops)):
        op = int(ops[at])
        if op >= 0:
            stack[top] = (seen >> op) & 1 == 1
            top += 1
        elif op == -3:
            stack[top - 1] = not stack[top - 1]
        elif op <= -4:
            stack[top] = op == -4
            top += 1
        else:
            top -= 1
            stack[top - 1] = (stack[top - 1] and stack[top]) if op == -1 else (stack[top - 1] or stack[top])
    return bool(stack[0])


@kernel
def count_steps(lasts: NDArray[np.int64], group: int, now: int, span: int) -> tuple[int, int]:
    """Count the base rules seen in the best window that holds ``now``; returns (count, start of that window)."""
    best, since = 0, now
    for first in range(lasts.shape[1]):
        begin = int(lasts[group, first])
        if begin > now or now - begin > span:
            continue
        count = 0
        for step in range(lasts.shape[1]):
            if begin <= lasts[group, step] <= begin + span:
                count += 1
        if count > best:
            best, since = count, begin
    return best, since


@kernel
def see_steps(lasts: NDArray[np.int64], group: int, now: int, span: int) -> tuple[int, int]:
    """Tell which base rules were seen within ``span`` of ``now``: (bits, time of the earliest)."""
    seen, since = 0, now
    for step in range(lasts.shape[1]):
        last = int(lasts[group, step])
        if abs(now - last) <= span:
            seen |= 1 << step
            since = min(since, last)
    return seen, since


@kernel
def watch_steps(
    kinds: NDArray[np.int32],
    times: NDArray[np.int64],
    pointers: NDArray[np.int64],
    start: NDArray[np.int64],
    slots: NDArray[np.int64],
    steps: NDArray[np.int64],
    lasts: NDArray[np.int64],
    marks: NDArray[np.int64],
    state: NDArray[np.int64],
    span: int,
    least: int,
    most: int,
    negate: bool,
    ops: NDArray[np.int32],
    stack: NDArray[np.bool_],
    hit_rows: NDArray[np.int64],
    hit_since: NDArray[np.int64],
    hit_lead: NDArray[np.int64],
    leads: NDArray[np.int64],
) -> tuple[int, int]:
    """Note the last time of each step and where the condition holds.

    ``lasts``, ``marks`` int64[groups, steps]; ``state`` int64[groups, 1]: whether the condition held last time.
    Returns (hits, leads).
    """
    hits = found = 0
    for row in range(len(kinds)):
        kind = int(kinds[row])
        now = int(times[row])
        entry, end = int(start[kind]), int(start[kind + 1])
        while entry < end:
            group = int(slots[entry])
            if group < 0:
                entry += 1
                continue
            while entry < end and slots[entry] == group:
                step = int(steps[entry])
                if lasts[group, step] <= now:
                    lasts[group, step], marks[group, step] = now, pointers[row]
                entry += 1
            count, since = count_steps(lasts, group, now, span)
            holds = (count >= least and (most == 0 or count < most)) != negate
            if len(ops) > 0:
                seen, since = see_steps(lasts, group, now, span)
                holds = evaluate_steps(ops, stack, seen)
            if not holds:
                state[group, 0] = 0
                continue
            hit_rows[hits], hit_since[hits], hit_lead[hits] = row, since, -1
            if state[group, 0] == 0:
                hit_lead[hits] = found
                kept = 0
                for step in range(lasts.shape[1]):
                    if since <= lasts[group, step] < now and kept < leads.shape[1]:
                        leads[found, kept] = marks[group, step]
                        kept += 1
                for place in range(kept, leads.shape[1]):
                    leads[found, place] = -1
                found += 1
            state[group, 0] = 1
            hits += 1
    return hits, found


@kernel
def follow_chains(
    kinds: NDArray[np.int32],
    times: NDArray[np.int64],
    pointers: NDArray[np.int64],
    start: NDArray[np.int64],
    slots: NDArray[np.int64],
    steps: NDArray[np.int64],
    starts: NDArray[np.int64],
    ends: NDArray[np.int64],
    paths: NDArray[np.int64],
    state: NDArray[np.int64],
    span: int,
    hit_rows: NDArray[np.int64],
    hit_since: NDArray[np.int64],
    hit_lead: NDArray[np.int64],
    leads: NDArray[np.int64],
) -> tuple[int, int]:
    """Extend chains and note where one is complete.

    ``starts``, ``ends`` int64[groups, steps]: times of the chain that began last; ``paths`` int64[groups, steps ** 2]:
    its pointers; ``state`` int64[groups, 1]: start of the last complete chain, plus one. Returns (hits, leads).
    """
    hits = found = 0
    last = starts.shape[1] - 1
    for row in range(len(kinds)):
        kind = int(kinds[row])
        now = int(times[row])
        for entry in range(start[kind], start[kind + 1]):
            group, step = int(slots[entry]), int(steps[entry])
            if group < 0:
                continue
            begin = now
            if step > 0:
                begin = int(starts[group, step - 1])
                if begin == NEVER or ends[group, step - 1] > now or now - begin > span:
                    continue
            if starts[group, step] == NEVER or begin > starts[group, step]:
                starts[group, step], ends[group, step] = begin, now
                for place in range(step):
                    paths[group, step * (last + 1) + place] = paths[group, (step - 1) * (last + 1) + place]
                paths[group, step * (last + 1) + step] = pointers[row]
            if step < last:
                continue
            hit_rows[hits], hit_since[hits], hit_lead[hits] = row, begin, -1
            if last > 0 and state[group, 0] != begin + 1:
                hit_lead[hits] = found
                for place in range(leads.shape[1]):
                    leads[found, place] = paths[group, (last - 1) * (last + 1) + place] if place < last else -1
                found += 1
            state[group, 0] = begin + 1
            hits += 1
    return hits, found
