"""Which part of the handbook a page's question mark leads to: the section of ``docs/console.md`` named as the page is.

The sections have the same headings as the pages, in each language.
"""

from __future__ import annotations

from collections.abc import Mapping

from console.handbook import GUIDE, find_article, slug
from console.texts import load_texts
from console.visit import Visit

HEADINGS: Mapping[str, str] = {
    "/": "nav.overview",
    "/account": "account.title",
    "/alerts": "nav.alerts",
    "/assets": "nav.assets",
    "/audit": "nav.audit",
    "/captures": "nav.captures",
    "/evidence": "evidence.title",
    "/health": "nav.health",
    "/help": "nav.help",
    "/hunt": "nav.hunt",
    "/identifiers": "nav.identifiers",
    "/incidents": "nav.incidents",
    "/password": "account.title",
    "/risk": "nav.risk",
    "/rules": "nav.rules",
    "/second-factor": "account.title",
    "/sensors": "nav.sensors",
    "/settings": "nav.settings",
    "/store": "nav.store",
    "/suppressions": "suppressions.title",
    "/users": "nav.users",
    "/wall": "wall.title",
}
"""First part of a path, and the text that its section has as its heading."""


def find_heading(path: str) -> str | None:
    """Give the key of the heading for a path; None where no section tells of it."""
    return HEADINGS.get("/" + path.strip("/").partition("/")[0])


def find_help(visit: Visit) -> str:
    """Give the address of what the handbook tells of this page; of its whole guide where it tells nothing."""
    article, key = find_article(GUIDE, visit.language), find_heading(visit.request.url.path)
    if article is None:
        return "/help"
    heading = load_texts(article.language).find(key) if key else None
    return f"/help/{GUIDE}#{slug(heading)}" if heading else f"/help/{GUIDE}"
