"""What a replay found, as the lake tells it."""

from __future__ import annotations

from typing import Any

import pytest

from correlation.lake import Lake
from correlation.record import read_records
from wanglou.commands.summary import (
    CAPTURES_PER_QUERY,
    group_alerts,
    rank_conversations,
    scope_queries,
    tell_entities,
)
from wanglou.languages import load_catalogue

EN = load_catalogue("en")


@pytest.fixture
def identities(lake: Lake) -> list[str]:
    """Identities of the lake's captures."""
    return [capture.record.identity for capture in lake.captures()]


def test_conversations_are_ranked_by_packets(lake: Lake, identities: list[str]) -> None:
    """The largest come first, and together they hold all packets of the flows."""
    all_of_them, total = rank_conversations(lake, identities, 1000)
    flows: list[dict[str, Any]] = [dict(record) for batch in lake.search("flow") for record in read_records(batch)]
    assert len(all_of_them) == total
    assert sum(one.packets for one in all_of_them) == sum(flow["network.packets"] for flow in flows)
    assert [one.packets for one in all_of_them] == sorted((one.packets for one in all_of_them), reverse=True)
    assert rank_conversations(lake, identities, 2) == (all_of_them[:2], total)


def test_alerts_are_grouped_by_rule(lake: Lake, identities: list[str]) -> None:
    """Each alert is in one group, the most severe rules come first, and titles are in the language asked for."""
    groups = group_alerts(lake, identities, EN)
    assert sum(group.alerts for group in groups) == lake.count("alert")
    assert [group.severity for group in groups] == sorted((group.severity for group in groups), reverse=True)
    writes = {group.name: group for group in groups}["modbus_write_unauthorized"]
    assert (writes.title, writes.attack_v18, writes.attack_v19) == (
        "Modbus write from a host that is not an allowed master", ["T0855", "T0836"], ["T1692.001", "T0836"],
    )  # fmt: skip
    chinese = {group.name: group.title for group in group_alerts(lake, identities, load_catalogue("zh"))}
    assert chinese["modbus_write_unauthorized"] == "非授权主站写 Modbus"


def test_other_captures_are_left_out(lake: Lake) -> None:
    """Only what came from the captures asked for is counted."""
    other = ["f" * 64]
    assert rank_conversations(lake, other) == ([], 0)
    assert group_alerts(lake, other, EN) == []


def test_many_captures_take_several_queries(lake: Lake) -> None:
    """No query is longer than the language allows, however long the identities are."""
    queries = list(scope_queries([f"{number:064x}@{'e' * 64}" for number in range(CAPTURES_PER_QUERY + 1)]))
    assert len(queries) == 2
    assert [lake.count("modbus", query) for query in queries] == [0, 0]


@pytest.mark.parametrize(
    ("entities", "text"),
    [
        (["organization.id=chem", "source.ip=10.0.0.1", "destination.ip=10.0.0.2"], "10.0.0.1 → 10.0.0.2"),
        (["source.ip=10.0.0.1"], "10.0.0.1"),
        (["destination.ip=10.0.0.2", "modbus.unit_id=3"], "→ 10.0.0.2, unit 3"),
        (["source.ip=10.0.0.1", "destination.ip=10.0.0.2", "destination.port=502"], "10.0.0.1 → 10.0.0.2, port 502"),
        (["source.mac=02-00"], "mac 02-00"),
        ([], ""),
    ],
)
def test_what_an_alert_is_about(entities: list[str], text: str) -> None:
    """Entities are told as a phrase; the enterprise stands elsewhere."""
    assert tell_entities({"wanglou.alert.entities": entities}, EN) == text
