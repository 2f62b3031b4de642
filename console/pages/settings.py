"""The page of settings: what holds and where it was said. They are changed in their file, not here."""

from __future__ import annotations

from starlette.responses import Response

from console.rendering import render
from console.routing import Now, Pages
from console.views.settings import list_settings

router = Pages("settings")


@router.get("/settings", permission="settings.manage")
def show(visit: Now) -> Response:
    """Show every setting."""
    return render(visit, "pages/settings/show.html", {"settings": list_settings(visit)})
