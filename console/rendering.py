"""Making pages: Jinja2 with every value escaped, and what all templates may use.

Templates get ``visit``, ``say`` (texts), the formats of ``formats.py`` as filters, and whatever the page gives them.
A page is ``pages/<subject>/<name>.html`` and extends ``base.html``; a part of it that htmx asks for alone is a template
beside it, which the page includes.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.responses import HTMLResponse

from console.assets import address_of
from console.figures import LEAST, SEVERITIES
from console.formats import FILTERS
from console.guide import find_help
from console.navigation import list_groups, list_short
from console.period import PRESETS
from console.visit import CSRF_FIELD, FORM_COOKIE, Visit
from wanglou.languages import Catalogue

TEMPLATES = Path(__file__).parent / "templates"
_NO_VALUES: Mapping[str, Any] = {}


@cache
def environment() -> Environment:
    """Give the templates' environment: compiled once, strict about names, all values escaped."""
    made = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
        cache_size=-1,
    )
    made.filters.update(FILTERS)
    made.globals.update(asset=address_of, help_of=find_help, PRESETS=PRESETS, CSRF_FIELD=CSRF_FIELD, news=describe_news)
    return made


def describe_news(say: Catalogue) -> dict[str, Any]:
    """Give the words in which scripts tell of new alerts."""
    levels = [{"least": LEAST[level], "word": say(f"severity.{level}")} for level in SEVERITIES]
    return {"text": say.find("frame.alerts_made"), "show": say("frame.show"), "levels": levels}


def render(
    visit: Visit,
    template: str,
    values: Mapping[str, Any] = _NO_VALUES,
    *,
    status: int = 200,
    headers: Mapping[str, str] | None = None,
) -> HTMLResponse:
    """Answer with a template."""
    text = write(visit, template, values)
    response = HTMLResponse(text, status, dict(headers or {}))
    response.headers.append("vary", "HX-Request, HX-Target, Cookie, Accept-Language")
    token = getattr(visit.request.state, "form_token", "")
    if token and visit.request.cookies.get(FORM_COOKIE) != token:
        secure = visit.request.url.scheme == "https"
        response.set_cookie(FORM_COOKIE, token, httponly=True, samesite="strict", secure=secure, path="/")
    return response


def write(visit: Visit, template: str, values: Mapping[str, Any] = _NO_VALUES) -> str:
    """Write a template as text."""
    found = environment().get_template(template)
    return found.render(
        {"visit": visit, "say": visit.say, "groups": list_groups(visit), "short": list_short(visit), **values}
    )
