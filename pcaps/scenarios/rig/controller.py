"""A PLC or serial gateway: a pymodbus server whose registers follow a simulated process.

Where pymodbus and devices differ, the controller follows devices: an unknown function code is named in its exception,
force listen only (FC 8/4) is not answered and silences the device until it restarts communications (FC 8/1), and a
gateway answers for absent units with exception 11 (MODBUS Application Protocol V1.1b3, 6.8 and 7).
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass

from pymodbus.constants import ExcCodes
from pymodbus.datastore import ModbusServerContext
from pymodbus.framer import FramerType
from pymodbus.pdu import ExceptionResponse, ModbusPDU
from pymodbus.pdu.device import ModbusDeviceIdentification
from pymodbus.pdu.file_message import ReadFileRecordRequest, ReadFileRecordResponse
from pymodbus.server import ModbusTcpServer, ModbusUdpServer
from pymodbus.simulator import DataType, SimData, SimDevice

from pcaps.scenarios.rig.layout import Controller, Host
from pcaps.scenarios.rig.process import LOOPS, Process
from pcaps.scenarios.rig.stage import MODBUS_PORT
from pcaps.scenarios.rig.umas import Umas

Twist = Callable[[bytes], bytes]
"""Changes the bytes a controller is about to send."""

_TRIPS = [1900, 95, 1750, 6000, 30, 1]
"""Trip limits of a safety function, holding registers 400 to 405."""

_LISTEN_ONLY, _RESTART = b"\x08\x00\x04", b"\x08\x00\x01"


@dataclass(frozen=True, slots=True)
class Door:
    """Where and how a controller is reached."""

    port: int = MODBUS_PORT
    framer: FramerType = FramerType.SOCKET
    server: type[ModbusTcpServer | ModbusUdpServer] = ModbusTcpServer


class FileRequest(ReadFileRecordRequest):
    """FC 20 answered with as many registers as were asked for, made from the record's number."""

    async def datastore_update(self, context: ModbusServerContext, device_id: int) -> ModbusPDU:
        """Fill each record with a repeatable pattern that stands for a stored program."""
        _ = context
        for record in self.records:
            words = (record.file_number * 251 + (record.record_number + i) * 40503 for i in range(record.record_length))
            record.record_data = b"".join((word & 0xFFFF).to_bytes(2, "big") for word in words)
        return ReadFileRecordResponse(records=self.records, dev_id=device_id, transaction_id=self.transaction_id)


class Wire:
    """What the server sends and receives, with a device's habits."""

    def __init__(self, controller: Controller, twist: Twist | None) -> None:
        self._controller = controller
        self._twist = twist
        self._asked = 0
        self._silent = False

    def packet(self, sending: bool, data: bytes) -> bytes:
        """Watch requests and correct answers (pymodbus's ``trace_packet``)."""
        pdu = data[7:]
        if not sending:
            self._asked = pdu[0] if pdu else 0
            if pdu.startswith(_LISTEN_ONLY):
                self._silent = True
            return data
        if self._silent:
            self._silent = not pdu.startswith(_RESTART)
            return b""
        if pdu[:1] == b"\x80":
            data = data[:7] + bytes([0x80 | self._asked & 0x7F]) + pdu[1:]
        return self._twist(data) if self._twist else data

    def pdu(self, sending: bool, pdu: ModbusPDU) -> ModbusPDU:
        """Answer for absent units of a gateway (pymodbus's ``trace_pdu``)."""
        if not sending or not self._controller.gateway or pdu.dev_id in self._controller.units:
            return pdu
        return ExceptionResponse(pdu.function_code & 0x7F, ExcCodes.GATEWAY_NO_RESPONSE, pdu.dev_id, pdu.transaction_id)


def _device(unit: int, process: Process, safety: bool) -> SimDevice:
    bits = [False] * 16
    holding = [
        SimData(0, values=process.setpoints, datatype=DataType.REGISTERS),
        SimData(100, values=[0] * 16, datatype=DataType.REGISTERS),
    ]
    if safety:
        holding.append(SimData(400, values=list(_TRIPS), datatype=DataType.REGISTERS))
    return SimDevice(
        unit,
        simdata=(
            [SimData(0, values=[True] * LOOPS + bits[LOOPS:], datatype=DataType.BITS)],
            [SimData(0, values=bits, datatype=DataType.BITS)],
            holding,
            [SimData(0, values=[0] * 20, datatype=DataType.REGISTERS)],
        ),
    )


async def _advance(server: ModbusTcpServer | ModbusUdpServer, unit: int, process: Process, dt_s: float) -> None:
    setpoints = [int(value) for value in await server.async_getValues(unit, 3, 0, 2 * LOOPS)]
    coils = [bool(value) for value in await server.async_getValues(unit, 1, 0, LOOPS)]
    image = process.step(dt_s, setpoints, coils)
    await server.async_setValues(unit, 4, 0, image.inputs)
    await server.async_setValues(unit, 2, 0, image.discretes)
    if image.coils != coils:
        await server.async_setValues(unit, 15, 0, image.coils)


async def control(
    host: Host,
    scale: float,
    seed: int,
    ready: Callable[[], None],
    twist: Twist | None = None,
    door: Door = Door(),
) -> None:
    """Serve a host's controller for ever.

    The process advances every half second of packet time, but at most 50 times a real second.
    """
    controller = host.controller
    if controller is None:
        return
    processes = {unit: Process(loops, seed * 1000 + unit) for unit, loops in controller.units.items()}
    devices = [_device(unit, process, controller.safety) for unit, process in processes.items()]
    devices.append(_device(0, next(iter(processes.values())), controller.safety))
    vendor, code, revision, model = controller.identity
    identity = ModbusDeviceIdentification(  # type: ignore[no-untyped-call]  # pymodbus leaves it untyped
        info_name={"VendorName": vendor, "ProductCode": code, "MajorMinorRevision": revision, "ModelName": model}
    )
    wire = Wire(controller, twist)
    server = door.server(
        devices,
        identity=identity,
        address=(host.ip, door.port),
        framer=door.framer,
        broadcast_enable=controller.gateway,
        trace_packet=wire.packet,
        trace_pdu=wire.pdu,
        custom_pdu=[FileRequest, Umas],
    )
    await server.serve_forever(background=True)
    ready()
    last = time.monotonic()
    while True:
        await asyncio.sleep(max(0.02, 0.5 / scale))
        now = time.monotonic()
        for unit, process in processes.items():
            await _advance(server, unit, process, (now - last) * scale)
        last = now
