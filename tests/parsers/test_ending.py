"""How flows end, and slices of long ones."""

from __future__ import annotations

from dataclasses import replace

from tests.support.conversations import ANSWER, READ, SMALL, Connection, dissect, mbap, paired, polls


def test_idle_flows_end() -> None:
    """Silence beyond the bound ends a flow; what follows is another, with its own number of packets."""
    connection = polls(polls(Connection(), 2).wait(SMALL.idle_s + 1), 1)
    first, second = dissect(connection.packets).flow
    assert (first["flow.end_reason"], first["network.packets"]) == ("idle", 4)
    assert (second["flow.end_reason"], second["network.packets"]) == ("end", 2)
    assert first["network.community_id"] == second["network.community_id"]


def test_long_flows_are_sliced() -> None:
    """A flow that goes on is recorded each time the active bound is over; counts add up and messages go on."""
    connection = polls(Connection().open(), 40, 100)
    found = dissect(connection.packets)
    assert [flow["flow.end_reason"] for flow in found.flow] == ["active", "active", "end"]
    assert sum(flow["network.packets"] for flow in found.flow) == len(connection.packets)
    assert sum(flow["flow.messages"] for flow in found.flow) == 80
    assert found.flow[0]["wanglou.packet"] == 0
    assert len({flow["wanglou.packet"] for flow in found.flow}) == 3
    assert paired(found.modbus) == list(range(40))


def test_a_full_table_ends_the_longest_silent() -> None:
    """Where no place is free the flow that was silent longest is recorded early and counted."""
    packets = [packet for port in range(9) for packet in Connection(port=1000 + port).open().packets]
    found = dissect(packets, limits=replace(SMALL, flows=8))
    assert (found.counters["flows_evicted"], len(found.flow)) == (1, 9)
    assert (found.flow[0]["flow.end_reason"], found.flow[0]["source.port"]) == ("evicted", 1000)


def test_a_used_flow_is_not_the_longest_silent() -> None:
    """A flow that speaks again is young again."""
    packets = [packet for port in range(8) for packet in Connection(port=1000 + port).open().packets]
    packets += [*Connection(port=1000).open().packets[2:], *Connection(port=2000).open().packets]
    found = dissect(packets, limits=replace(SMALL, flows=8))
    assert [flow["source.port"] for flow in found.flow if flow["flow.end_reason"] == "evicted"] == [1001]


def test_pending_requests_die_with_their_connection() -> None:
    """A reply on a new connection does not answer a request of the old one."""
    first = Connection().open().ask(mbap(READ)).close()
    second = Connection(isn=(7, 8), start_ns=first.now_ns).open().answer(mbap(ANSWER))
    found = dissect(first.packets + second.packets)
    assert sorted(record["wanglou.pairing"] for record in found.modbus) == ["no_request", "no_response"]
