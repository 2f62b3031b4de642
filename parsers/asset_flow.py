"""Services, roles and link addresses: from flows, and from the transactions of each protocol as they come."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from parsers.asset_novelty import Aspect
from parsers.asset_sighting import ENDS, MOST_ROWS, Sighting, is_local, is_unicast, list_end, read_end
from parsers.asset_view import Codes, View

DYNAMIC_PORTS = 49_152
"""First port that no service is registered for (RFC 6335 §6)."""
_SYN = 0x02  # RFC 9293 §3.1
_NAMED_ROLES = {"mqtt_server": "broker", "http_server": "web_server"}
_SERVICE = ("destination.port", "network.transport", "network.protocol")
_SERVED = (*list_end("destination"), *_SERVICE)
_ASKED = (*list_end("source"), "network.protocol")
_UNANSWERED = ("attempt", "refused")
_TRANSPORTS = ("tcp", "udp", "sctp")

GENERAL = frozenset({"http", "tls", "dns", "ssh", "smb", "rdp", "ntp", "snmp", "dhcp", "websocket"})
"""Protocols of any network: with these, public addresses are passed over, because whom one visits is no asset."""


def observe_transactions(view: View) -> Iterator[Sighting]:
    """Who served whom with a dissected protocol: only where a reply was seen."""
    served = _list_served(view)
    values, servers = view.read_rows(_SERVICE, served), read_end(view, "destination", served)
    for row, server, (port, transport, protocol) in zip(served.tolist(), servers, values, strict=True):
        yield from _serve(row, server, transport or "", port, protocol or view.name)
    asked = _list_asked(view)
    protocols, clients = view.read("network.protocol", asked), read_end(view, "source", asked)
    for row, client, protocol in zip(asked.tolist(), clients, protocols, strict=True):
        yield from _ask(row, client, protocol or view.name)


def _list_served(view: View) -> Codes:
    """Rows that tell of servers."""
    return view.distinct(_SERVED, _list_answered(view))


def _list_asked(view: View) -> Codes:
    """Rows that tell of clients."""
    return view.distinct(_ASKED, _list_answered(view))


def _list_answered(view: View) -> Codes:
    """First rows of exchanges that a reply was seen in."""
    rows = view.exchanges[:MOST_ROWS]
    return rows[[pairing == "paired" for pairing in view.read("wanglou.pairing", rows)]] if len(rows) else rows


TRANSACTIONS = (Aspect(_SERVED, _list_served), Aspect(_ASKED, _list_asked))
"""What ``observe_transactions`` reads."""


def observe_flows(view: View, dissected: frozenset[str]) -> Iterator[Sighting]:
    """Services of flows that were answered, and link addresses; protocols ``dissected`` speak for themselves.

    Who serves is certain where the handshake was seen; else a known protocol or a port below ``DYNAMIC_PORTS`` tells.
    """
    known = np.zeros(len(view), dtype=bool)
    known[view.rows_with("network.protocol")] = True
    port = view.numbers("destination.port")
    certain = known | (np.maximum(view.numbers("flow.source.tcp_flags"), 0) & _SYN > 0)
    certain |= (port < DYNAMIC_PORTS) & (port < view.numbers("source.port"))
    answered = certain & (view.numbers("destination.packets") > 0)
    rows = view.distinct(["destination.ip", *_SERVICE, "flow.state"], np.flatnonzero(answered))[:MOST_ROWS]
    servers, states = read_end(view, "destination", rows), view.read("flow.state", rows)
    services = view.read_rows(_SERVICE, rows)
    for row, server, state, (port, transport, protocol) in zip(rows.tolist(), servers, states, services, strict=True):
        if state not in _UNANSWERED and transport in _TRANSPORTS and (protocol or "") not in dissected:
            yield from _serve(row, server, transport, port, protocol or "")
    rows = view.distinct(["source.ip", "network.protocol", "flow.state"], np.flatnonzero(answered & known))[:MOST_ROWS]
    values = view.read_rows(("network.protocol", "flow.state"), rows)
    for row, client, (protocol, state) in zip(rows.tolist(), read_end(view, "source", rows), values, strict=True):
        if state not in _UNANSWERED and protocol not in dissected:
            yield from _ask(row, client, protocol)
    yield from _observe_macs(view)


def _serve(row: int, server: str, transport: str, port: int, protocol: str) -> Iterator[Sighting]:
    """Service and role of a server; one that is no device of ours is passed over."""
    if not server or not (is_local(server) or (protocol and protocol not in GENERAL)):
        return
    yield Sighting(row, "service", f"{transport}/{port} {protocol}".strip(), server, "", "", "seen", port, protocol)
    if protocol:
        role = f"{protocol}_server"
        yield Sighting(row, "role", _NAMED_ROLES.get(role, role), server, basis="seen")


def _ask(row: int, client: str, protocol: str) -> Iterator[Sighting]:
    """Role of a client."""
    if client and (is_local(client) or protocol not in GENERAL):
        yield Sighting(row, "role", f"{protocol}_client", client, basis="seen")


def _observe_macs(view: View) -> Iterator[Sighting]:
    """Link addresses that packets of local addresses came from: a router's where the device is behind one."""
    for end in ENDS.values():
        rows = view.rows_with(f"{end}.mac")
        rows = view.distinct([f"{end}.ip", f"{end}.mac"], rows[view.numbers(f"{end}.packets")[rows] > 0])[:MOST_ROWS]
        ips, macs = read_end(view, end, rows), view.read(f"{end}.mac", rows)
        for row, ip, mac in zip(rows.tolist(), ips, macs, strict=True):
            if ip and is_local(ip) and is_unicast(mac):
                yield Sighting(row, "mac", mac, ip, mac, basis="seen")
