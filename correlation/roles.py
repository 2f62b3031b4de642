"""Who acted in each group of alerts, who only passed it on, who is suspected, and whom it befell."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from correlation.alert_facts import NOBODY, Codes
from correlation.direction import Direction
from correlation.distinct import Distinct
from correlation.grouped_alerts import GroupedAlerts

_SERVER, _REFLECTED = int(Direction.SERVER), int(Direction.REFLECTED)


@dataclass(frozen=True, slots=True)
class Ranked:
    """Addresses of each group, the worst first."""

    names: Sequence[str]
    bounds: Sequence[int]

    def read(self, group: int) -> list[str]:
        """Give those of a group."""
        return list(self.names[self.bounds[group] : self.bounds[group + 1]])


@dataclass(frozen=True, slots=True)
class Roles:
    """The roles in each group."""

    actors: Ranked
    relays: Ranked
    suspects: Ranked
    """None where there are actors."""
    targets: Ranked
    is_own: NDArray[np.bool_]
    """Alerts that tell what actors did, bool[n]: not what a server answered its attacker, or was asked under a forged
    address."""
    has_actor: NDArray[np.bool_]
    """Groups in which anybody acts, bool[count]."""


def find_roles(alerts: GroupedAlerts) -> Roles:
    """Find the roles.

    Who was acted on by others passes on, and so does who only answers. Whose address was forged is neither.
    """
    facts, actor = alerts.facts, alerts.actor
    victim, direction = alerts.read(facts.victim), alerts.read(facts.direction)
    width = len(facts.names)
    actors, victims = alerts.find_distinct(actor, width), alerts.find_distinct(victim, width)
    is_forged = actors.mark_shared(victims, victims.mark(direction == _REFLECTED)) & (actors.code != NOBODY)
    is_root = _find_roots(alerts, actors, victims, victim, direction, is_forged)
    is_acting = (actors.code != NOBODY) & ~is_forged
    befallen = _find_befallen(alerts, actors, victims, victim, is_root)
    has_root = _mark_groups(actors, is_root, alerts.count)
    suspect = alerts.read(facts.suspect)
    suspects = alerts.find_distinct(suspect, width)
    is_answer = (direction == _SERVER) & ~is_root[actors.inverse]
    return Roles(
        _rank(alerts, actors, None, is_root),
        _rank(alerts, actors, None, is_acting & ~is_root),
        _rank(alerts, suspects, None, (suspects.code != NOBODY) & ~has_root[suspects.of]),
        _rank(alerts, victims, befallen, victims.code != NOBODY),
        ~(is_answer | is_forged[actors.inverse]),
        alerts.has_any(actor != NOBODY),
    )


def _find_roots(
    alerts: GroupedAlerts,
    actors: Distinct,
    victims: Distinct,
    victim: Codes,
    direction: Codes,
    is_forged: NDArray[np.bool_],
) -> NDArray[np.bool_]:
    """Mark the actors where it comes from: whom nobody acted on, else who asks, else all."""
    actor = alerts.actor
    is_acting = (actors.code != NOBODY) & ~is_forged
    is_hit = actors.mark_shared(victims, victims.mark((actor != NOBODY) & (actor != victim)))
    is_asking = actors.mark(direction != _SERVER)
    has_unhit = _mark_groups(actors, is_acting & ~is_hit, alerts.count)[actors.of]
    has_asking = _mark_groups(actors, is_acting & is_asking, alerts.count)[actors.of]
    return np.asarray(is_acting & np.where(has_unhit, ~is_hit, ~has_asking | is_asking), dtype=np.bool_)


def _find_befallen(
    alerts: GroupedAlerts, actors: Distinct, victims: Distinct, victim: Codes, is_root: NDArray[np.bool_]
) -> NDArray[np.bool_]:
    """Mark the alerts that tell of targets: what roots did to others, else what befell others, else all."""
    is_other = ~victims.mark_shared(actors, is_root)[victims.inverse] & (victim != NOBODY)
    theirs = is_root[actors.inverse] & is_other
    has_theirs, has_others = alerts.has_any(theirs)[alerts.of], alerts.has_any(is_other)[alerts.of]
    return np.asarray(np.where(has_theirs, theirs, is_other | ~has_others), dtype=np.bool_)


def _mark_groups(pairs: Distinct, chosen: NDArray[np.bool_], count: int) -> NDArray[np.bool_]:
    """Mark the groups that have any of the chosen pairs."""
    marks = np.zeros(count, dtype=np.bool_)
    marks[pairs.of[chosen]] = True
    return marks


def _rank(
    alerts: GroupedAlerts, pairs: Distinct, counted: NDArray[np.bool_] | None, chosen: NDArray[np.bool_]
) -> Ranked:
    """Sort chosen addresses by the worst severity and the number of their alerts, then by name.

    Of ``counted`` alerts, bool[n]; addresses without any are left out.
    """
    counts, worst = pairs.count(counted), pairs.find_worst(alerts.severity, counted)
    kept = np.flatnonzero(chosen & (counts > 0))
    code, of = pairs.code[kept], pairs.of[kept]
    order = np.lexsort((alerts.places_of_names[code], -counts[kept], -worst[kept], of))
    bounds = np.searchsorted(of, np.arange(alerts.count + 1)).tolist()
    return Ranked([alerts.facts.names[one] for one in code[order].tolist()], bounds)
