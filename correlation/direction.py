"""Who acts in an alert and who suffers: not always the client and the server of the conversation.

Most rules tell what a client does to a server. Some tell what a server does to those who ask it, some can only be sure
of the victim, and where a sender's address may be forged the sender is a suspect at most.
"""

from __future__ import annotations

from enum import IntEnum


class Direction(IntEnum):
    """How the roles of an alert follow from its source and destination."""

    CLIENT = 0
    """The source acts on the destination."""
    SERVER = 1
    """The destination acts on the source, by what it answers."""
    SUSPECT = 2
    """The destination suffers; the source may be forged, or may only have met the trouble."""
    REFLECTED = 3
    """The source suffers from answers that it did not ask for; its address, or that of who answers, was forged."""


DIRECTIONS = {
    "dns_amplification": Direction.REFLECTED,
    "dns_forged_replies": Direction.REFLECTED,
    "dns_naptr_odd_scheme": Direction.SERVER,
    "dns_naptr_to_bare_address": Direction.SERVER,
    "flow_modbus_connection_flood": Direction.SUSPECT,
    "flow_syn_flood": Direction.SUSPECT,
    "handle_amplification": Direction.REFLECTED,
    "handle_limits_reached": Direction.SUSPECT,
    "modbus_exception_storm": Direction.SUSPECT,
    "modbus_reply_mismatch": Direction.SERVER,
    "modbus_unknown_exception": Direction.SERVER,
    "modbus_unsolicited_reply": Direction.SERVER,
}
"""Rules that do not tell of what a client does; judged by us from what each rule looks for."""


def find_direction(rule: str) -> Direction:
    """Give the direction of a rule's alerts; rules that are not listed tell of clients."""
    return DIRECTIONS.get(rule, Direction.CLIENT)
