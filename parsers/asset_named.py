"""What MQTT, HTTP, TLS, DNS and Handle say of devices."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import ip_address

from parsers.asset_sighting import ENDS, MOST_ROWS, Fact, Sighting, is_device, is_local, observe_columns
from parsers.asset_view import View

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
_MOST_NAMES = 32
_SECTIONS = ("answers", "additionals")
_ADDRESSES = ("A", "AAAA")


def observe_mqtt(view: View) -> Iterator[Sighting]:
    """Clients, and the Sparkplug nodes and devices that speak through them (Sparkplug 3.0 §4.1)."""
    yield from observe_columns(view, _MQTT)
    rows = view.distinct(["source.ip", "mqtt.direction", *_SPARKPLUG], view.rows_with(_SPARKPLUG[0]))
    values = view.read_rows(("source.ip", "mqtt.direction", *_SPARKPLUG), rows)
    for row, (ip, direction, kind, *path) in zip(rows.tolist(), values, strict=True):
        if ip and direction == "client_to_broker" and kind in _BORN:
            yield Sighting(row, "role", _BORN[kind], ip, basis="seen")
            yield Sighting(row, "parts", "/".join(filter(None, path)), ip)


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
        rows = view.distinct(columns, view.rows_having(records[2], _is_local_device))
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
