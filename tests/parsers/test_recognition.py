"""What a flow speaks is told by its bytes."""

from __future__ import annotations

import pytest

from tests.support.conversations import Connection, dissect, only, paired, polls

PAGE = b"HTTP/1.1 200 OK\r\n\r\n"


def test_a_web_server_on_502_is_no_modbus() -> None:
    """Bytes decide: HTTP on port 502 gives a flow without a protocol and no Modbus record."""
    connection = Connection().open().ask(b"GET / HTTP/1.1\r\nHost: plc\r\n\r\n").answer(PAGE + b"<html>" * 300)
    found = dissect(connection.ask(b"GET /x HTTP/1.1\r\n\r\n").answer(PAGE).close().packets)
    assert found.modbus == []
    assert (only(found.flow)["network.protocol"], found.flow[0]["flow.messages"]) == (None, 0)


@pytest.mark.parametrize("port", [502, 1502])
@pytest.mark.parametrize(
    "noise",
    [b"SSH-2.0-OpenSSH_9.2\r\n", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(60), b"\x00" * 200, b"AB"],
)
def test_other_protocols_are_no_modbus(port: int, noise: bytes) -> None:
    """Neither SSH, nor TLS, nor zeros become Modbus records on any port."""
    connection = Connection(served=port).open()
    for _ in range(8):
        connection.ask(noise).answer(noise[::-1])
    assert dissect(connection.packets).modbus == []


def test_modbus_on_any_port() -> None:
    """Modbus is recognised by its bytes on other ports too."""
    found = dissect(polls(Connection(served=10502).open(), 3).packets)
    assert paired(found.modbus) == [0, 1, 2]
    assert only(found.flow)["network.protocol"] == "modbus"
