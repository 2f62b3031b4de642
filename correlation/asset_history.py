"""The history of an asset: when it was new, what changed, who claimed its address, when it was gone."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import pairwise

from correlation.asset import Event
from correlation.asset_claim import Claim
from correlation.asset_cluster import Cluster

DAY_NS = 86_400_000_000_000
MOST_EVENTS = 100
"""Events of an asset that are kept: the first, and then the latest."""
TRACKED = ("name", "vendor", "product", "model", "product_code", "hardware", "firmware", "serial", "os")
"""Facts of which a device has one at a time: another value is a change."""


def tell_history(one: Cluster, claims: Sequence[Claim], gone_ns: int | None) -> tuple[Event, ...]:
    """Tell what happened to the device of a cluster, the oldest first; ``gone_ns`` is when it counted as gone."""
    events = [Event(min(claim.first_ns for claim in claims), "new")]
    events += [Event(conflict.at_ns, "conflict", "address", conflict.ip, " ".join(conflict.macs))
               for conflict in one.conflicts]  # fmt: skip
    for field in TRACKED:
        told = [claim for claim in claims if claim.field == field and claim.basis == "stated"]
        by_source: dict[tuple[str, str], list[Claim]] = defaultdict(list)
        for claim in told:
            by_source[claim.source, claim.part].append(claim)
        for source in sorted(by_source):
            events += _tell_changes(field, by_source[source])
    # Addresses by source: the same address comes from several, each with its own first time.
    events += _tell_addresses(claims)
    if gone_ns is not None:
        events.append(Event(gone_ns, "gone"))
    ordered = sorted({*events}, key=lambda event: (event.at_ns, event.kind != "new", event.kind, event.field,
                                                   event.before, event.after))  # fmt: skip
    return tuple(ordered if len(ordered) <= MOST_EVENTS else [ordered[0], *ordered[1 - MOST_EVENTS :]])


def _tell_changes(field: str, claims: Sequence[Claim]) -> Iterator[Event]:
    """Each value that follows another."""
    firsts: dict[str, int] = {}
    for claim in claims:
        firsts[claim.value] = min(firsts.get(claim.value, claim.first_ns), claim.first_ns)
    values = sorted(firsts, key=lambda value: (firsts[value], value))
    for before, after in pairwise(values):
        yield Event(firsts[after], "changed", field, before, after)


def _tell_addresses(claims: Sequence[Claim]) -> Iterator[Event]:
    """Addresses that follow one another; those in use at the same time are no change."""
    spans: dict[str, tuple[int, int]] = {}
    for claim in claims:
        if ip := claim.ip:
            first, last = spans.get(ip, (claim.first_ns, claim.last_ns))
            spans[ip] = min(first, claim.first_ns), max(last, claim.last_ns)
    ordered = sorted(spans, key=lambda ip: (spans[ip], ip))
    for before, after in pairwise(ordered):
        if spans[after][0] > spans[before][1]:
            yield Event(spans[after][0], "changed", "address", before, after)
