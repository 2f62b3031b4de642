"""Which node a notified value is of."""

from __future__ import annotations

import pytest

from parsers import opcua_items
from tests.support.opcua_bytes import chunk, encode, ua
from tests.support.opcua_turns import Feed, Record, Turn, order, tabulate, talk


def create(*items: tuple[int, str], subscription: int = 1, request: int = 1) -> tuple[bytes, tuple[bytes, bool]]:
    """Request and reply that create items of client handles and nodes."""
    message = ua.CreateMonitoredItemsRequest()
    message.Parameters.SubscriptionId = subscription
    for handle, name in items:
        item = ua.MonitoredItemCreateRequest()
        item.ItemToMonitor.NodeId = ua.NodeId(name, 2)
        item.RequestedParameters.ClientHandle = handle
        message.Parameters.ItemsToCreate.append(item)
    return chunk(encode(message), request), (chunk(encode(ua.CreateMonitoredItemsResponse()), request), True)


def notify(*handles: int, subscription: int = 1, request: int = 2) -> tuple[bytes, tuple[bytes, bool]]:
    """Publish request, and a reply with a value for each client handle."""
    change = ua.DataChangeNotification()
    change.MonitoredItems = [
        ua.MonitoredItemNotification(ClientHandle=handle, Value=ua.DataValue(ua.Variant(1.0))) for handle in handles
    ]
    reply = ua.PublishResponse()
    reply.Parameters.SubscriptionId = subscription
    reply.Parameters.NotificationMessage.NotificationData = [change]
    return chunk(encode(ua.PublishRequest()), request), (chunk(encode(reply), request), True)


def nodes(records: list[Record]) -> list[list[str | None] | None]:
    """Nodes of the Publish rows."""
    return [record["opcua.nodes"] for record in order(records) if record["event.action"] == "publish"]


@pytest.mark.parametrize("sizes", [(), (1, 1), (2, 1, 1), (1, 1, 1, 1, 1, 1)])
def test_values_have_the_nodes_of_their_items(sizes: tuple[int, ...]) -> None:
    """Each value's node is that of the latest creation before it, however the batches fall."""
    turns = talk(*create((5, "A"), (6, "B")), *notify(6, 5, 7), *create((5, "C"), request=3), *notify(5, request=4))
    found = nodes(tabulate(turns, sizes))
    assert found == [["ns=2;s=B", "ns=2;s=A", None], ["ns=2;s=C"]]


def test_subscriptions_are_told_apart() -> None:
    """The same client handle in another subscription is another item."""
    assert nodes(tabulate(talk(*create((5, "A")), *notify(5, subscription=2)))) == [None]


def test_connections_are_told_apart() -> None:
    """An item of one connection is not known to another."""
    turns = talk(*create((5, "A")), *notify(5))
    other = [Turn(turn.content, turn.from_server, 2, 9, 9) for turn in turns[2:]]
    assert nodes(tabulate([*turns[:2], *other])) == [None]


def test_items_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """The oldest item is forgotten when there are too many, and counted."""
    monkeypatch.setattr(opcua_items, "ITEMS_MAX", 2)
    feed = Feed()
    found = feed.add(talk(*create((1, "A"), (2, "B"), (3, "C")), *notify(1, 2, 3)), flush=True)
    assert nodes(found) == [[None, "ns=2;s=B", "ns=2;s=C"]]
    assert feed.table.counters["opcua_items_forgotten"] == 1
