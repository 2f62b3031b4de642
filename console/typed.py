"""What somebody typed into a form that was refused: it is kept on the page that says so, to be sent again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from console.address import local_address
from console.guard import SAFE, is_from_here
from console.visit import CSRF_FIELD, Visit

SECRET = frozenset({CSRF_FIELD, "password", "old", "new", "again", "code", "token"})
"""Fields that no page shows again."""
AGAIN = frozenset({401, 409, 429, 500, 503})
"""What may pass by itself, so that the same can be sent again; so may a form whose session was another."""
MOST_FIELDS = 200
MOST_CHARACTERS = 65_536


@dataclass(frozen=True, slots=True)
class Typed:
    """The fields of a form that was refused."""

    fields: Sequence[tuple[str, str]]
    action: str
    """Where to send them again; empty where that would be refused again, or undo what somebody else did."""


def keep_typed(visit: Visit, status: int, reason: str) -> Typed | None:
    """Keep what was typed, as far as a page of ours sent it: another site's form is not offered to be sent."""
    request = visit.request
    if request.method in SAFE or not is_from_here(request):
        return None
    pairs = [(name, value) for name, value in visit.form.multi_items() if name not in SECRET and isinstance(value, str)]
    if not any(value for _, value in pairs) or len(pairs) > MOST_FIELDS:
        return None
    if sum(len(name) + len(value) for name, value in pairs) > MOST_CHARACTERS:
        return None
    is_whole = not any(name in SECRET and name != CSRF_FIELD for name in visit.form)
    is_again = is_whole and (status in AGAIN or reason == "csrf")
    query = f"?{request.url.query}" if request.url.query else ""
    return Typed(pairs, local_address(request.url.path + query, "") if is_again else "")
