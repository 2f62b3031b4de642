"""The stream of events that every open page listens to."""

from __future__ import annotations

from starlette.responses import Response, StreamingResponse

from console.event_stream import HEADERS, MEDIA_TYPE
from console.routing import Now, Pages
from console.views.events import open_stream

router = Pages("events")


@router.get("/events", permission="account.own")
async def listen(visit: Now) -> Response:
    """Send events from now on, or from behind the one that the page saw last."""
    last_id = visit.request.headers.get("last-event-id") or visit.asked("after")
    return StreamingResponse(await open_stream(visit, last_id), media_type=MEDIA_TYPE, headers=HEADERS)
