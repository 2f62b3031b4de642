"""With the historian's password and an outdated policy, a laptop tries to delete what the filler recorded."""

from __future__ import annotations

import contextlib
import datetime as dt
from typing import cast

from asyncua import ua
from asyncua.ua.uaerrors import UaError
from asyncua.ua.uaprotocol_auto import DeleteRawModifiedDetails, HistoryUpdateParameters

from pcaps.scenarios.rig.line import make_scenario
from pcaps.scenarios.rig.machine import FILLING, node_id
from pcaps.scenarios.rig.stage import Stage
from pcaps.scenarios.rig.supervisor import Login, open_client, server_url


async def attack(stage: Stage) -> None:
    """Ask for three signals that the last day be deleted; the server does not know how."""
    await stage.until(30)
    stage.mark()
    login = Login("history-tool", "Sign", "historian", outdated=True)
    async with open_client(stage, server_url(FILLING), login) as client:
        now = dt.datetime.now(dt.UTC)
        for name in ("TorqueCap", "FillLevel", "BottlesPerMinute"):
            details = DeleteRawModifiedDetails(
                NodeId=node_id(FILLING, name), StartTime=now - dt.timedelta(days=1), EndTime=now
            )
            with contextlib.suppress(UaError):
                await client.uaclient.history_update(HistoryUpdateParameters([cast(ua.ExtensionObject, details)]))
            await stage.wait(5)


SCENARIO = make_scenario(
    "opcua_history_tampering.pcap.gz", 40, 90, {"laptop": attack}, strangers=("laptop",), outdated=True
)
