"""Saving, renaming and deleting views; the list of them is a part of each page with a table."""

from __future__ import annotations

from urllib.parse import urlencode

from starlette.responses import Response

from console.address import local_address
from console.routing import Now, Pages, redirect
from console.toast import Toast, add_toast
from console.views.saved_views import delete_view, rename_view, save_view
from console.visit import Visit

router = Pages("views")


@router.post("/views", permission="account.own")
def save(visit: Now) -> Response:
    """Save a view, or one anew that was deleted, and go to it."""
    given = {name: str(visit.form.get(name, "")) for name in ("page", "name", "query")}
    made = save_view(visit, **given, is_shared=bool(visit.form.get("shared")))
    return add_toast(redirect(made.address), Toast(visit.say("views.saved", name=made.name)))


@router.post("/views/{identity}/rename", permission="account.own")
def rename(visit: Now, identity: str) -> Response:
    """Give a view another name."""
    made = rename_view(visit, identity, str(visit.form.get("name", "")))
    return add_toast(redirect(_back(visit, made.page)), Toast(visit.say("views.renamed", name=made.name)))


@router.post("/views/{identity}/delete", permission="account.own")
def delete(visit: Now, identity: str) -> Response:
    """Delete a view; the message offers to save it again."""
    gone = delete_view(visit, identity)
    fields = {"page": gone.page, "name": gone.name, "query": gone.query, "shared": "1" if gone.is_shared else ""}
    toast = Toast(visit.say("views.deleted", name=gone.name), "/views", urlencode(fields))
    return add_toast(redirect(_back(visit, gone.page)), toast)


def _back(visit: Visit, page: str) -> str:
    return local_address(str(visit.form.get("back", "")), page)
