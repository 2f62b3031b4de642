"""What a replay found, read back from the lake: conversations and alerts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from wanglou.languages import Catalogue

if TYPE_CHECKING:
    import pyarrow as pa

    from correlation.store import Aggregation, Bucket, Capture
    from parsers.schema import Dataset

CAPTURES_PER_QUERY = 50
"""Identities in one query; a query has at most 8,192 characters, an identity at most 129."""

_CONVERSATION = (
    "organization.id",
    "source.ip",
    "destination.ip",
    "destination.port",
    "network.transport",
    "network.protocol",
)
_SUMS = ("network.packets", "network.bytes", "flow.messages")


class Source(Protocol):
    """What is asked of a store."""

    @property
    def datasets(self) -> Mapping[str, Dataset]:
        """As a store's."""

    def captures(self) -> Sequence[Capture]:
        """As a store's."""

    def search(self, dataset: str, query: str = "") -> Iterator[pa.RecordBatch]:
        """As a store's."""

    def count(self, dataset: str, query: str = "") -> int:
        """As a store's."""

    def aggregate(self, dataset: str, aggregation: Aggregation, query: str = "") -> Sequence[Bucket]:
        """As a store's."""


@dataclass(frozen=True, slots=True)
class Conversation:
    """All flows between a client and a port of a server."""

    key: tuple[Any, ...]
    """Enterprise, client, server, server's port, transport, application protocol; each may be None."""
    packets: int
    bytes: int
    messages: int


@dataclass(slots=True)
class RuleAlerts:
    """The alerts of one rule."""

    severity: int
    name: str
    title: str
    attack_v18: Sequence[str]
    attack_v19: Sequence[str]
    alerts: int = 0
    records: int = 0
    entities: Counter[str] = field(default_factory=Counter)
    """What the alerts are about, each with its records."""


def scope_queries(identities: Sequence[str]) -> Iterator[str]:
    """Give queries that together ask for the records of these captures, each once."""
    for start in range(0, len(identities), CAPTURES_PER_QUERY):
        names = " OR ".join(f'"{identity}"' for identity in identities[start : start + CAPTURES_PER_QUERY])
        yield f"wanglou.capture:({names})"


def rank_conversations(lake: Source, identities: Sequence[str], size: int = 10) -> tuple[list[Conversation], int]:
    """Give the conversations with the most packets, and how many conversations there are."""
    sums: dict[tuple[Any, ...], list[int]] = {}
    for query in scope_queries(identities):
        for batch in lake.search("flow", query):
            columns = [batch.column(name).to_pylist() for name in (*_CONVERSATION, *_SUMS)]
            for row in zip(*columns, strict=True):
                its = sums.setdefault(row[: len(_CONVERSATION)], [0] * len(_SUMS))
                for place, number in enumerate(row[len(_CONVERSATION) :]):
                    its[place] += number or 0
    largest = sorted(sums.items(), key=lambda item: (-item[1][0], str(item[0])))[:size]
    return [Conversation(key, *numbers) for key, numbers in largest], len(sums)


def group_alerts(lake: Source, identities: Sequence[str], say: Catalogue) -> list[RuleAlerts]:
    """Group alerts by rule, the most severe first."""
    from correlation.record import read_records

    groups: dict[str, RuleAlerts] = {}
    for query in scope_queries(identities):
        for batch in lake.search("alert", query):
            for record in read_records(batch):
                _add_alert(groups, record, say)
    return sorted(groups.values(), key=lambda group: (-group.severity, -group.records, group.name))


def _add_alert(groups: dict[str, RuleAlerts], record: Mapping[str, Any], say: Catalogue) -> None:
    group = groups.setdefault(
        str(record["rule.name"]),
        RuleAlerts(
            record["event.severity"],
            record["rule.name"],
            record.get(f"wanglou.alert.title.{say.language}", ""),
            record.get("threat.technique.id") or (),
            record.get("wanglou.threat.technique_v19.id") or (),
        ),
    )
    group.alerts += 1
    group.records += record["wanglou.alert.count"]
    group.entities[tell_entities(record, say)] += record["wanglou.alert.count"]


def tell_entities(record: Mapping[str, Any], say: Catalogue) -> str:
    """Say what an alert is about in one phrase: ``client → server`` where it folds by both, else its values."""
    pairs = [entity.partition("=") for entity in record.get("wanglou.alert.entities") or ()]
    values = {name: value for name, _, value in pairs if name != "organization.id"}
    source, destination = values.pop("source.ip", ""), values.pop("destination.ip", "")
    between = f"{source} → {destination}".strip() if destination else source
    return ", ".join(filter(None, (between, *(tell_entity(name, value, say) for name, value in values.items()))))


def tell_entity(name: str, value: object, say: Catalogue) -> str:
    """Say one value with the word for its field; a field without a word goes by the end of its name."""
    key = f"entity.{name.replace('.', '_')}"
    return say(key, value=value) if say.find(key) else f"{name.rpartition('.')[2]} {value}"
