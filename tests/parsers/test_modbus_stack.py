"""What a client of a real Modbus stack (pymodbus) did is what the records say."""

from __future__ import annotations

import asyncio

import pytest
from pymodbus.client import AsyncModbusTcpClient
from pymodbus.pdu.device import ModbusDeviceIdentification
from pymodbus.server import ModbusTcpServer
from pymodbus.simulator import DataType, SimData, SimDevice

from tests.support.conversations import Record, dissect
from tests.support.recording import Recording, find_port, record

UNIT = 7
NAMES = {"VendorName": "Acme", "ProductCode": "P-1", "MajorMinorRevision": "2.3"}


def make_device() -> SimDevice:
    """Make a unit with 16 bits and 8 words of each kind."""
    bits = SimData(0, values=[True, False] * 8, datatype=DataType.BITS)
    words = SimData(0, values=[100, 200, 300, 400, 500, 600, 700, 800], datatype=DataType.REGISTERS)
    return SimDevice(UNIT, simdata=([bits], [bits], [words], [words]))


async def play(client: AsyncModbusTcpClient) -> list[list[int]]:
    """Read, write, ask for what is not there and for the name of the device; gives what the reads gave."""
    await client.connect()
    coils = await client.read_coils(0, count=10, device_id=UNIT)
    words = await client.read_holding_registers(2, count=3, device_id=UNIT)
    await client.write_register(4, 0xBEEF, device_id=UNIT)
    await client.write_registers(1, [7, 8], device_id=UNIT)
    await client.write_coil(3, value=True, device_id=UNIT)
    await client.mask_write_register(address=5, and_mask=0xF2, or_mask=0x25, device_id=UNIT)
    both = await client.readwrite_registers(read_count=2, write_address=6, values=[11, 12], device_id=UNIT)
    await client.read_input_registers(9_000, count=1, device_id=UNIT)
    await client.read_device_information(read_code=1, device_id=UNIT)
    client.close()
    return [[int(bit) for bit in coils.bits[:10]], list(words.registers), list(both.registers)]


async def converse() -> tuple[Recording, list[list[int]]]:
    """Let client and server speak through a recorder."""
    port = find_port()
    identity = ModbusDeviceIdentification(info_name=NAMES)  # type: ignore[no-untyped-call] # pymodbus's
    server = ModbusTcpServer(make_device(), identity=identity, address=("127.0.0.1", port))
    await server.serve_forever(background=True)
    try:
        with record(port) as (near, recording):
            given = await play(AsyncModbusTcpClient("127.0.0.1", port=near, retries=0, timeout=5))
    finally:
        await server.shutdown()  # type: ignore[no-untyped-call] # pymodbus's
    return recording, given


@pytest.fixture(scope="module")
def conversation() -> tuple[list[Record], list[list[int]]]:
    """Give our records, and what the client's reads gave it."""
    recording, given = asyncio.run(converse())
    return dissect(recording.list_packets(502)[0].packets).modbus, given


def test_every_call_is_a_pair(conversation: tuple[list[Record], list[list[int]]]) -> None:
    """Nine calls are nine transactions in their order, and only that of a missing register failed."""
    records, _ = conversation
    assert [record["modbus.function.code"] for record in records] == [1, 3, 6, 16, 5, 22, 23, 4, 43]
    assert {record["wanglou.pairing"] for record in records} == {"paired"}
    assert {record["error.code"] for record in records} == {None}
    assert {record["modbus.unit_id"] for record in records} == {UNIT}
    failed = [record for record in records if record["event.outcome"] == "failure"]
    assert [record["modbus.exception.name"] for record in failed] == ["illegal_data_address"]


def test_what_was_read_is_told(conversation: tuple[list[Record], list[list[int]]]) -> None:
    """Values of coils and registers are those that the client got."""
    records, given = conversation
    assert [records[at]["modbus.response.values"] for at in (0, 1, 6)] == given
    assert [records[at]["modbus.request.address"] for at in (0, 1, 6, 7)] == [0, 2, 0, 9_000]


def test_what_was_written_is_told(conversation: tuple[list[Record], list[list[int]]]) -> None:
    """Addresses, values and masks are those that the client sent."""
    records, _ = conversation
    written = [(records[at]["modbus.request.address"], records[at]["modbus.request.values"]) for at in (2, 3, 4)]
    assert written == [(4, [0xBEEF]), (1, [7, 8]), (3, [1])]
    assert (records[5]["modbus.request.and_mask"], records[5]["modbus.request.or_mask"]) == (0xF2, 0x25)
    assert (records[6]["modbus.request.write.address"], records[6]["modbus.request.values"]) == (6, [11, 12])


def test_the_device_is_named(conversation: tuple[list[Record], list[list[int]]]) -> None:
    """Device identification says what the server was set up with."""
    assert conversation[0][8]["modbus.device_id.object_values"] == list(NAMES.values())
