"""What claims are worth: whether there is a device at all, how sure that is, and the facts it is known by."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from ipaddress import ip_address

from correlation.asset import Asset
from correlation.asset_claim import Claim
from correlation.asset_cluster import Cluster

MOST_FACTS = 32
"""Values of a fact that an asset keeps."""
WEIGHTS = {"person": 1.0, "answered": 0.7, "asked": 0.5, "stated": 0.6, "link": 0.6, "passing": 0.3}
"""How sure one kind of evidence makes that there is this device; kinds add up as independent ones do."""
QUIET = frozenset({"link", "passing"})
"""Kinds of evidence that anybody makes who sends packets; they take no answer."""
_ORDER = {"stated": 0, "seen": 1, "reported": 2}


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
    """Give values by field, the best founded first, then the latest seen."""
    found: dict[str, dict[str, tuple[int, int, str]]] = defaultdict(dict)
    for claim in claims:
        rank = (_ORDER[claim.basis], -claim.last_ns, claim.value)
        known = found[claim.field].get(claim.value)
        found[claim.field][claim.value] = rank if known is None else min(known, rank)
    return {name: tuple(sorted(found[name], key=found[name].__getitem__)[:MOST_FACTS]) for name in sorted(found)}


def list_addresses(one: Cluster, claims: Sequence[Claim]) -> tuple[str, ...]:
    """Give the IP addresses of a device, the latest used first."""
    last: dict[str, int] = {}
    for claim in claims:
        for ip in (claim.ip, claim.value if claim.field == "address" else ""):
            if ip and (f"mac:{claim.mac}" in one.keys or ip == claim.ip):
                last[ip] = max(last.get(ip, 0), claim.last_ns)
    return tuple(sorted(last, key=lambda ip: (-last[ip], ip)))


def is_of_a_device(claim: Claim) -> bool:
    """True for a claim about an address of a network: a loopback address is every machine's own."""
    ips = [claim.ip, claim.value if claim.field == "address" else ""]
    try:
        return not any(ip_address(ip).is_loopback for ip in ips if ip)
    except ValueError:
        return False


def first_of(facts: Mapping[str, tuple[str, ...]], *names: str) -> str:
    """Give the best founded value of the first of these fields that has any; empty for none."""
    return next((facts[name][0] for name in names if facts.get(name)), "")


def name_of(facts: Mapping[str, tuple[str, ...]]) -> str:
    """Give what a device calls itself, or others call it; of several client ids none."""
    single = {name: values for name, values in facts.items() if name == "name" or len(values) == 1}
    return first_of(single, "name", "domain", "client_id", "software")
