"""Function code 90 as Schneider Electric's controllers use it (UMAS): enough of it to be asked, refused and stopped.

Layout of a request and of a reply after the function code::

    [session] [function] [data...]        [session] [0xFE done | 0xFD refused] [data...]

UMAS is not published by its maker; function numbers follow what open dissectors and clients agree on.
"""

from __future__ import annotations

from pymodbus.datastore import ModbusServerContext
from pymodbus.pdu import ModbusPDU

INIT, READ_ID, PROJECT_INFO, PLC_INFO = 0x01, 0x02, 0x03, 0x04
TAKE, RELEASE, KEEP_ALIVE = 0x10, 0x11, 0x12
UPLOAD_START, UPLOAD_BLOCK, UPLOAD_END = 0x30, 0x31, 0x32
"""From the computer into the controller."""
DOWNLOAD_START, DOWNLOAD_BLOCK, DOWNLOAD_END = 0x33, 0x34, 0x35
"""From the controller to the computer."""
WRITE_VARIABLES, START, STOP = 0x23, 0x40, 0x41

_DONE, _REFUSED = 0xFE, 0xFD
_SESSION = 0x4C
"""Session byte this controller gives to whoever reserves it."""

_GUARDED = {RELEASE, KEEP_ALIVE, WRITE_VARIABLES, START, STOP, *range(UPLOAD_START, DOWNLOAD_END + 1)}
"""Functions that need the reservation's session byte."""

_ANSWERS = {
    INIT: bytes.fromhex("fd03 0003 0000 0000"),
    READ_ID: bytes.fromhex("0601 2c01 0330 0000 0c") + b"BMX P34 2020",
    PROJECT_INFO: bytes.fromhex("0000 0000 0100 0000") + b"reactor_line_1\0",
    PLC_INFO: bytes.fromhex("0200 0000 5a0c 0100"),
    TAKE: bytes([_SESSION]),
    DOWNLOAD_START: bytes.fromhex("00fb 0300"),
}


class Umas(ModbusPDU):
    """A UMAS message, either way."""

    function_code = 90

    def __init__(self, payload: bytes = b"", dev_id: int = 0, transaction_id: int = 0) -> None:
        super().__init__(dev_id=dev_id, transaction_id=transaction_id)
        self.payload = payload

    def encode(self) -> bytes:
        """Give session, function and data as they are."""
        return self.payload

    def decode(self, data: bytes) -> None:
        """Keep session, function and data as they are."""
        self.payload = data

    async def datastore_update(self, context: ModbusServerContext, device_id: int) -> ModbusPDU:
        """Answer as a controller: guarded functions are refused without the session byte."""
        _ = context
        return Umas(answer(self.payload), device_id, self.transaction_id)


def answer(payload: bytes) -> bytes:
    """Answer a request's session, function and data; a request too short is refused."""
    session, function = (payload + b"\0\0")[:2]
    if len(payload) < 2 or (function in _GUARDED and session != _SESSION):
        return bytes([session, _REFUSED, 0x83])
    if function == DOWNLOAD_BLOCK:
        block = payload[-1]
        return bytes([session, _DONE, block]) + bytes((block * 29 + i * 7) & 0xFF for i in range(200))
    return bytes([session, _DONE]) + _ANSWERS.get(function, b"")
