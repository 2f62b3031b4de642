"""What the headers of an OPC UA row's messages say together."""

from __future__ import annotations

import pytest

from tests.support.opcua_bytes import chunk, encode, fill, ua
from tests.support.opcua_turns import Turn, tabulate, talk

READ = encode(fill(ua.ReadRequest))
ANSWER = encode(fill(ua.ReadResponse))


def test_evidence_of_a_pair() -> None:
    """From the request's first packet to the reply's last, with the time between."""
    (record,) = tabulate(talk(chunk(READ), (chunk(ANSWER), True)))
    assert (record["wanglou.packet"], record["wanglou.packet_end"], record["event.duration"]) == (0, 1, 1_000_000)
    assert (record["opcua.request.length"], record["opcua.response.length"]) == (len(chunk(READ)), len(chunk(ANSWER)))


@pytest.mark.parametrize("server", [False, True])
def test_a_message_alone(server: bool) -> None:
    """What it says stands on its own side, the other side is null, and there is no duration."""
    (record,) = tabulate([Turn(chunk(ANSWER if server else READ, 5, sequence=9), server)])
    own, other = ("response", "request") if server else ("request", "response")
    assert (record[f"opcua.{own}.sequence_number"], record["opcua.request.id"], record["opcua.token.id"]) == (9, 5, 3)
    assert record[f"opcua.{own}.type_id"] == (634 if server else 631)
    assert {record[f"opcua.{other}.{name}"] for name in ("length", "chunks", "sequence_number", "type_id")} == {None}
    assert (record["event.duration"], record["opcua.response.token.id"]) == (None, None)


def test_replies_of_another_service() -> None:
    """A reply that is neither the service's nor a fault is told."""
    other, fault = (encode(fill(kind)) for kind in (ua.WriteResponse, ua.ServiceFault))
    for body, error in ((other, "service_mismatch"), (fault, None), (ANSWER, None)):
        (record,) = tabulate(talk(chunk(READ), (chunk(body), True)))
        assert (record["error.code"], record["event.action"]) == (error, "read")


def test_a_request_id_that_is_waited_for() -> None:
    """The second request under it is marked."""
    records = tabulate(talk(chunk(READ), chunk(READ)))
    assert [record["error.code"] for record in records] == [None, "duplicate_request_id"]
