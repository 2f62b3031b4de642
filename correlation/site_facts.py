"""What assets and risk need of a site, kept in the ledger, so that the file need not be given each time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from ipaddress import ip_network
from typing import Any

import sqlalchemy as sa

from correlation.asset_ledger import read_setting
from wanglou.addresses import Ranges
from wanglou.site import Enterprise, MasterRule, Name, SafetyRange, Site, Zone

SITE = "site"
"""Setting that holds them."""


def write_site(site: Site) -> dict[str, Any]:
    """Give what assets and risk need of a site as JSON can tell it."""
    return {
        "id": site.id,
        "digest": site.digest,
        "enterprises": [[one.id, _write(one.ranges)] for one in site.enterprises],
        "zones": [[one.id, one.enterprise, one.level, _write(one.ranges)] for one in site.zones],
        "masters": [
            [one.enterprise, _write(one.clients), _write(one.servers), [list(span) for span in one.units]]
            for one in site.masters
        ],
        "safety": [[one.enterprise, _write(one.servers), [list(span) for span in one.units]] for one in site.safety],
    }


def read_site(facts: Mapping[str, Any] | None) -> Site | None:
    """Read what ``write_site`` gave."""
    if facts is None:
        return None
    nameless = Name("", "")
    return Site(
        facts["id"], nameless,
        tuple(Enterprise(one, nameless, _read(ranges)) for one, ranges in facts["enterprises"]),
        tuple(Zone(one, nameless, _read(ranges), level, of) for one, of, level, ranges in facts["zones"]),
        masters=tuple(MasterRule(of, _read(clients), _read(servers), tuple((low, high) for low, high in units))
                      for of, clients, servers, units in facts.get("masters", ())),
        digest=facts.get("digest", ""),
        safety=tuple(SafetyRange(of, _read(servers), tuple((low, high) for low, high in units), "holding", ((0, 0),))
                     for of, servers, units in facts["safety"]),
    )  # fmt: skip


def load_site_facts(connection: sa.Connection) -> Site | None:
    """Read the facts of the site file that was given last; None where none ever was."""
    return read_site(read_setting(connection, SITE))


def _write(ranges: Ranges) -> list[str]:
    return [str(network) for network in ranges.networks]


def _read(texts: Sequence[str]) -> Ranges:
    return Ranges(ip_network(text) for text in texts)
