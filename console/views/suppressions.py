"""Suppressions: which alerts open no incident, until when and why, as far as a guest may see them."""

from __future__ import annotations

from console.refusal import not_found
from console.visit import Visit
from correlation.decision import Part
from correlation.triage import Suppression
from wanglou.errors import UsageError

DAY_NS = 86_400 * 10**9
MOST_DAYS = 366
MOST_CHARACTERS = 512


def list_suppressions(visit: Visit) -> list[Suppression]:
    """List those that a guest may see, those that end last first; those of the whole park belong to the park."""
    return [one for one in visit.triage.suppressions() if visit.scope.admits(one.enterprise)]


def suppress(
    visit: Visit, *, rule: str, source: str, destination: str, enterprise: str, days: int, reason: str
) -> Suppression:
    """Keep alerts from opening incidents for some days from now; raises UsageError for what cannot be."""
    if not visit.scope.admits(enterprise):
        raise UsageError("this enterprise is not yours to decide for", do="choose one of yours")
    if not 0 < days <= MOST_DAYS:
        raise UsageError(f"{days} days cannot be", do=f"give 1 to {MOST_DAYS}")
    texts = [text.strip()[:MOST_CHARACTERS] for text in (source, destination, rule, reason)]
    part = Part((), *texts[:3])
    until_ns = visit.now_ns + days * DAY_NS
    return visit.triage.suppress(part, until_ns, texts[3], visit.actor, enterprise=enterprise)


def lift(visit: Visit, identity: str) -> Suppression:
    """End one before its time; raises Refused (404) where there is none that the guest may see."""
    if all(one.id != identity for one in list_suppressions(visit)):
        raise not_found()
    return visit.triage.lift(identity, visit.actor)
