"""Saved views: the filter, order and columns of a table's page under a name, one's own and those that were shared.

Shared ones are for those who see the whole park, as a query may name what belongs to one enterprise.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlencode

import sqlalchemy as sa

from console.navigation import GROUPS
from console.permission import Permission
from console.refusal import not_found
from console.view_tables import VIEW
from console.visit import Visit
from wanglou.errors import UsageError

MOST_VIEWS = 50
"""Views of one account."""
MOST_SHOWN = 200
"""Views that are listed."""
NAME_CHARACTERS = 80
QUERY_CHARACTERS = 8_192
NOT_KEPT = frozenset({"cursor", "selected", "at", "csrf"})
"""Parameters of an address that tell where one is, and not what one looks at."""
SHARING: Permission = "alerts.triage"
"""Who may share views, and take away shared ones."""
PAGES: Mapping[str, Permission] = {one.path: one.permission for _, places in GROUPS for one in places}
"""Pages that views may be of, with who may see them."""


@dataclass(frozen=True, slots=True)
class SavedView:
    """One view."""

    id: str
    owner: str
    page: str
    """Path of the page."""
    name: str
    query: str
    """Parameters of its address, as they are written there."""
    is_shared: bool
    version: int

    @property
    def address(self) -> str:
        """Where it leads."""
        return f"{self.page}?{self.query}" if self.query else self.page


@dataclass(frozen=True, slots=True)
class ShownViews:
    """Views of a page as its part shows them."""

    views: list[SavedView]
    changeable: frozenset[str]
    """Ids of those that the reader may rename and delete."""
    may_share: bool


def show_views(visit: Visit) -> ShownViews:
    """Give what ``parts/views.html`` shows on this page."""
    views = list_views(visit, visit.request.url.path)
    return ShownViews(views, frozenset(one.id for one in views if may_change(visit, one)), may_share(visit))


def may_share(visit: Visit) -> bool:
    """True where one may share views."""
    return visit.may(SHARING) and visit.scope.is_whole


def list_views(visit: Visit, page: str = "") -> list[SavedView]:
    """List one's own views and shared ones, of one page or of all that one may see, by name."""
    table = VIEW.c
    seen = table.owner == _name(visit)
    if visit.scope.is_whole:
        seen = seen | table.is_shared
    pages = [path for path, permission in PAGES.items() if visit.may(permission) and page in ("", path)]
    chosen = sa.select(VIEW).where(seen, table.page.in_(pages)).order_by(table.name, table.id).limit(MOST_SHOWN)
    with visit.ledger.reading() as connection:
        return [_read(row) for row in connection.execute(chosen).mappings()]


def find_view(visit: Visit, identity: str) -> SavedView:
    """Find one; raises Refused (404) where there is none that one may see."""
    found = next((one for one in list_views(visit) if one.id == identity), None)
    if found is None:
        raise not_found()
    return found


def save_view(visit: Visit, *, page: str, name: str, query: str, is_shared: bool = False) -> SavedView:
    """Save a view; raises UsageError for what cannot be."""
    permission = PAGES.get(page)
    if permission is None or not visit.may(permission):
        raise UsageError(f"{page[:64]!r} is no page with views", do="save it on a page that you may see")
    if is_shared and not may_share(visit):
        raise UsageError("this view is not yours to share", do="keep it for yourself")
    made = SavedView(
        f"view-{secrets.token_hex(8)}", _name(visit), page, _check_name(name), _check_query(query), is_shared, 1
    )
    with visit.ledger.change(visit.actor) as change:
        counted = sa.select(sa.func.count()).select_from(VIEW).where(VIEW.c.owner == made.owner)
        if (change.connection.scalar(counted) or 0) >= MOST_VIEWS:
            raise UsageError(f"there are {MOST_VIEWS} views already", do="delete one that you need no more")
        change.insert(VIEW, _write(made), action="saved")
    return made


def rename_view(visit: Visit, identity: str, name: str, *, expected: int | None = None) -> SavedView:
    """Give a view another name; with ``expected`` only that version of it."""
    found, wanted = _find_changeable(visit, identity), _check_name(name)
    with visit.ledger.change(visit.actor) as change:
        values = {"name": wanted, "version": found.version + 1}
        if found.name != wanted:
            version = {"version": found.version if expected is None else expected}
            change.update(VIEW, {"id": identity}, values, action="renamed", expected=version)
    return find_view(visit, identity)


def delete_view(visit: Visit, identity: str) -> SavedView:
    """Delete a view, and give what it was."""
    found = _find_changeable(visit, identity)
    with visit.ledger.change(visit.actor) as change:
        change.delete(VIEW, {"id": identity})
    return found


def may_change(visit: Visit, view: SavedView) -> bool:
    """True for one's own views, and for shared ones where one may share."""
    return view.owner == _name(visit) or (view.is_shared and may_share(visit))


def _find_changeable(visit: Visit, identity: str) -> SavedView:
    found = find_view(visit, identity)
    if not may_change(visit, found):
        raise UsageError("this view belongs to somebody else", do="save one of your own")
    return found


def _name(visit: Visit) -> str:
    return visit.guest.name if visit.guest else ""


def _check_name(name: str) -> str:
    text = " ".join(name.split())
    if not text or len(text) > NAME_CHARACTERS or not text.isprintable():
        raise UsageError("the view needs a name", do=f"give 1 to {NAME_CHARACTERS} characters")
    return text


def _check_query(query: str) -> str:
    """Keep what an address may hold, written anew; raises UsageError."""
    if len(query) > QUERY_CHARACTERS:
        raise UsageError("the query is too long for a view", do=f"it may have {QUERY_CHARACTERS} characters")
    try:
        pairs = parse_qsl(query, max_num_fields=100)
    except ValueError:
        raise UsageError("the query has too many parts for a view", do="it may have 100") from None
    return urlencode([(name, value) for name, value in pairs if name not in NOT_KEPT], safe=":/,*", errors="replace")


def _write(view: SavedView) -> dict[str, Any]:
    return {name: getattr(view, name) for name in SavedView.__dataclass_fields__}


def _read(row: sa.RowMapping) -> SavedView:
    return SavedView(*(row[name] for name in SavedView.__dataclass_fields__))
