"""What a replay saw, read back from the lake: records by protocol and action, devices, identifiers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from wanglou.commands.losses import sum_counters
from wanglou.commands.summary import Source, scope_queries

NO_PROTOCOLS = frozenset({"flow", "alert", "asset", "identifier"})
"""Datasets that are no protocol's."""
ACTIONS: Mapping[str, str] = {"dns": "dns.question.type"}
"""By dataset, the field that tells what was done; ``event.action`` of every other one."""
MALFORMED = "malformed"
MOST_ACTIONS = 10_000


@dataclass(slots=True)
class ProtocolUse:
    """How a protocol was used."""

    dataset: str
    records: int
    """All of them, malformed messages too."""
    failed: int = 0
    """Those that were answered with an error."""
    malformed: int = 0
    actions: Counter[str] = field(default_factory=Counter)
    """Records by what was done, without malformed ones."""


@dataclass(slots=True)
class Devices:
    """Devices that something was learnt of."""

    count: int = 0
    parts: int = 0
    """Modbus units, Sparkplug nodes and devices: what there is behind their addresses."""
    roles: Counter[str] = field(default_factory=Counter)
    """Devices by role; one may have several."""


def count_protocols(lake: Source, identities: Sequence[str]) -> list[ProtocolUse]:
    """Give the protocols that there are records of, the one with the most first."""
    wanted = set(identities)
    captures = [one for one in lake.captures() if one.record.identity in wanted]
    rows = sum_counters(one.rows for one in captures)
    uses = [ProtocolUse(name, rows[name]) for name in lake.datasets if name not in NO_PROTOCOLS and rows.get(name)]
    for use in uses:
        if use.dataset == "modbus":
            _read_counters(use, sum_counters(one.counters for one in captures))
        else:
            _ask(use, lake, identities)
    return sorted(uses, key=lambda use: (-use.records, use.dataset))


def _read_counters(use: ProtocolUse, counters: Mapping[str, int]) -> None:
    """Take what was counted while Modbus was read: there may be many millions of records."""
    from parsers.modbus_names import FUNCTION_NAMES

    for code, name in enumerate(FUNCTION_NAMES):
        use.actions[name] += counters.get(f"modbus_function_{code}", 0)
        use.failed += counters.get(f"modbus_function_{code}_exceptions", 0)
    use.actions = +use.actions
    use.malformed = counters.get("modbus_malformed", 0)


def _ask(use: ProtocolUse, lake: Source, identities: Sequence[str]) -> None:
    """Ask the lake for actions, failures and malformed messages."""
    from correlation.store import Terms

    terms = Terms(ACTIONS.get(use.dataset, "event.action"), MOST_ACTIONS)
    for scope in scope_queries(identities):
        use.failed += lake.count(use.dataset, f"{scope} AND event.outcome:failure")
        use.malformed += lake.count(use.dataset, f"{scope} AND wanglou.pairing:{MALFORMED}")
        for bucket in lake.aggregate(use.dataset, terms, f"{scope} AND NOT wanglou.pairing:{MALFORMED}"):
            if bucket.key:
                use.actions[str(bucket.key)] += int(bucket.value)


def count_devices(lake: Source, identities: Sequence[str]) -> Devices:
    """Count devices, their parts and roles, each once however often and in however many captures it was seen."""
    names = ("organization.id", "asset.id", "asset.field", "asset.value")
    facts: set[tuple[str, str, str, str]] = set()
    devices: set[tuple[str, str]] = set()
    for query in scope_queries(identities):
        for batch in lake.search("asset", query):
            for row in zip(*(batch.column(name).to_pylist() for name in names), strict=True):
                organization, identity, fact, value = (text or "" for text in row)
                device = identity.partition("/")[0]
                devices.add((organization, device))
                if fact in _COUNTED:
                    facts.add((organization, device, fact, value))
    parts = sum(fact == "parts" for _, _, fact, _ in facts)
    return Devices(len(devices), parts, Counter(value for _, _, fact, value in facts if fact == "role"))


_COUNTED = frozenset({"role", "parts"})


def count_identifiers(lake: Source, identities: Sequence[str]) -> Counter[str]:
    """Count the different identifiers of each scheme.

    Where so many of a lake's captures are asked for that it takes several queries, but not all of them, an identifier
    counts once in each query.
    """
    from correlation.store import Cardinality, Terms

    found = Counter[str]()
    if not any(one.rows.get("identifier") for one in lake.captures()):
        return found
    for scope in _scope_widely(lake, identities):
        for scheme in lake.aggregate("identifier", Terms("identifier.scheme", 100), scope):
            query = f'{scope} AND identifier.scheme:"{scheme.key}"'
            (bucket,) = lake.aggregate("identifier", Cardinality("identifier.normalized"), query)
            found[str(scheme.key)] += int(bucket.value)
    return found


def _scope_widely(lake: Source, identities: Sequence[str]) -> Iterable[str]:
    """Give one query where it is about all captures of the lake."""
    if {one.record.identity for one in lake.captures()} <= set(identities):
        return ["_exists_:wanglou.capture"]
    return scope_queries(identities)
