"""What a flow speaks is told by its bytes."""

from __future__ import annotations

import pytest

from tests.support.conversations import ANSWER, READ, Connection, dissect, mbap, only, paired, polls
from tests.support.streams import listen

PAGE = b"HTTP/1.1 200 OK\r\n\r\n"
HELLO = bytes.fromhex("1603010035010000310303") + bytes(32) + bytes.fromhex("00000ac02fc030c02bc02c00350100")
SERVER_HELLO = bytes.fromhex("160303002c020000280303") + bytes(32) + bytes.fromhex("00c02f000000")
DATA = bytes.fromhex("1703030010") + bytes(range(16))


def test_a_web_server_on_502_is_no_modbus() -> None:
    """Bytes decide: HTTP on port 502 gives a flow of HTTP and no Modbus record."""
    connection = Connection().open().ask(b"GET / HTTP/1.1\r\nHost: plc\r\n\r\n").answer(PAGE + b"<html>" * 300)
    found = dissect(connection.ask(b"GET /x HTTP/1.1\r\n\r\n").answer(PAGE).close().packets)
    assert found.modbus == []
    assert (only(found.flow)["network.protocol"], found.flow[0]["flow.malformed"]) == ("http", 0)


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


def test_a_tls_or_ssh_server_on_502_is_no_modbus() -> None:
    """What a signature names keeps its name on port 502, whatever its later bytes look like."""
    for first, name in ((HELLO, "tls"), (b"SSH-2.0-OpenSSH_9.2\r\n", "ssh")):
        connection = Connection().open().ask(first).answer(first)
        for number in range(4):
            connection.ask(mbap(READ, number)).answer(mbap(ANSWER, number))
        found = dissect(connection.packets)
        assert (only(found.flow)["network.protocol"], found.modbus) == (name, [])


def test_tls_turns_silent_after_its_handshake() -> None:
    """Each side's first application data is a message, the later ones are not; the flow is still called TLS."""
    connection = Connection(served=4443).open().ask(HELLO).answer(SERVER_HELLO + DATA + DATA).answer(DATA, sizes=[7])
    connection.ask(DATA * 2, sizes=[9]).answer(DATA * 5).ask(DATA + bytes(500)).answer(b"\xff" * 90)
    heard = listen(connection.packets)
    assert [(message.content, message.from_server) for message in heard.messages] == [
        (HELLO, False), (SERVER_HELLO, True), (DATA, True), (DATA, False),
    ]  # fmt: skip
    assert (heard.protocols, heard.malformed) == (["tls"], 0)


def test_an_upgrade_changes_the_protocol() -> None:
    """After the reply that switches, both sides speak WebSocket, and the records before it still name HTTP."""
    reply = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n"
    ask = b"GET /mqtt HTTP/1.1\r\nUpgrade: websocket\r\n\r\n"
    connection = Connection(served=8083).open().ask(ask).answer(reply + b"\x81\x02hi").ask(b"\x81\x80abcd")
    heard = listen(connection.packets)
    assert [(m.protocol, m.content) for m in heard.messages[:2]] == [("http", ask), ("http", reply)]
    assert {m.protocol for m in heard.messages[2:]} == {"websocket"}
    assert heard.protocols == ["websocket"]


@pytest.mark.parametrize("turned", [True, False])
def test_the_port_of_its_own_protocol_tells_who_serves(turned: bool) -> None:
    """In the middle of a connection a write's echo says nothing of who asked; then Modbus' own port does."""
    write = mbap(bytes.fromhex("0600010002"), 3)
    connection = Connection(port=47808)
    connection.send(write, from_server=turned)
    flow = only(dissect(connection.packets).flow)
    assert (flow["source.port"], flow["destination.port"]) == (47808, 502)


def test_what_waits_on_one_side_is_read_when_the_other_is_known() -> None:
    """Bytes that could not be told are read when the flow ends, once its other side was recognised."""
    publish = b"\x30\x06\x00\x01ahey"
    connection = Connection(served=1999).answer(publish).ask(bytes.fromhex("100d00044d5154540402003c000161"))
    heard = listen(connection.packets)
    assert sorted(message.content for message in heard.messages if message.status == "whole")[1:] == [publish]
