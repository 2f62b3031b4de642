"""Which pages there are to measure: from the table of routes, and from the links of pages for paths with variables."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urlsplit

from bench.console_client import User, list_links
from console.permission import ROLES, Permission, Role
from console.routing import Declared

BESIDES = {
    "/alerts": (
        "state=all",
        "state=closed",
        "sort=-severity",
        "sort=-count",
        "sort=rule",
        "severity=critical",
        "assignee=li.na&state=acknowledged",
        "assignee=li.na&state=acknowledged&sort=-severity",
        "q=destination.ip:10.10.3.0/24",
    ),
    "/assets/conversations": ("size=40",),
    "/assets/{identity}": ("tab=history", "tab=dealings", "tab=values", "tab=alerts", "tab=risk"),
    "/hunt": ("dataset=flow&q=network.protocol:modbus",),
    "/identifiers": ("view=resolved", "view=changed", "view=errors", "view=novelty", "view=records"),
}
"""What else people ask of a page, over a month: the questions that cost most."""
DAYS = {"week": 7, "month": 30}


@dataclass(frozen=True, slots=True)
class Place:
    """One page as one role sees it."""

    role: Role
    path: str
    """As its route declares it."""
    address: str
    permission: Permission | None = None


def find_places(
    routes: Sequence[Declared], users: Mapping[Role, User], end_ns: int, day_ns: int
) -> tuple[list[Place], list[str]]:
    """Find an address for every page, for the first role that may see it and for users of an enterprise.

    Gives also the paths that showed none: they answer no page (a redirect, a file), or no page leads to them.
    """
    pages = [one for one in routes if one.method == "GET" and not one.is_api]
    spans = {name: _write_span(end_ns - days * day_ns, end_ns) for name, days in DAYS.items()}
    found: list[Place] = []
    links: dict[Role, list[str]] = {role: [] for role in users}
    others: list[str] = []
    for route in sorted(pages, key=lambda one: one.path.count("{")):
        its: list[Place] = []
        for role in _choose_roles(route, users):
            for address in _list_addresses(route, links[role], spans, pages):
                answer = users[role].ask(address)
                if answer.status == 200 and answer.is_html:
                    its.append(Place(role, route.path, address, route.permission))
                    links[role] += list_links(answer.text)
                elif "{" not in route.path:
                    break
        found += its
        if not its:
            others.append(route.path)
    return found, others


def _choose_roles(route: Declared, users: Mapping[Role, User]) -> list[Role]:
    able = [role for role in ROLES if role in users and (route.permission is None or route.permission in ROLES[role])]
    able.sort(key=lambda role: role != "analyst")
    first = able[:1]
    return [*first, *(role for role in able[1:] if role == "enterprise_user")]


def _list_addresses(
    route: Declared, links: Sequence[str], spans: Mapping[str, str], pages: Sequence[Declared]
) -> Iterator[str]:
    if "{" not in route.path:
        for span in spans.values():
            yield f"{route.path}?{span}"
        for besides in BESIDES.get(route.path, ()):
            yield f"{route.path}?{spans['month']}&{besides}"
        return
    shape = re.compile(re.sub(r"\\\{[^}]*\\\}", "[^/]+", re.escape(route.path)))
    fixed = {one.path for one in pages if "{" not in one.path}
    for link in dict.fromkeys((*links, *_list_below(route.path, links))):
        path = urlsplit(link).path
        if shape.fullmatch(path) and path not in fixed:
            yield link
            for besides in BESIDES.get(route.path, ()):
                yield f"{path}?{spans['month']}&{besides}"
            return


def _list_below(path: str, links: Sequence[str]) -> Iterator[str]:
    """Make addresses of a part of a thing (its history, say) of the links to the thing itself."""
    above, slash, part = path.rpartition("}/")
    if slash and "{" not in part:
        shape = re.compile(re.sub(r"\\\{[^}]*\\\}", "[^/]+", re.escape(above + "}")))
        paths = (urlsplit(link).path for link in links)
        yield from (f"{one}/{part}" for one in paths if shape.fullmatch(one))


def _write_span(start_ns: int, end_ns: int) -> str:
    start, end = (datetime.fromtimestamp(ns // 10**9, UTC).strftime("%Y-%m-%dT%H:%M:%SZ") for ns in (start_ns, end_ns))
    return f"from={start}&to={end}"
