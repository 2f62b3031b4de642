"""An enterprise node of identifier resolution: a small Handle server over UDP and TCP, written here.

It does what RFC 3652 asks for of resolution, listing and administration with challenge and response (HS_SECKEY with
HMAC-SHA-256, as implementations have it). Like many, it lists handles to anybody who asks.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import random
import struct
from collections.abc import Callable
from typing import cast

from pcaps.scenarios.rig import handle_message as hdl
from pcaps.scenarios.rig.handle_message import Message, Reader, Value
from pcaps.scenarios.rig.stage import Stage

PREFIX = "88.118.7"
ADMIN, KEY_INDEX = f"0.NA/{PREFIX}", 300
SECRET = b"demo park registration key"
USERS = {f"{PREFIX}/admin": "pw123456"}

_DAILY = 260
"""Resolutions a weak node allows before it refuses."""

_HMAC_SHA256 = b"\x13"
_SHA256 = b"\x03"


def sign(secret: bytes, nonce: bytes, digest: bytes) -> bytes:
    """Answer a challenge: algorithm and MAC over nonce and digest."""
    return _HMAC_SHA256 + hmac.digest(secret, nonce + digest, "sha256")


def _digest(request: Message) -> bytes:
    """Digest of header and body, without the credential."""
    return hashlib.sha256(request.encode()[: 24 + len(request.body)]).digest()


def first_handles(address: str) -> dict[str, list[Value]]:
    """Handles the node knows from the beginning: products, devices, its own prefix."""
    handles = {
        f"{PREFIX}/BAG{number:06d}": [
            Value(1, "URL", f"http://mes.chem.example/bag/{number}".encode()),
            Value(2, "PRODUCT", b"PVC S-65, 25 kg"),
            Value(100, "HS_ADMIN", hdl.admin(ADMIN, KEY_INDEX, 0x07F3), permission=0x0C),
        ]
        for number in range(1, 201)
    }
    handles[f"{PREFIX}/LINE1"] = [
        Value(i, "DESC", f"unit {i}: drive, gearbox, sensor set, spare part list and drawing {i:05d}".encode())
        for i in range(1, 25)
    ]
    handles[ADMIN] = [
        Value(1, "HS_SITE", hdl.site(address, 3)),
        Value(100, "HS_ADMIN", hdl.admin(ADMIN, KEY_INDEX, 0x07F3)),
    ]
    return handles


class Node:
    """The server's memory, and its answers."""

    def __init__(self, address: str, chance: random.Random, *, weak: bool = False) -> None:
        """Serve; a ``weak`` node gives its secret key out, changes without a challenge, and counts requests."""
        self._address = address
        self._chance = chance
        self._handles = first_handles(address)
        self._weak = weak
        self._left = _DAILY
        if weak:
            self._handles[ADMIN].append(Value(KEY_INDEX, "HS_SECKEY", SECRET))
        self._challenges: dict[int, tuple[Message, bytes, bytes]] = {}
        """By session: the challenged request, the nonce, the digest."""

    def answer(self, data: bytes) -> Message | None:
        """Answer one message; nothing to what is not even an envelope and a header."""
        try:
            request = hdl.decode(data)
        except (struct.error, ValueError):
            return None
        if request.response:
            return None
        try:
            return self._answer(request)
        except (struct.error, ValueError):
            return request.answer(hdl.PROTOCOL_ERROR, hdl.text("body cannot be read"))

    def _answer(self, request: Message) -> Message:
        if request.code == hdl.RESOLUTION:
            return self._resolve(request)
        if request.code == hdl.GET_SITEINFO:
            return request.answer(hdl.SUCCESS, hdl.site(self._address, 3))
        if request.code == hdl.LIST_HANDLE:
            names = [name for name in self._handles if name.startswith(PREFIX)]
            return request.answer(hdl.SUCCESS, struct.pack(">I", len(names)) + b"".join(map(hdl.text, names)))
        if request.code == hdl.LOGIN:
            return self._login(request)
        if request.code == hdl.CHALLENGE_RESPONSE:
            return self._judge(request)
        if hdl.CREATE <= request.code <= hdl.MODIFY_VALUE:
            return request.answer(self._change(request)) if self._weak else self._challenge(request)
        return request.answer(hdl.PROTOCOL_ERROR)

    def _resolve(self, request: Message) -> Message:
        self._left -= self._weak
        if self._left < 0:
            return request.answer(hdl.DAILY_LIMIT)
        reader = Reader(request.body)
        handle = reader.text()
        wanted = {reader.number() for _ in range(min(reader.number(), 64))}
        kinds = {reader.text() for _ in range(min(reader.number(), 64))}
        values = self._handles.get(handle)
        if values is None:
            return request.answer(hdl.NOT_FOUND)
        if wanted or kinds:
            values = [value for value in values if value.index in wanted or value.kind in kinds]
        return request.answer(hdl.SUCCESS, hdl.tell(handle, values))

    def _login(self, request: Message) -> Message:
        reader = Reader(request.body)
        user = reader.text()
        reader.number()
        words = [reader.text() for _ in range(min(reader.number(), 4))]
        return request.answer(hdl.SUCCESS if words == [USERS.get(user)] else hdl.AUTHEN_FAILED)

    def _challenge(self, request: Message) -> Message:
        session = self._chance.randrange(1, 1 << 31)
        nonce, digest = self._chance.randbytes(20), _digest(request)
        self._challenges[session] = (request, nonce, digest)
        asked = request.answer(hdl.AUTHEN_NEEDED, _SHA256 + digest + hdl.octets(nonce))
        return Message(asked.code, asked.body, asked.request, session, asked.response, hdl.REQUEST_DIGEST)

    def _judge(self, answer: Message) -> Message:
        reader = Reader(answer.body)
        reader.text()
        reader.text()
        reader.number()
        given = reader.octets()
        if answer.session not in self._challenges:
            return answer.answer(hdl.AUTHEN_FAILED)
        request, nonce, digest = self._challenges.pop(answer.session)
        if given != sign(SECRET, nonce, digest):
            return answer.answer(hdl.AUTHEN_FAILED)
        done = Message(request.code, b"", answer.request, answer.session)
        return done.answer(self._change(request))

    def _change(self, request: Message) -> int:
        reader = Reader(request.body)
        handle = reader.text()
        if request.code == hdl.CREATE and handle in self._handles:
            return hdl.EXISTS
        if request.code != hdl.CREATE and handle not in self._handles:
            return hdl.NOT_FOUND
        if request.code == hdl.DELETE:
            del self._handles[handle]
            return hdl.SUCCESS
        new = list(hdl.read_values(reader))
        kept = [value for value in self._handles.get(handle, []) if value.index not in {one.index for one in new}]
        self._handles[handle] = kept + new
        return hdl.SUCCESS


class _Datagrams(asyncio.DatagramProtocol):
    def __init__(self, node: Node) -> None:
        self._node = node
        self._transport: asyncio.DatagramTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.DatagramTransport, transport)

    def datagram_received(self, data: bytes, address: tuple[str, int]) -> None:
        reply = self._node.answer(data)
        for part in reply.datagrams() if reply and self._transport else ():
            if self._transport:
                self._transport.sendto(part, address)


async def serve_node(stage: Stage, ready: Callable[[], None], address: str, *, weak: bool = False) -> None:
    """Serve for ever over UDP and TCP."""
    node = Node(address, stage.random, weak=weak)

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while envelope := await reader.readexactly(20):
                length = hdl.message_length(envelope)
                if length > 100_000:
                    break
                reply = node.answer(envelope + await reader.readexactly(length))
                if reply:
                    writer.write(reply.frame())
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        writer.close()

    loop = asyncio.get_running_loop()
    await loop.create_datagram_endpoint(lambda: _Datagrams(node), local_addr=(address, hdl.PORT))
    server = await asyncio.start_server(talk, address, hdl.PORT)
    ready()
    async with server:
        await server.serve_forever()
