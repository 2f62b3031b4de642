"""The simulated controller has the habits of devices where pymodbus has others."""

from __future__ import annotations

from pymodbus.pdu import ExceptionResponse
from pymodbus.pdu.register_message import ReadHoldingRegistersResponse

from pcaps.scenarios.rig.controller import Wire
from pcaps.scenarios.rig.layout import CHEM, Controller
from pcaps.scenarios.rig.stage import make_adu


def controller(name: str) -> Controller:
    """Give a controller of the layout."""
    found = CHEM.host(name).controller
    assert found is not None
    return found


def test_exception_names_the_unknown_function() -> None:
    """For codes it does not know pymodbus answers function 0x80; the wire gets the code that was asked."""
    wire = Wire(controller("reactor"), None)
    wire.packet(sending=False, data=make_adu(1, 1, b"\x64"))
    assert wire.packet(sending=True, data=make_adu(1, 1, b"\x80\x01")) == make_adu(1, 1, b"\xe4\x01")


def test_listen_only_lasts_until_restart() -> None:
    """After FC 8/4 nothing is answered, neither it nor the restart; after FC 8/1 everything is."""
    wire, answer = Wire(controller("reactor"), None), make_adu(2, 1, b"\x03\x02\x00\x01")
    wire.packet(sending=False, data=make_adu(1, 1, bytes.fromhex("08 0004 0000")))
    restart = make_adu(3, 1, bytes.fromhex("08 0001 ff00"))
    assert [wire.packet(sending=True, data=data) for data in (answer, restart, answer)] == [b"", b"", answer]


def test_gateway_answers_for_absent_units() -> None:
    """A gateway gives exception 11 for units it has not, and the unit's own answer for those it has."""
    wire = Wire(controller("meters"), None)
    present = ReadHoldingRegistersResponse(registers=[1], dev_id=2)
    absent = wire.pdu(sending=True, pdu=ReadHoldingRegistersResponse(registers=[1], dev_id=9))
    assert wire.pdu(sending=True, pdu=present) is present
    assert isinstance(absent, ExceptionResponse)
    assert (absent.function_code, absent.exception_code, absent.dev_id) == (0x83, 11, 9)


def test_twist_changes_what_is_sent() -> None:
    """A twisted controller sends what the twist makes of its answer."""
    wire = Wire(controller("reactor"), lambda data: data + data)
    answer = make_adu(1, 1, b"\x03\x02\x00\x01")
    assert wire.packet(sending=True, data=answer) == answer * 2
