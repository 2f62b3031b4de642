"""What MQTT, HTTP, TLS, DNS and Handle say of devices."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from ipaddress import ip_address

from parsers.asset_flow import TRANSACTIONS
from parsers.asset_novelty import Aspect, Novelty
from parsers.asset_sighting import (
    ENDS,
    MOST_ROWS,
    Fact,
    Sighting,
    describe_columns,
    is_device,
    is_local,
    observe_columns,
)
from parsers.asset_view import Codes, View

_MQTT = (
    Fact("client_id", "mqtt.client_id", "source"),
    Fact("user", "user.name", "source"),
    Fact("endpoint", "mqtt.server_reference", "destination"),
)
_HTTP = (
    Fact("software", "http.response.server", "destination", local=True),
    Fact("domain", "url.domain", "destination", "reported", local=True),
    Fact("user_agent", "user_agent.original", "source", local=True),
)
_TLS = (
    Fact("domain", "tls.client.server_name", "destination", "reported", local=True),
    *(
        Fact(field, f"tls.{side}.{column}", end, local=True)
        for side, end in ENDS.items()
        for field, column in (
            ("certificate", "hash.sha256"),
            ("certificate_subject", "subject"),
            ("certificate_issuer", "issuer"),
            ("certificate_expires", "not_after"),
        )
    ),
)
_BORN = {"NBIRTH": "edge_node", "NDATA": "edge_node", "DBIRTH": "edge_node", "DDATA": "edge_node", "STATE": "host"}
_SPARKPLUG = tuple(f"mqtt.sparkplug.{name}" for name in ("message_type", "group", "edge_node", "device"))
_NODES = ("organization.id", "source.ip", "mqtt.direction", *_SPARKPLUG)
_MOST_NAMES = 32
_SECTIONS = ("answers", "additionals")
_ADDRESSES = ("A", "AAAA")
_SIZES = frozenset(map(len, _ADDRESSES))


def observe_mqtt(view: View) -> Iterator[Sighting]:
    """Clients, and the Sparkplug nodes and devices that speak through them (Sparkplug 3.0 §4.1)."""
    yield from observe_columns(view, _MQTT)
    rows = _list_nodes(view)
    values = view.read_rows(_NODES[1:], rows)
    for row, (ip, direction, kind, *path) in zip(rows.tolist(), values, strict=True):
        if ip and direction == "client_to_broker" and kind in _BORN:
            yield Sighting(row, "role", _BORN[kind], ip, basis="seen")
            yield Sighting(row, "parts", "/".join(filter(None, path)), ip)


def _list_nodes(view: View) -> Codes:
    """Rows that tell of Sparkplug nodes."""
    return view.distinct(_NODES[1:], view.rows_with(_SPARKPLUG[0]))


def observe_http(view: View) -> Iterator[Sighting]:
    """Programs and names of servers and clients; addresses as names are passed over."""
    yield from (found for found in observe_columns(view, _HTTP) if found.field != "domain" or _is_name(found.value))


def observe_tls(view: View) -> Iterator[Sighting]:
    """Certificates, and the name the server is asked by."""
    yield from observe_columns(view, _TLS)


def observe_dns(view: View) -> Iterator[Sighting]:
    """Names of local addresses: what a server says of others, by mDNS and LLMNR what a device says of itself."""
    for section in _SECTIONS:
        records = tuple(f"dns.{section}.{part}" for part in ("name", "type", "data"))
        columns = ("dns.variant", "source.ip", "destination.ip", *records)
        rows = view.distinct(columns, _list_local(view, section))
        values = view.read_rows(columns, rows[:MOST_ROWS])
        for row, (variant, source, destination, *lists) in zip(rows.tolist(), values, strict=False):
            own = (source, destination) if variant in ("mdns", "llmnr") else ()
            for name, kind, address in list(zip(*(one or () for one in lists), strict=False))[:_MOST_NAMES]:
                if name and kind in _ADDRESSES and _is_local_device(address):
                    text = name.rstrip(".").lower()
                    if address in own:
                        yield Sighting(row, "name", text, address)
                    else:
                        yield Sighting(row, "domain", text, address, basis="reported")


def _has_addresses(view: View) -> bool:
    """True when there are addresses of local devices."""
    return any(
        view.has_size(f"dns.{section}.type", _SIZES) and len(_list_local(view, section)) > 0 for section in _SECTIONS
    )


def _list_local(view: View, section: str) -> Codes:
    """Rows with addresses of local devices in a section."""
    return view.rows_having(f"dns.{section}.data", _is_local_device)


@lru_cache(maxsize=16_384)
def _is_local_device(text: str) -> bool:
    """True for an address of a local device."""
    return _is_address(text) and is_device(text) and is_local(text)


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True


def _is_name(text: str) -> bool:
    return not _is_address(text.strip("[]"))


NOVELTIES = {
    "mqtt": Novelty((*TRANSACTIONS, describe_columns(_MQTT), Aspect(_NODES, _list_nodes, _SPARKPLUG[:1]))),
    "http": Novelty((*TRANSACTIONS, describe_columns(_HTTP))),
    "tls": Novelty((*TRANSACTIONS, describe_columns(_TLS))),
    "dns": Novelty(TRANSACTIONS, is_odd=_has_addresses),
    "handle": Novelty(TRANSACTIONS),
}
"""What is read of each table."""
