"""Made-up Modbus transactions, as many as asked: what sixty masters poll, with rare writes, errors and one intruder.

Batches repeat one drawn block with times and packet numbers of their own, so making them costs next to nothing beside
writing them. Columns hold what real records of polls hold; the others stay empty, as there.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pyarrow as pa

from parsers.modbus_schema import MODBUS

BLOCK_ROWS = 131_072
CLIENTS, SERVERS, VALUES = 60, 200, 10
INTRUDER = "10.9.9.9"
"""Client of a handful of records of one block."""
INTRUDER_ROWS = 40
_FUNCTIONS = {
    3: ("read_holding_registers", "read", 0.90),
    4: ("read_input_registers", "read", 0.06),
    6: ("write_single_register", "write", 0.03),
    16: ("write_multiple_registers", "write", 0.0095),
    43: ("encapsulated_interface_transport", "identification", 0.0005),
}


def make_batches(rows: int, start_ns: int, span_ns: int, capture: str, *, intruder_at: int = 0) -> Iterator[pa.Table]:
    """Give ``rows`` transactions evenly spread over ``span_ns``; the intruder is seen in block ``intruder_at``."""
    block = make_block(capture)
    for number, first in enumerate(range(0, rows, BLOCK_ROWS)):
        ordinals = np.arange(first, min(first + BLOCK_ROWS, rows))
        times = start_ns + (ordinals * (span_ns / rows)).astype(np.int64)
        batch = block.slice(0, len(ordinals))
        if number == intruder_at:
            batch = _replace(batch, "source.ip", _intrude(batch["source.ip"].combine_chunks()))
        batch = _replace(batch, "@timestamp", pa.array(times).cast(pa.timestamp("ns", tz="UTC")))
        batch = _replace(batch, "wanglou.packet", pa.array(2 * ordinals))
        yield _replace(batch, "wanglou.packet_end", pa.array(2 * ordinals + 1))


def _replace(table: pa.Table, name: str, column: pa.Array) -> pa.Table:
    place = table.schema.get_field_index(name)
    return table.set_column(place, table.schema.field(place), column)


def _intrude(clients: pa.DictionaryArray) -> pa.DictionaryArray:
    """Give a few rows another client."""
    indices = clients.indices.to_numpy().copy()
    indices[:: max(1, len(indices) // INTRUDER_ROWS)] = len(clients.dictionary)
    names = pa.concat_arrays([clients.dictionary, pa.array([INTRUDER])])
    return pa.DictionaryArray.from_arrays(indices, names)


def make_block(capture: str) -> pa.Table:
    """Draw one block of transactions, always the same."""
    random = np.random.default_rng(20260921)
    client = random.integers(0, CLIENTS, BLOCK_ROWS)
    server = random.integers(0, SERVERS, BLOCK_ROWS)
    code = random.choice(list(_FUNCTIONS), BLOCK_ROWS, p=[share for _, _, share in _FUNCTIONS.values()])
    failed = random.random(BLOCK_ROWS) < 0.001
    columns = {
        **_make_addresses(client, server, random),
        "event.action": _choose([name for name, _, _ in _FUNCTIONS.values()], _rank(code)),
        "event.outcome": _choose(["success", "failure"], failed),
        "event.duration": pa.array(random.integers(500_000, 40_000_000, BLOCK_ROWS)),
        "wanglou.pdu": pa.array(np.zeros(BLOCK_ROWS, np.int64)),
        "wanglou.pairing": _repeat("paired"),
        "modbus.framing": _repeat("mbap"),
        "modbus.transaction_id": pa.array(np.arange(BLOCK_ROWS).astype(np.uint16)),
        "modbus.protocol_id": pa.array(np.zeros(BLOCK_ROWS, np.uint16)),
        "modbus.unit_id": pa.array((server % 8).astype(np.uint8)),
        "modbus.request.length": pa.array(np.full(BLOCK_ROWS, 6, np.uint16)),
        "modbus.response.length": pa.array(np.full(BLOCK_ROWS, 3 + 2 * VALUES, np.uint16)),
        "modbus.function.code": pa.array(code.astype(np.uint8)),
        "modbus.function.name": _choose([name for name, _, _ in _FUNCTIONS.values()], _rank(code)),
        "modbus.function.category": _choose([category for _, category, _ in _FUNCTIONS.values()], _rank(code)),
        "modbus.exception.code": pa.array(np.full(BLOCK_ROWS, 2, np.uint8), mask=~failed),
        "modbus.exception.name": _choose(["illegal_data_address"], np.zeros(BLOCK_ROWS), ~failed),
        "modbus.request.address": pa.array((10 * (client % 32)).astype(np.uint16)),
        "modbus.request.end_address": pa.array((10 * (client % 32) + VALUES - 1).astype(np.int64)),
        "modbus.request.quantity": pa.array(np.full(BLOCK_ROWS, VALUES, np.uint16)),
        "modbus.response.byte_count": pa.array(np.full(BLOCK_ROWS, 2 * VALUES, np.uint16)),
        "modbus.response.values": _make_values(random),
        "event.dataset": _repeat(MODBUS.name),
        "observer.name": _repeat("bench"),
        "wanglou.capture": _repeat(capture),
    }
    schema = MODBUS.arrow
    arrays = [columns.get(field.name, pa.nulls(BLOCK_ROWS, field.type)) for field in schema]
    return pa.Table.from_arrays(
        [array.cast(kind) for array, kind in zip(arrays, schema.types, strict=True)], schema=schema
    )


def _make_addresses(client: np.ndarray, server: np.ndarray, random: np.random.Generator) -> dict[str, pa.Array]:
    port = random.integers(20_000, 20_000 + 4 * CLIENTS, BLOCK_ROWS).astype(np.uint16)
    communities = [f"1:{number:027d}=" for number in range(CLIENTS * SERVERS)]
    return {
        "source.ip": _choose([f"10.0.{number // 8}.{number % 8 + 1}" for number in range(CLIENTS)], client),
        "source.port": pa.array(port),
        "source.mac": _choose([f"02-00-00-00-00-{number:02X}" for number in range(CLIENTS)], client),
        "destination.ip": _choose([f"10.1.{number // 50}.{number % 50 + 1}" for number in range(SERVERS)], server),
        "destination.port": pa.array(np.full(BLOCK_ROWS, 502, np.uint16)),
        "destination.mac": _choose([f"02-00-00-00-01-{number:02X}" for number in range(SERVERS)], server),
        "network.transport": _repeat("tcp"),
        "network.protocol": _repeat("modbus"),
        "network.community_id": _choose(communities, client * SERVERS + server),
    }


def _rank(code: np.ndarray) -> np.ndarray:
    return np.searchsorted(list(_FUNCTIONS), code)


def _choose(names: list[str], indices: np.ndarray, mask: np.ndarray | None = None) -> pa.DictionaryArray:
    """Make a column; a dictionary that names a value twice would be written as plain texts."""
    texts, places = np.unique(names, return_inverse=True)
    chosen = places[indices.astype(np.int32)].astype(np.int32)
    return pa.DictionaryArray.from_arrays(pa.array(chosen, mask=mask), pa.array(texts.tolist()))


def _repeat(name: str) -> pa.DictionaryArray:
    return _choose([name], np.zeros(BLOCK_ROWS))


def _make_values(random: np.random.Generator) -> pa.ListArray:
    """Registers as of measured values: near one another, changing a little."""
    values = (random.normal(2_000, 40, BLOCK_ROWS * VALUES)).astype(np.uint16)
    return pa.ListArray.from_arrays(np.arange(0, len(values) + 1, VALUES, dtype=np.int32), values)
