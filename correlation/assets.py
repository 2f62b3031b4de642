"""Assets: one for each device, out of what the captures of a site say of devices and what people have decided.

``resolve`` is the whole of it: claims, decisions and site facts in, assets out. It depends on what it is given alone,
so the assets are the same whatever the order in which captures came.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from ipaddress import ip_address, ip_network
from typing import Any

from correlation.asset import EDITABLE, Asset, Scope, make_id
from correlation.asset_claim import Claim
from correlation.asset_cluster import Cluster, Sourced, cluster
from correlation.asset_history import DAY_NS, tell_history
from correlation.asset_inference import Traits, infer_criticality, infer_level, infer_type
from wanglou.site import Site

MOST_ASSETS = 20_000
"""Assets of an enterprise at most; the surest are kept."""
MOST_QUIET = 2_000
"""Of these at most so many that only showed addresses: a flood of forged addresses costs no more than that."""
GONE_AFTER_NS = 7 * DAY_NS
"""An asset that was not seen for that long, while its enterprise was watched, is gone."""
MOST_FACTS = 32
"""Values of a fact that an asset keeps."""

WEIGHTS = {"person": 1.0, "answered": 0.7, "asked": 0.5, "stated": 0.6, "link": 0.6, "passing": 0.3}
"""How sure one kind of evidence makes that there is this device; kinds add up as independent ones do."""
QUIET = frozenset({"link", "passing"})
"""Kinds of evidence that anybody makes who sends packets; they take no answer."""

_PRIVATE = tuple(
    ip_network(text)
    for text in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "169.254.0.0/16", "fc00::/7",
                 "fe80::/10")
)  # fmt: skip
"""Addresses that no network of the Internet has (RFC 1918, RFC 6598, RFC 3927, RFC 4193, RFC 4291)."""
_LABELS = ("name", "description", "application_uri", "client_id", "domain")
_ORDER = {"stated": 0, "seen": 1, "reported": 2}


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


def is_private(ip: str) -> bool:
    """True for an address that the Internet does not route."""
    address = ip_address(ip)
    return any(address.version == network.version and address in network for network in _PRIVATE)


class _Enterprise:
    """The assets of one enterprise."""

    def __init__(self, enterprise: str, decisions: Decisions, site: Site | None) -> None:
        self._enterprise, self._decisions, self._site = enterprise, decisions, site
        self._horizon_ns = 0
        self._has_ranges = site is not None and any(item.id == enterprise for item in site.enterprises)

    def resolve(self, claims: Sequence[Sourced], counters: Counter[str]) -> list[Asset]:
        """Make the assets; ``counters`` tell what was left out."""
        kept = [sourced for sourced in claims if _is_address(sourced[1])]
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
        addresses = _list_addresses(one, claims)
        carried = sum(f"ip:{ip}" in alive for ip in one.carried)
        scope = self._find_scope(one, addresses)
        traits = Traits(
            frozenset(facts.get("role", ())), is_gateway, bool(one.behind), carried,
            " ".join(value for name in (*_LABELS, "product", "software") for value in facts.get(name, ())).lower(),
            frozenset(facts.get("capability", ())), scope == "outside", self._is_master(addresses),
            self._find_level(addresses),
        )  # fmt: skip
        kind, told = infer_type(traits)
        confidence, reasons = weigh(one, claims)
        if told:
            reasons += (("type", f"{kind} {told}"),)
        edits = self._find_edits(one.keys)
        kind = str(edits.get("type", kind))
        zone, level, basis = self._place(addresses, kind, scope)
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
            name=str(edits.get("name") or _name(facts)),
            type=kind,
            addresses=addresses,
            macs=tuple(sorted(key[4:] for key in one.keys if key.startswith("mac:"))),
            vendor=str(edits.get("vendor") or _one(facts, "vendor", "mac_vendor")),
            model=str(edits.get("model") or _one(facts, "model", "product", "product_code")),
            firmware=_one(facts, "firmware"),
            serial=str(edits.get("serial") or _one(facts, "serial")),
            zone=str(edits.get("zone", zone)),
            level=edits.get("level", level),
            criticality=int(edits.get("criticality") or self._grade(addresses, kind, scope, one.key)),
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
        zone, level, _ = self._place(ips, kind, scope)
        said = {name: str(edits.get(name, "")) for name in EDITABLE}
        return Asset(
            id=make_id(self._enterprise, key), enterprise=self._enterprise, site=self._site.id if self._site else "",
            key=key, keys=(key,), type=kind, addresses=ips, macs=(address,) if form == "mac" else (), firmware="",
            zone=str(edits.get("zone", zone)), level=edits.get("level", level),
            criticality=int(edits.get("criticality") or self._grade(ips, kind, scope, key)), scope=scope,
            state="declared", confidence=1.0, behind="", first_ns=0, last_ns=0,
            reasons=tuple(("person", name) for name in sorted(edits)), edited=tuple(sorted(edits)),
            name=said["name"], vendor=said["vendor"], model=said["model"], serial=said["serial"], owner=said["owner"],
            note=said["note"].strip(),
        )  # fmt: skip

    def _find_scope(self, one: Cluster, addresses: Sequence[str]) -> Scope:
        """Tell devices of the enterprise from those beyond it; who owns a link address here is inside."""
        if one.key.startswith("mac:") or not addresses:
            return "inside"
        return "inside" if any(self._is_inside(ip) for ip in addresses) else "outside"

    def _is_inside(self, ip: str) -> bool:
        if self._site is None or not self._has_ranges:
            return is_private(ip)
        return any(ip in item.ranges for item in self._site.enterprises if item.id == self._enterprise)

    def _is_master(self, addresses: Sequence[str]) -> bool | None:
        """Tell whether the site file lets any of the addresses command something; None where it names no masters."""
        rules = [one for one in self._site.masters if one.enterprise in ("", self._enterprise)] if self._site else []
        return any(ip in one.clients for one in rules for ip in addresses) if rules else None

    def _find_level(self, addresses: Sequence[str]) -> float | None:
        """Give the lowest level of the zones that the site file puts the addresses in."""
        zones = [self._site.find_zone(ip, self._enterprise) for ip in addresses] if self._site else []
        return min((zone.level for zone in zones if zone and zone.level is not None), default=None)

    def _place(self, addresses: Sequence[str], kind: str, scope: Scope) -> tuple[str, float | None, str]:
        """Zone and level, and what told the level: the site file's zone, or the type."""
        zones = [self._site.find_zone(ip, self._enterprise) for ip in addresses] if self._site else []
        found = [zone for zone in zones if zone]
        inferred = infer_level(kind)
        if scope == "outside":
            return "", 5.0, "outside"
        if not found:
            return "", inferred, f"type {kind}"
        if kind == "network" and len({zone.id for zone in found}) > 1:
            return "", None, ""
        level = found[0].level
        return found[0].id, level if level is not None else inferred, f"zone {found[0].id}"

    def _grade(self, addresses: Sequence[str], kind: str, scope: Scope, key: str) -> int:
        unit = int(key.rpartition("/")[2]) if "/" in key and key.rpartition("/")[2].isdigit() else None
        safety = self._site is not None and any(self._site.find_safety(self._enterprise, ip, unit) for ip in addresses)
        return infer_criticality(kind, safety=safety, outside=scope == "outside")


def is_quiet(asset: Asset) -> bool:
    """True for an asset that only showed addresses."""
    return not asset.edited and not {word for word, _ in asset.reasons} & (WEIGHTS.keys() - QUIET)


def exists(one: Cluster) -> bool:
    """True where something of a device was seen: not only that others spoke of it, or that a router forwarded it.

    That packets came from an address whose link address is somebody else's is what forged senders look like.
    """
    for _, claim in one.claims:
        if claim.basis == "reported":
            continue
        if not claim.is_passing or f"mac:{claim.value}" in one.keys:
            return True
    return False


def weigh(one: Cluster, claims: Sequence[Claim]) -> tuple[float, tuple[tuple[str, str], ...]]:
    """Give the confidence that there is this one device, and the reasons."""
    kinds: dict[str, str] = {}
    for claim in sorted(claims, key=lambda claim: (claim.first_ns, claim.field, claim.value)):
        if (kind := _judge(claim, one)) and kind not in kinds:
            kinds[kind] = f"{claim.field} {claim.value}"
    doubt = 1.0
    for kind in kinds:
        doubt *= 1 - WEIGHTS[kind]
    reasons = tuple((kind, kinds[kind]) for kind in WEIGHTS if kind in kinds)
    return min(0.99, round(1 - doubt, 2)), (*reasons, *sorted(one.joined))


def _judge(claim: Claim, one: Cluster) -> str:
    """Which kind of evidence a claim is."""
    if claim.is_passing:
        return "passing" if f"mac:{claim.value}" in one.keys else ""
    if claim.basis == "reported" or claim.field in ("mac_vendor", "claimed_address"):
        return ""
    if claim.field in ("service", "unit") or claim.value.endswith("_server"):
        return "answered"
    if claim.is_binding:
        return "link"
    return "asked" if claim.field in ("role", "connection") else "stated"


def gather_facts(claims: Iterable[Claim]) -> dict[str, tuple[str, ...]]:
    """Values by field, the best founded first, then the latest seen."""
    found: dict[str, dict[str, tuple[int, int, str]]] = defaultdict(dict)
    for claim in claims:
        rank = (_ORDER[claim.basis], -claim.last_ns, claim.value)
        known = found[claim.field].get(claim.value)
        found[claim.field][claim.value] = rank if known is None else min(known, rank)
    return {name: tuple(sorted(found[name], key=found[name].__getitem__)[:MOST_FACTS]) for name in sorted(found)}


def _list_addresses(one: Cluster, claims: Sequence[Claim]) -> tuple[str, ...]:
    """IP addresses, the latest used first."""
    last: dict[str, int] = {}
    for claim in claims:
        for ip in (claim.ip, claim.value if claim.field == "address" else ""):
            if ip and (f"mac:{claim.mac}" in one.keys or ip == claim.ip):
                last[ip] = max(last.get(ip, 0), claim.last_ns)
    return tuple(sorted(last, key=lambda ip: (-last[ip], ip)))


def _is_address(claim: Claim) -> bool:
    """True for a claim about an address of a network: a loopback address is every machine's own."""
    ips = [claim.ip, claim.value if claim.field == "address" else ""]
    try:
        return not any(ip_address(ip).is_loopback for ip in ips if ip)
    except ValueError:
        return False


def _one(facts: Mapping[str, tuple[str, ...]], *names: str) -> str:
    return next((facts[name][0] for name in names if facts.get(name)), "")


def _name(facts: Mapping[str, tuple[str, ...]]) -> str:
    """What a device calls itself, or others call it; of several client ids none."""
    single = {name: values for name, values in facts.items() if name == "name" or len(values) == 1}
    return _one(single, "name", "domain", "client_id", "software")
