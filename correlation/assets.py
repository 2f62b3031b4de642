"""Assets: one for each device, out of what the captures of a site say of devices and what people have decided.

``resolve`` is the whole of it: claims, decisions and site facts in, assets out. It depends on what it is given alone,
so the assets are the same whatever the order in which captures came.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from correlation.asset import EDITABLE, Asset, Scope, make_id
from correlation.asset_cluster import Cluster, Sourced, cluster
from correlation.asset_evidence import (
    exists,
    first_of,
    gather_facts,
    is_of_a_device,
    is_quiet,
    list_addresses,
    name_of,
    weigh,
)
from correlation.asset_history import DAY_NS, tell_history
from correlation.asset_inference import Traits, infer_type
from correlation.asset_surroundings import Surroundings
from wanglou.site import Site

MOST_ASSETS = 20_000
"""Assets of an enterprise at most; the surest are kept."""
MOST_QUIET = 2_000
"""Of these at most so many that only showed addresses: a flood of forged addresses costs no more than that."""
GONE_AFTER_NS = 7 * DAY_NS
"""An asset that was not seen for that long, while its enterprise was watched, is gone."""

_LABELS = ("name", "description", "application_uri", "client_id", "domain")


@dataclass(frozen=True, slots=True)
class Decisions:
    """What people decided about the assets of one enterprise; keys are those of ``Asset``."""

    edits: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """What they said of an asset, by key."""
    merges: tuple[tuple[str, str], ...] = ()
    splits: tuple[str, ...] = ()


@dataclass(slots=True)
class Resolution:
    """The assets of a site, and what was left out."""

    assets: list[Asset] = field(default_factory=list)
    counters: Counter[str] = field(default_factory=Counter)
    by_enterprise: dict[str, dict[str, int]] = field(default_factory=dict)
    """The counters of each enterprise."""


def resolve(
    claims: Iterable[Sourced], decisions: Mapping[str, Decisions] | None = None, site: Site | None = None
) -> Resolution:
    """Make the assets that claims, each with its capture, come to; ``decisions`` are by enterprise."""
    by_enterprise: dict[str, list[Sourced]] = defaultdict(list)
    decided = decisions or {}
    for sourced in claims:
        by_enterprise[sourced[1].enterprise].append(sourced)
    found = Resolution()
    for enterprise in sorted({*by_enterprise, *decided}):
        one = _Enterprise(enterprise, decided.get(enterprise, Decisions()), site)
        counters: Counter[str] = Counter()
        found.assets += one.resolve(by_enterprise[enterprise], counters)
        found.by_enterprise[enterprise] = {name: count for name, count in sorted(counters.items()) if count}
        found.counters.update(counters)
    return found


class _Enterprise:
    """The assets of one enterprise."""

    def __init__(self, enterprise: str, decisions: Decisions, site: Site | None) -> None:
        self._enterprise, self._decisions, self._site = enterprise, decisions, site
        self._horizon_ns = 0
        self._surroundings = Surroundings(enterprise, site)

    def resolve(self, claims: Sequence[Sourced], counters: Counter[str]) -> list[Asset]:
        """Make the assets; ``counters`` tell what was left out."""
        kept = [sourced for sourced in claims if is_of_a_device(sourced[1])]
        counters["claims_of_no_device"] += len(claims) - len(kept)
        self._horizon_ns = max((claim.last_ns for _, claim in kept), default=0)
        clusters = cluster(kept, self._decisions.merges, self._decisions.splits)
        existing = [one for one in clusters if exists(one)]
        counters["assets_unconfirmed"] += len(clusters) - len(existing)
        alive = {key for one in existing for key in one.keys}
        gateways = {one.behind for one in existing if one.behind}
        made = [self._make(one, alive, is_gateway=bool(one.keys & gateways)) for one in existing]
        made += self._declare({key for one in made for key in one.keys})
        return self._bound(made, counters)

    def _bound(self, assets: list[Asset], counters: Counter[str]) -> list[Asset]:
        """Keep the surest within both bounds; what a person spoke of is always kept."""
        ranked = sorted(assets, key=lambda one: (not one.edited, -one.confidence, one.first_ns, one.id))
        sure = [one for one in ranked if not is_quiet(one)]
        quiet = [one for one in ranked if is_quiet(one)]
        kept = [*sure, *quiet[:MOST_QUIET]][:MOST_ASSETS]
        counters["assets_not_kept"] += len(assets) - len(kept)
        return sorted(kept, key=lambda one: one.id)

    def _make(self, one: Cluster, alive: set[str], *, is_gateway: bool) -> Asset:
        """Make the asset of a cluster."""
        claims = [claim for _, claim in one.claims]
        facts = gather_facts(claims)
        addresses = list_addresses(one, claims)
        scope = self._surroundings.find_scope(one, addresses)
        traits = self._find_traits(one, facts, addresses, alive, is_gateway=is_gateway, is_outside=scope == "outside")
        kind, told = infer_type(traits)
        confidence, reasons = weigh(one, claims)
        if told:
            reasons += (("type", f"{kind} {told}"),)
        edits = self._find_edits(one.keys)
        kind = str(edits.get("type", kind))
        zone, level, basis = self._surroundings.place(addresses, kind, scope)
        reasons += tuple(("person", name) for name in edits)
        last_ns = max(claim.last_ns for claim in claims)
        is_gone = self._horizon_ns - last_ns > GONE_AFTER_NS
        reasons += (("level", basis),) if level is not None and "level" not in edits else ()
        return Asset(
            id=make_id(self._enterprise, one.key),
            enterprise=self._enterprise,
            site=self._site.id if self._site else "",
            key=one.key,
            keys=tuple(sorted(one.keys)),
            name=str(edits.get("name") or name_of(facts)),
            type=kind,
            addresses=addresses,
            macs=tuple(sorted(key[4:] for key in one.keys if key.startswith("mac:"))),
            vendor=str(edits.get("vendor") or first_of(facts, "vendor", "mac_vendor")),
            model=str(edits.get("model") or first_of(facts, "model", "product", "product_code")),
            firmware=first_of(facts, "firmware"),
            serial=str(edits.get("serial") or first_of(facts, "serial")),
            zone=str(edits.get("zone", zone)),
            level=edits.get("level", level),
            criticality=int(edits.get("criticality") or self._surroundings.grade(addresses, kind, scope, one.key)),
            owner=str(edits.get("owner", "")),
            note=str(edits.get("note", "")),
            scope=scope,
            state="gone" if is_gone else "active",
            confidence=1.0 if edits else confidence,
            behind=make_id(self._enterprise, one.behind) if one.behind else "",
            first_ns=min(claim.first_ns for claim in claims),
            last_ns=last_ns,
            reasons=reasons,
            facts=facts,
            edited=tuple(sorted(edits)),
            history=tell_history(one, claims, last_ns + GONE_AFTER_NS if is_gone else None),
        )

    def _find_traits(
        self,
        one: Cluster,
        facts: Mapping[str, tuple[str, ...]],
        addresses: Sequence[str],
        alive: set[str],
        *,
        is_gateway: bool,
        is_outside: bool,
    ) -> Traits:
        """Gather what tells the type of a device."""
        carried = sum(f"ip:{ip}" in alive for ip in one.carried)
        return Traits(
            frozenset(facts.get("role", ())), is_gateway, bool(one.behind), carried,
            " ".join(value for name in (*_LABELS, "product", "software") for value in facts.get(name, ())).lower(),
            frozenset(facts.get("capability", ())), is_outside, self._surroundings.is_master(addresses),
            self._surroundings.find_level(addresses),
        )  # fmt: skip

    def _find_edits(self, keys: set[str]) -> dict[str, Any]:
        """What people said of any of the keys, of the least key where they said different things."""
        said: dict[str, Any] = {}
        for key in sorted(keys & self._decisions.edits.keys(), reverse=True):
            said |= self._decisions.edits[key]
        return {name: said[name] for name in EDITABLE if name in said}

    def _declare(self, known: set[str]) -> list[Asset]:
        """Make assets of what people spoke of and no traffic shows."""
        return [self._make_declared(key, edits) for key, edits in sorted(self._decisions.edits.items())
                if key not in known and edits]  # fmt: skip

    def _make_declared(self, key: str, edits: Mapping[str, Any]) -> Asset:
        kind = str(edits.get("type", "other"))
        form, _, address = key.partition(":")
        ips = (address.partition("/")[0],) if form == "ip" else ()
        scope: Scope = "inside"
        zone, level, _ = self._surroundings.place(ips, kind, scope)
        said = {name: str(edits.get(name, "")) for name in EDITABLE}
        return Asset(
            id=make_id(self._enterprise, key), enterprise=self._enterprise, site=self._site.id if self._site else "",
            key=key, keys=(key,), type=kind, addresses=ips, macs=(address,) if form == "mac" else (), firmware="",
            zone=str(edits.get("zone", zone)), level=edits.get("level", level),
            criticality=int(edits.get("criticality") or self._surroundings.grade(ips, kind, scope, key)), scope=scope,
            state="declared", confidence=1.0, behind="", first_ns=0, last_ns=0,
            reasons=tuple(("person", name) for name in sorted(edits)), edited=tuple(sorted(edits)),
            name=said["name"], vendor=said["vendor"], model=said["model"], serial=said["serial"], owner=said["owner"],
            note=said["note"].strip(),
        )  # fmt: skip
