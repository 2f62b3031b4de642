"""What happened after a form was sent, told on the next page: a cookie that the page takes away, with a way back."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from urllib.parse import quote

from starlette.responses import Response

COOKIE = "wanglou-toast"
"""Read and removed by js/toast.js; it holds words for the reader and nothing else."""
MOST_SECONDS = 30


@dataclass(frozen=True, slots=True)
class Toast:
    """One message that goes by itself."""

    text: str
    undo: str = ""
    """Address that takes the change back by POST; empty where nothing does."""
    fields: str = ""
    """Fields of that form, as a query string."""


def add_toast(response: Response, toast: Toast) -> Response:
    """Let the next page show a toast."""
    value = quote(json.dumps(asdict(toast), ensure_ascii=False, separators=(",", ":")), safe="")
    response.set_cookie(COOKIE, value, max_age=MOST_SECONDS, samesite="strict", path="/")
    return response
