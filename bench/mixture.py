"""Make the mixed captures: Modbus, OPC UA, MQTT, Handle and DNS side by side, always the same.

``python -m bench.mixture OUT.pcap 1000000`` writes a million packets; ``SHARES`` says how many are of which protocol.
Every exchange is a request and its reply, or two messages of MQTT that cross; connections are opened as each protocol
asks for it.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from bench import exchanges, traffic
from bench.exchanges import Exchange
from bench.packets import Bytes, Numbers, lay_udp, open_capture, write_records
from bench.traffic import join, lay_exchanges, lay_polls, open_connections

SHARES = {"modbus": 0.40, "opcua": 0.20, "mqtt": 0.30, "handle": 0.05, "dns": 0.05}
"""Packets of each protocol; half of them are requests."""
_CHUNK = 200_000

Laid = tuple[Bytes, Numbers]


def write_mixture(path: Path, packets: int, seed: int = 1, shares: Mapping[str, float] = SHARES) -> None:
    """Write about ``packets`` packets (at least 2,000) to ``path`` as a microsecond pcap; ``shares`` add up to one."""
    random = np.random.default_rng(seed)
    known: dict[str, _Polls | _Part] = {"modbus": _Polls()}
    known |= {exchange.name: _Part(exchange) for exchange in exchanges.ALL}
    parts = [known[name] for name in shares]
    with open_capture(path) as out:
        done = 0
        for part in parts:
            for laid in part.open():
                out.write(write_records(*laid, np.arange(len(laid[1])) + done))
                done += len(laid[1])
        while done + 1 < packets:
            pairs = min(_CHUNK, packets - done) // 2
            kinds = random.choice(len(parts), pairs, p=list(shares.values()))
            laid = _interleave([part.lay(random, int((kinds == n).sum())) for n, part in enumerate(parts)], kinds)
            out.write(write_records(*laid, np.arange(2 * pairs) + done))
            done += 2 * pairs


class _Polls:
    """The Modbus polls of the other benchmark."""

    def __init__(self) -> None:
        self.sequence = np.full((traffic.CONNECTIONS, 2), 1000, dtype=np.int64)
        self.done = 0

    def open(self) -> Sequence[Laid]:
        return [open_connections(self.sequence, traffic.PORT, 0)]

    def lay(self, random: np.random.Generator, count: int) -> Laid:
        laid = lay_polls(random, self.done, count, self.sequence)
        self.done += count
        return laid


class _Part:
    """One of the other protocols: its connections, and where they have got to."""

    def __init__(self, exchange: Exchange) -> None:
        self.exchange = exchange
        self.sequence = np.full((exchange.connections, 2), 1000, dtype=np.int64)
        self.done = 0

    def open(self) -> Sequence[Laid]:
        """Handshakes, then what each protocol says first on every connection."""
        exchange = self.exchange
        if exchange.is_udp:
            return []
        everyone = np.arange(exchange.connections)
        laid = [open_connections(self.sequence, exchange.port, exchange.first_port)]
        for request, reply in exchange.opening:
            rows = _repeat(request, reply, exchange.connections)
            laid.append(lay_exchanges(everyone, *rows, self.sequence, exchange.port, exchange.first_port))
        return laid

    def lay(self, random: np.random.Generator, count: int) -> Laid:
        """``count`` exchanges, over all connections in turn."""
        exchange, ordinal = self.exchange, np.arange(count) + self.done
        self.done += count
        connection = ordinal % exchange.connections
        payload, length = _repeat(exchange.request, exchange.reply, count)
        exchange.fill(random, ordinal, connection, payload[0::2], payload[1::2])
        if not exchange.is_udp:
            return lay_exchanges(connection, payload, length, self.sequence, exchange.port, exchange.first_port)
        server = np.tile([False, True], count)
        sent = join(np.repeat(connection, 2), server, payload, length, exchange.first_port)
        return lay_udp(sent, exchange.port)


def _repeat(request: bytes, reply: bytes, count: int) -> Laid:
    """Rows of ``count`` equal exchanges."""
    payload = np.zeros((2 * count, max(len(request), len(reply))), dtype=np.uint8)
    payload[0::2, : len(request)] = np.frombuffer(request, dtype=np.uint8)
    payload[1::2, : len(reply)] = np.frombuffer(reply, dtype=np.uint8)
    return payload, np.tile([len(request), len(reply)], count)


def _interleave(laid: Sequence[Laid], kinds: Numbers) -> Laid:
    """Put the exchanges of all parts in the order of ``kinds``, each part's in its own order."""
    packets = np.zeros((2 * len(kinds), max(part.shape[1] for part, _ in laid)), dtype=np.uint8)
    length = np.zeros(2 * len(kinds), dtype=np.int64)
    for number, (part, its) in enumerate(laid):
        rows = np.flatnonzero(np.repeat(kinds == number, 2))
        packets[rows, : part.shape[1]] = part
        length[rows] = its
    return packets, length


if __name__ == "__main__":
    write_mixture(Path(sys.argv[1]), int(sys.argv[2]))
