"""Clients of the enterprise node: one question a datagram, or a connection that stays, with challenges answered."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Mapping, Sequence

from pcaps.scenarios.rig import handle_message as hdl
from pcaps.scenarios.rig.handle_message import Message, Reader, Value
from pcaps.scenarios.rig.node import ADMIN, KEY_INDEX, PREFIX, SECRET, serve_node, sign
from pcaps.scenarios.rig.park import IDENTIFIERS
from pcaps.scenarios.rig.scenario import Act, Scenario
from pcaps.scenarios.rig.stage import Stage

NODE = IDENTIFIERS.host("node").ip


class Questions:
    """A socket that asks by UDP, one question after the other, and takes the first datagram that comes back."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.setblocking(False)
        self._socket.connect((NODE, hdl.PORT))

    async def ask(self, code: int, body: bytes) -> bytes:
        """Send a request and wait for the first datagram of its reply; empty when none comes."""
        message = Message(code, body, self._stage.random.randrange(1 << 32))
        return await self.send(b"".join(message.datagrams()))

    async def send(self, data: bytes) -> bytes:
        """Send bytes as they are."""
        loop = asyncio.get_running_loop()
        await loop.sock_sendall(self._socket, data)
        with contextlib.suppress(TimeoutError, ConnectionError):
            return await asyncio.wait_for(loop.sock_recv(self._socket, 2048), 0.3)
        return b""


class Connection:
    """A TCP connection to the node."""

    def __init__(self, stage: Stage, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._stage = stage
        self._reader = reader
        self._writer = writer

    async def ask(self, message: Message) -> Message:
        """Send a request and wait for its reply."""
        self._writer.write(message.frame())
        envelope = await self._reader.readexactly(20)
        return hdl.decode(envelope + await self._reader.readexactly(hdl.message_length(envelope)))

    async def change(self, code: int, body: bytes, secret: bytes = SECRET) -> Message:
        """Ask for a change and answer the challenge it meets."""
        number = self._stage.random.randrange(1 << 31)
        challenge = await self.ask(Message(code, body, number))
        if challenge.response != hdl.AUTHEN_NEEDED:
            return challenge
        reader = Reader(challenge.body)
        reader.number(1)
        digest = reader.number(32).to_bytes(32, "big")
        response = sign(secret, reader.octets(), digest)
        answer = hdl.text("HS_SECKEY") + hdl.text(ADMIN) + KEY_INDEX.to_bytes(4, "big") + hdl.octets(response)
        return await self.ask(Message(hdl.CHALLENGE_RESPONSE, answer, number + 1, challenge.session))


@contextlib.asynccontextmanager
async def connect(stage: Stage) -> AsyncIterator[Connection]:
    """Open a connection to the node."""
    reader, writer = await asyncio.open_connection(NODE, hdl.PORT)
    try:
        yield Connection(stage, reader, writer)
    finally:
        writer.close()


async def resolve(stage: Stage, every_s: float, kinds: Sequence[str]) -> None:
    """Resolve bags, now and then the line, again and again; one in forty is of another plant and not known."""
    questions = Questions(stage)
    while not stage.stopped.is_set():
        await stage.wait(stage.random.uniform(0.5, 1.5) * every_s)
        number = stage.random.randrange(1, 206)
        handle = f"{PREFIX}/LINE1" if number % 37 == 0 else f"{PREFIX}/BAG{number:06d}"
        await questions.ask(hdl.RESOLUTION, hdl.ask(handle, (), kinds))


def new_bag(number: int) -> bytes:
    """Encode the registration of a bag."""
    values = (
        Value(1, "URL", f"http://mes.chem.example/bag/{number}".encode()),
        Value(100, "HS_ADMIN", hdl.admin(ADMIN, KEY_INDEX, 0x07F3), permission=0x0C),
    )
    return hdl.tell(f"{PREFIX}/BAG{number:06d}", values)


async def register(stage: Stage, every_s: float) -> None:
    """Register bags as they are filled, over one connection; correct one now and then."""
    number = 1000
    await stage.wait(every_s / 2)
    async with connect(stage) as connection:
        while not stage.stopped.is_set():
            number += 1
            await connection.change(hdl.CREATE, new_bag(number))
            if number % 5 == 0:
                url = Value(1, "URL", f"http://mes.chem.example/bag/{number}?lot=7".encode())
                await connection.change(hdl.MODIFY_VALUE, hdl.tell(f"{PREFIX}/BAG{number:06d}", [url]))
            await stage.wait(every_s)


def node_clients(slack: float) -> dict[str, Act]:
    """Reader and upper node resolve, the MES registers."""
    return {
        "reader": lambda stage: resolve(stage, 4.0 * slack, ()),
        "upper_node": lambda stage: resolve(stage, 9.0 * slack, ("URL",)),
        "mes": lambda stage: register(stage, 25.0 * slack),
    }


def make_scenario(
    file: str,
    seed: int,
    duration_s: float,
    acts: Mapping[str, Act],
    *,
    time_scale: float = 8,
    slack: float = 1.0,
    strangers: tuple[str, ...] = (),
    weak: bool = False,
) -> Scenario:
    """Make a scenario around the enterprise node."""
    return Scenario(
        file=file,
        enterprise="chem",
        duration_s=duration_s,
        time_scale=time_scale,
        seed=seed,
        masters=node_clients(slack),
        acts=acts,
        strangers=strangers,
        dataset="handle",
        place=IDENTIFIERS,
        servers={"node": lambda stage, ready: serve_node(stage, ready, NODE, weak=weak)},
        stack=("an RFC 3652 server and clients written here",),
    )
