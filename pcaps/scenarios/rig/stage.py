"""What an actor has at hand: a clock in packet time, random numbers, connections, and marks for the timeline."""

from __future__ import annotations

import asyncio
import contextlib
import random
import socket
import struct
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field

from pymodbus.client import AsyncModbusTcpClient
from pymodbus.exceptions import ModbusException
from pymodbus.framer import FramerType
from pymodbus.pdu import ModbusPDU

MODBUS_PORT = 502
"""Registered port of Modbus/TCP (MODBUS Messaging on TCP/IP Implementation Guide V1.0b, 3.1.3)."""


@dataclass(slots=True)
class Stage:
    """One actor's view of the performance."""

    start_s: float
    """Wall clock at packet time zero, seconds."""
    scale: float
    """Packet seconds per real second."""
    seed: int
    report: Callable[[float], None]
    """Takes the wall clock of each mark."""
    stopped: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when masters are to finish."""
    random: random.Random = field(init=False)

    def __post_init__(self) -> None:
        """Seed the actor's random numbers."""
        self.random = random.Random(self.seed)  # noqa: S311 - operators' moods, not secrets

    @property
    def now_s(self) -> float:
        """Packet time since the start, seconds."""
        return (time.time() - self.start_s) * self.scale

    async def wait(self, seconds: float) -> None:
        """Let packet time pass, or return at once when the performance ends."""
        if seconds <= 0:
            return
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self.stopped.wait(), seconds / self.scale)

    async def until(self, at_s: float) -> None:
        """Wait for a moment of packet time."""
        await self.wait(at_s - self.now_s)

    def mark(self) -> None:
        """Note that the next entry of the manifest's timeline begins now."""
        self.report(time.time())

    @contextlib.asynccontextmanager
    async def connect(
        self, ip: str, *, port: int = MODBUS_PORT, framer: FramerType = FramerType.SOCKET, patience_s: float = 1.0
    ) -> AsyncIterator[AsyncModbusTcpClient]:
        """Open a pymodbus connection that neither retries nor reconnects; ``patience_s`` is real time per request."""
        client = AsyncModbusTcpClient(ip, port=port, framer=framer, timeout=patience_s, retries=0, reconnect_delay=0)
        client.set_max_no_responses(1_000_000)
        if not await client.connect():
            raise ConnectionError(ip)
        try:
            yield client
        finally:
            client.close()


async def ask(client: AsyncModbusTcpClient, request: ModbusPDU) -> ModbusPDU | None:
    """Send any PDU and wait for its answer; None when none came or it could not be decoded."""
    try:
        answer: ModbusPDU = await client.execute(False, request)
    except (ModbusException, struct.error, IndexError):
        return None
    return answer


def make_adu(transaction: int, unit: int, pdu: bytes, *, protocol: int = 0, length: int | None = None) -> bytes:
    """Build a Modbus/TCP frame, right or wrong (MODBUS Messaging on TCP/IP Implementation Guide V1.0b, 3.1.3)."""
    return struct.pack(">HHHB", transaction, protocol, len(pdu) + 1 if length is None else length, unit) + pdu


@contextlib.asynccontextmanager
async def open_socket(
    ip: str, port: int = MODBUS_PORT
) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    """Open a bare TCP connection without Nagle's delay, for bytes no Modbus library would send."""
    reader, writer = await asyncio.open_connection(ip, port)
    writer.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    try:
        yield reader, writer
    finally:
        writer.close()
        with contextlib.suppress(ConnectionError):
            await writer.wait_closed()


async def hear(reader: asyncio.StreamReader, patience_s: float = 0.1) -> bytes:
    """Read what has come within some real time; empty when nothing did."""
    try:
        return await asyncio.wait_for(reader.read(4096), patience_s)
    except (TimeoutError, ConnectionError):
        return b""
