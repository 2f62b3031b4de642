"""Events for programs, as server-sent events."""

from __future__ import annotations

from typing import Annotated

from fastapi import Header
from starlette.responses import Response, StreamingResponse

from console.event_stream import HEADERS, MEDIA_TYPE
from console.routing import Api, Now
from console.views.events import open_stream

router = Api("events")


@router.get(
    "/events",
    permission="alerts.read",
    response_class=StreamingResponse,
    responses={200: {"description": "Server-sent events, until ten minutes are over.", "content": {MEDIA_TYPE: {}}}},
)
async def listen(visit: Now, last_event_id: Annotated[str | None, Header(max_length=32)] = None) -> Response:
    """Hear of alerts, jobs, captures, incidents, assets and risk as far as the token may read them.

    Connect again with the number of the last event in ``Last-Event-ID`` to miss nothing; ``feed.reset`` tells that
    events were missed.
    """
    return StreamingResponse(await open_stream(visit, last_event_id or ""), media_type=MEDIA_TYPE, headers=HEADERS)
