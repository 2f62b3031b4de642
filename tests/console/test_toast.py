"""What happened after a form was sent."""

from __future__ import annotations

import json
from urllib.parse import unquote

from starlette.responses import Response

from console.toast import COOKIE, Toast, add_toast


def test_the_cookie_holds_the_words_and_the_way_back() -> None:
    """It is short-lived, and quoted so that no header can be made of it."""
    answer = add_toast(Response(), Toast("已确认\r\nset-cookie: x", "/alerts/triage", "id=1"))
    header = answer.headers["set-cookie"]
    assert header.count("=") >= 2
    assert "\n" not in header
    value = header.partition(";")[0].removeprefix(f"{COOKIE}=").strip('"')
    assert json.loads(unquote(value)) == {"text": "已确认\r\nset-cookie: x", "undo": "/alerts/triage", "fields": "id=1"}
