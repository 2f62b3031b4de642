"""What OPC UA says of servers and clients: applications, endpoints, certificates, and what is read of BuildInfo.

Standard: OPC 10000-5 §12.4 (BuildInfo), OPC 10000-6 annex A (node ids of namespace 0).
"""

from __future__ import annotations

from collections.abc import Iterator

from parsers.asset_flow import TRANSACTIONS
from parsers.asset_novelty import Novelty
from parsers.asset_sighting import ENDS, MOST_ROWS, Fact, Sighting, observe_columns, observe_lists, read_end
from parsers.asset_view import Codes, View

BUILD_INFO = {
    "i=2261": "product", "i=2262": "product_uri", "i=2263": "vendor", "i=2264": "firmware", "i=2265": "product_code",
}  # fmt: skip
"""Nodes of Server_ServerStatus_BuildInfo by the fact they hold."""
_SIZES = frozenset(map(len, BUILD_INFO))

_SAID = (
    Fact("application_uri", "opcua.client.application_uri", "source"),
    Fact("product_uri", "opcua.client.product_uri", "source"),
    Fact("software", "opcua.client.application_name", "source"),
    Fact("user", "opcua.user.name", "source"),
    Fact("endpoint", "opcua.endpoint.url", "destination", "reported"),
    *(
        Fact(field, f"opcua.{side}.certificate.{column}", end)
        for side, end in ENDS.items()
        for field, column in (
            ("certificate", "thumbprint"),
            ("certificate_subject", "subject"),
            ("certificate_issuer", "issuer"),
            ("certificate_expires", "not_after"),
        )
    ),
)
_OFFERED = (Fact("endpoint", "opcua.endpoints.urls", "destination"),)
_APPLICATIONS = {
    "application_uri": "opcua.server.application_uris", "product_uri": "opcua.server.product_uris",
    "software": "opcua.server.application_names",
}  # fmt: skip
_OWN = ("create_session", "get_endpoints")


def observe_opcua(view: View) -> Iterator[Sighting]:
    """Sightings of one batch's transactions."""
    yield from observe_columns(view, _SAID)
    yield from observe_lists(view, _OFFERED)
    yield from _observe_applications(view)
    yield from _observe_build(view)


def _observe_applications(view: View) -> Iterator[Sighting]:
    """Applications a server describes: its own in CreateSession and GetEndpoints, else of any it knows."""
    columns = ("opcua.service.name", "opcua.server.application_types")
    rows = view.rows_with(*_APPLICATIONS.values())
    rows = view.distinct(["destination.ip", *columns, *_APPLICATIONS.values()], rows)[:MOST_ROWS]
    ips, (services, kinds) = read_end(view, "destination", rows), (view.read(column, rows) for column in columns)
    for field, column in _APPLICATIONS.items():
        for row, ip, service, texts in zip(rows.tolist(), ips, services, view.read(column, rows), strict=True):
            own = service in _OWN
            for text in dict.fromkeys(texts or ()) if ip else ():
                if text:
                    yield Sighting(row, field, text, ip, basis="stated" if own else "reported")
    for row, ip, service, types in zip(
        rows.tolist(), read_end(view, "destination", rows), services, kinds, strict=True
    ):
        if ip and service in _OWN and "discovery_server" in (types or ()):
            yield Sighting(row, "role", "discovery_server", ip)


def _list_build(view: View) -> Codes:
    """Rows that name nodes of BuildInfo."""
    return view.rows_having("opcua.nodes", BUILD_INFO.__contains__, _SIZES)


NOVELTY = Novelty(
    TRANSACTIONS,
    (*(fact.column for fact in (*_SAID, *_OFFERED)), *_APPLICATIONS.values()),
    lambda view: len(_list_build(view)) > 0,
)
"""What is read of a table."""


def _observe_build(view: View) -> Iterator[Sighting]:
    """Values read of the server's BuildInfo."""
    rows = _list_build(view)
    rows = view.distinct(["destination.ip", "opcua.nodes", "opcua.values"], rows)[:MOST_ROWS]
    nodes, values = view.read("opcua.nodes", rows), view.read("opcua.values", rows)
    for row, ip, names, texts in zip(rows.tolist(), read_end(view, "destination", rows), nodes, values, strict=True):
        for name, text in zip(names or (), texts or (), strict=False):
            if ip and text and name in BUILD_INFO:
                yield Sighting(row, BUILD_INFO[name], text, ip)
