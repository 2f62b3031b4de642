"""The page of the store."""

from __future__ import annotations

from starlette.responses import Response

from console.rendering import render
from console.routing import Now, Pages
from console.views.store import BADGES, read_store

router = Pages("store")


@router.get("/store", permission="store.read")
def show(visit: Now) -> Response:
    """Show what the store holds and what a look at it found."""
    return render(visit, "pages/store/show.html", {"state": read_store(visit), "badges": BADGES})
