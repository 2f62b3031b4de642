"""A TCP proxy that keeps what an OPC UA client and server say to each other."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator

import numpy as np

from parsers.opcua_frame import measure_opcua
from tests.support.opcua_turns import START_NS, STEP_NS, Turn


class Recorder:
    """Chunks in the order in which they went through."""

    def __init__(self) -> None:
        self.turns: list[Turn] = []
        self.connections = 0
        self._tasks: set[asyncio.Task[None]] = set()

    @contextlib.asynccontextmanager
    async def listen(self, server_port: int) -> AsyncIterator[int]:
        """Forward connections to a server on this host; gives the port to connect to."""

        async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            self.connections += 1
            uid = self.connections
            far_reader, far_writer = await asyncio.open_connection("127.0.0.1", server_port)
            pumps = (
                self._pump(reader, far_writer, uid, server=False),
                self._pump(far_reader, writer, uid, server=True),
            )
            await asyncio.gather(*pumps)

        listener = await asyncio.start_server(accept, "127.0.0.1", 0)
        async with listener:
            yield int(listener.sockets[0].getsockname()[1])

    async def _pump(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, uid: int, *, server: bool
    ) -> None:
        """Forward one direction and keep its chunks as they become whole."""
        held = b""
        with contextlib.suppress(ConnectionError):
            while data := await reader.read(65_536):
                held = self._keep(held + data, uid, server=server)
                writer.write(data)
                await writer.drain()
        with contextlib.suppress(ConnectionError):
            writer.close()

    def _keep(self, held: bytes, uid: int, *, server: bool) -> bytes:
        """Keep whole chunks; returns what is left."""
        while True:
            size = measure_opcua(np.frombuffer(held, dtype=np.uint8), 0, len(held), not server) if held else 0
            if size <= 0 or size > len(held):
                return held
            number = len(self.turns)
            self.turns.append(Turn(held[:size], server, uid, number, number, 0, START_NS + number * STEP_NS))
            held = held[size:]
