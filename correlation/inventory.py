"""The inventory: assets kept in the ledger, brought up to the store's captures, and changed by people."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import sqlalchemy as sa

from correlation import asset_ledger as kept
from correlation.asset import Asset, make_id
from correlation.asset_claim import Claim, distil
from correlation.assets import resolve
from correlation.site_facts import SITE, read_site, write_site
from correlation.store import Capture, Store, Terms
from wanglou.audit import Actor
from wanglou.change import Change
from wanglou.errors import UsageError
from wanglou.ledger import Ledger
from wanglou.site import Site

VERSION = "2"
"""Of what is made of observations: another one lets all captures be read again."""
MOST_CONNECTED = 10_000
"""Addresses of a capture whose TCP connections are looked at, those with the most first."""
MOST_GATEWAYS = 64
"""Addresses of a capture whose Modbus units are looked at one by one."""
SHORTEST_ID = 4
"""Digits of an id that name an asset at least."""
COUNTERS, BY_ENTERPRISE = "counters", "counters_by_enterprise"


@dataclass(frozen=True, slots=True)
class Update:
    """What an update did."""

    captures: int = 0
    """Captures that were read, or that are gone."""
    assets: int = 0
    changes: Mapping[str, int] = field(default_factory=dict)
    """How many assets are ``new``, ``changed`` and ``removed``."""
    counters: Mapping[str, int] = field(default_factory=dict)
    """What was left out."""


class Inventory:
    """The assets of a store."""

    def __init__(self, store: Store, ledger: Ledger, actor: Actor) -> None:
        """Keep the assets of ``store`` in ``ledger``, which has been opened with ``asset_ledger.ASSETS``."""
        self._store, self._ledger, self._actor = store, ledger, actor

    def update(self, site: Site | None = None, *, rebuild: bool = False) -> Update:
        """Take in captures that are new or were read anew, and leave out those that are gone.

        A site file that is given is remembered; without one the last holds. Nothing new costs two short reads.
        """
        with self._ledger.reading() as connection:
            known = {} if rebuild else kept.list_states(connection)
            told = kept.read_setting(connection, SITE)
            counters = kept.read_setting(connection, COUNTERS) or {}
        wanted = {capture.record.key: capture for capture in self._store.captures() if capture.rows.get("asset")}
        fresh = {key: one for key, one in wanted.items() if known.get(key) != _state(one)}
        facts = write_site(site) if site else told
        if not fresh and known.keys() <= wanted.keys() and facts == told and not rebuild:
            return Update(counters=counters)
        made = {key: self._distil(one) for key, one in sorted(fresh.items())}
        with self._ledger.change(self._actor) as change:
            gone = kept.list_states(change.connection).keys() - wanted.keys()
            touched = kept.find_enterprises(change.connection, gone | made.keys())
            touched |= {claim.enterprise for claims, _ in made.values() for claim in claims}
            kept.remove_sources(change.connection, gone)
            for key, (claims, dropped) in made.items():
                kept.save_source(change.connection, key, wanted[key].record.enterprise, _state(wanted[key]), claims,
                                 dropped)  # fmt: skip
            kept.save_setting(change.connection, SITE, facts)
            whole = rebuild or facts != told or kept.read_setting(change.connection, BY_ENTERPRISE) is None
            return self._resolve(change, len(fresh) + len(known.keys() - wanted.keys()), None if whole else touched)

    def _distil(self, capture: Capture) -> tuple[list[Claim], int]:
        """Read the claims of one capture, of Modbus units only those that did what they were asked."""
        whole = f'wanglou.capture:"{capture.record.identity}"'
        end_ns = None if capture.max_ns is None else capture.max_ns + 1
        claims, dropped = distil(self._store.search("asset", whole, start_ns=capture.min_ns, end_ns=end_ns))
        units: dict[str, set[str]] = {}
        for claim in claims:
            if claim.field == "parts" and claim.source == "modbus":
                units.setdefault(claim.ip, set()).add(claim.value)
        real: dict[str, set[str]] = {}
        for ip in sorted(ip for ip in units if len(units[ip]) > 1)[:MOST_GATEWAYS]:
            query = f'{whole} AND destination.ip:"{ip}" AND event.outcome:success'
            real[ip] = {
                str(one.key)
                for one in self._store.aggregate(
                    "modbus", Terms("modbus.unit_id", 256), query, start_ns=capture.min_ns, end_ns=end_ns
                )
            }
        kept_claims = [one for one in claims if _is_real(one, real)]
        return [*kept_claims, *self._confirm(whole, capture.min_ns, end_ns, kept_claims)], dropped

    def _confirm(self, query: str, start_ns: int | None, end_ns: int | None, claims: Sequence[Claim]) -> list[Claim]:
        """Find addresses that took part in a whole TCP connection, of those of which nothing else is known.

        Who forges a sender never sees the number that the handshake's third step must repeat (RFC 9293 clause 3.5).
        """
        known = {one.ip for one in claims if not one.is_passing and one.basis != "reported"}
        alone = {one.ip: one for one in claims if one.is_passing and one.ip not in known}
        found: set[str] = set()
        for end in ("source.ip", "destination.ip") if alone else ():
            asked = f"{query} AND flow.state:(established OR closed)"
            told = self._store.aggregate("flow", Terms(end, MOST_CONNECTED), asked, start_ns=start_ns, end_ns=end_ns)
            found |= {str(one.key) for one in told}
        return [
            replace(one, mac="", field="connection", value="tcp", basis="seen", source="flow")
            for ip, one in sorted(alone.items())
            if ip in found
        ]

    def _resolve(self, change: Change, captures: int, enterprises: Collection[str] | None) -> Update:
        """Make the assets of some enterprises, or of all, anew; those of others depend on nothing that changed."""
        connection = change.connection
        decisions = kept.list_decisions(connection)
        if enterprises is not None:
            decisions = {name: decided for name, decided in decisions.items() if name in enterprises}
        site = read_site(kept.read_setting(connection, SITE))
        found = resolve(kept.list_claims(connection, enterprises), decisions, site)
        changes = kept.replace_assets(connection, found.assets, enterprises)
        by_enterprise = {} if enterprises is None else dict(kept.read_setting(connection, BY_ENTERPRISE) or {})
        by_enterprise |= {name: {} for name in enterprises or ()} | found.by_enterprise
        kept.save_setting(connection, BY_ENTERPRISE, by_enterprise)
        counters = self._add_up(connection, by_enterprise)
        kept.save_setting(connection, COUNTERS, counters)
        if any(changes.values()):
            change.record("assets.updated", "assets", "", after={**changes, "captures": captures})
        return Update(captures, kept.count_assets(connection), changes, counters)

    @staticmethod
    def _add_up(connection: sa.Connection, by_enterprise: Mapping[str, Mapping[str, int]]) -> dict[str, int]:
        total: Counter[str] = Counter(claims_dropped=kept.count_dropped(connection))
        for counters in by_enterprise.values():
            total.update(counters)
        return {name: count for name, count in sorted(total.items()) if count}

    def list_assets(self) -> list[Asset]:
        """Give all assets."""
        with self._ledger.reading() as connection:
            return kept.list_assets(connection)

    def counters(self) -> dict[str, int]:
        """Say what the last update left out."""
        with self._ledger.reading() as connection:
            found: dict[str, int] = kept.read_setting(connection, COUNTERS) or {}
        return found

    def edit(
        self,
        edits: Sequence[tuple[str, str, Mapping[str, Any]]],
        reason: str = "",
        *,
        check: Callable[[sa.Connection], None] | None = None,
    ) -> int:
        """Say what assets are: enterprise, key and values by field, None to take one back; gives how many changed.

        ``check`` looks at the ledger once nobody else can change it; what it raises leaves everything as it was.
        """
        with self._ledger.change(self._actor) as change:
            if check is not None:
                check(change.connection)
            changed = 0
            for enterprise, key, values in edits:
                decided = [kept.decide(change, enterprise, key, name, value, reason) for name, value in values.items()]
                changed += any(decided)
            self._resolve(change, 0, {enterprise for enterprise, _, _ in edits})
        return changed

    def merge(self, one: Asset, other: Asset, reason: str = "") -> None:
        """Say that two assets are one device; raises UsageError for assets of two enterprises."""
        if one.enterprise != other.enterprise:
            raise UsageError("assets of two enterprises are never one device", where=f"{one.id}, {other.id}")
        with self._ledger.change(self._actor) as change:
            for asset in (one, other):
                for key in asset.keys:
                    kept.decide(change, asset.enterprise, key, kept.SPLIT, None, reason)
            kept.decide(change, one.enterprise, one.key, f"{kept.MERGE} {other.key}", value=True, reason=reason)
            self._resolve(change, 0, {one.enterprise})

    def split(self, asset: Asset, address: str, reason: str = "") -> None:
        """Say that an address of an asset is another device's; raises UsageError where it has no such address."""
        key = f"ip:{address}"
        if key not in asset.keys or asset.keys == (key,):
            raise UsageError(f"{asset.id} has no other address than {address}" if key in asset.keys
                             else f"{asset.id} has no address {address}",
                             do=f"its addresses are {', '.join(asset.addresses)}")  # fmt: skip
        with self._ledger.change(self._actor) as change:
            merges = kept.list_decisions(change.connection).get(asset.enterprise)
            for pair in merges.merges if merges else ():
                if {*pair} <= {*asset.keys} and key in pair:
                    kept.decide(change, asset.enterprise, pair[0], f"{kept.MERGE} {pair[1]}", None, reason)
            kept.decide(change, asset.enterprise, key, kept.SPLIT, value=True, reason=reason)
            self._resolve(change, 0, {asset.enterprise})


def find_assets(assets: Sequence[Asset], text: str) -> list[Asset]:
    """Find assets by id, former id, address, link address, name or beginning of an id, whichever is met first."""
    wanted = text.strip()
    mac = wanted.upper().replace(":", "-")
    for is_meant in (_is_named, _was_named, _is_at, _is_called, _begins):
        if found := [one for one in assets if wanted and is_meant(one, wanted, mac)]:
            return found
    return []


def _is_named(one: Asset, wanted: str, mac: str) -> bool:
    del mac
    return wanted == one.id


def _was_named(one: Asset, wanted: str, mac: str) -> bool:
    """Tell whether it would have this id by another of its keys, as before a merge; two may share such a key."""
    del mac
    return any(wanted == make_id(one.enterprise, key) for key in one.keys)


def _is_at(one: Asset, wanted: str, mac: str) -> bool:
    is_own = "/" not in one.key and (wanted in one.addresses or mac in one.macs)
    return is_own or any(wanted == key.partition(":")[2] for key in one.keys)


def _is_called(one: Asset, wanted: str, mac: str) -> bool:
    del mac
    return wanted.lower() == one.name.lower()


def _begins(one: Asset, wanted: str, mac: str) -> bool:
    del mac
    digits = wanted.removeprefix("asset-")
    return len(digits) >= SHORTEST_ID and one.id.removeprefix("asset-").startswith(digits)


def _state(capture: Capture) -> str:
    return f"{VERSION} {capture.record.parser_digest} {capture.state} {capture.rows.get('asset', 0)}"


def _is_real(claim: Claim, units: Mapping[str, set[str]]) -> bool:
    return claim.field != "parts" or claim.source != "modbus" or claim.value in units.get(claim.ip, {claim.value})
