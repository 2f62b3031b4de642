"""The navigation: which pages there are, in which group, and who sees them. New pages add their line here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from console.permission import Permission
from console.visit import Visit


@dataclass(frozen=True, slots=True)
class Place:
    """One entry of the navigation."""

    name: str
    """Names its text ``nav.<name>`` and its icon."""
    path: str
    permission: Permission
    key: str = ""
    """Letter behind ``g`` that leads there."""
    is_short: bool = False
    """True where the bar of narrow screens shows it."""


GROUPS: tuple[tuple[str, tuple[Place, ...]], ...] = (
    (
        "watch",
        (
            Place("overview", "/", "overview.read", "o", is_short=True),
            Place("alerts", "/alerts", "alerts.read", "a", is_short=True),
            Place("incidents", "/incidents", "incidents.read", "i", is_short=True),
            Place("assets", "/assets", "assets.read", "s", is_short=True),
            Place("risk", "/risk", "risk.read"),
            Place("hunt", "/hunt", "hunt.read", "h"),
            Place("identifiers", "/identifiers", "identifiers.read"),
        ),
    ),
    ("improve", (Place("rules", "/rules", "rules.read", "r"),)),
    (
        "run",
        (
            Place("captures", "/captures", "captures.read", "c"),
            Place("sensors", "/sensors", "sensors.read"),
            Place("store", "/store", "store.read"),
            Place("users", "/users", "users.manage", "u"),
            Place("audit", "/audit", "audit.read"),
            Place("settings", "/settings", "settings.manage"),
            Place("health", "/health", "store.read"),
            Place("help", "/help", "help.read"),
        ),
    ),
)
"""Pages by the job they belong to."""
MOST_SHORT = 4


@dataclass(frozen=True, slots=True)
class Shown:
    """An entry as one reader sees it."""

    place: Place
    is_current: bool


def list_groups(visit: Visit) -> list[tuple[str, list[Shown]]]:
    """Give the groups with the entries that the guest may use and that this console has."""
    served = visit.services.paths
    found = []
    for name, places in GROUPS:
        shown = [_show(visit, place) for place in places if visit.may(place.permission) and place.path in served]
        if shown:
            found.append((name, shown))
    return found


def list_short(visit: Visit) -> Sequence[Shown]:
    """Give the entries of the bar on narrow screens."""
    shown = [one for _, entries in list_groups(visit) for one in entries]
    first = [one for one in shown if one.place.is_short]
    return (first + [one for one in shown if not one.place.is_short])[:MOST_SHORT]


def find_home(visit: Visit) -> str:
    """Give the first page that the guest may use."""
    return next((one.place.path for _, entries in list_groups(visit) for one in entries), "/account")


def _show(visit: Visit, place: Place) -> Shown:
    path = visit.request.url.path
    return Shown(place, path == place.path or (place.path != "/" and path.startswith(f"{place.path}/")))
