"""Help: the handbook, in the console."""

from __future__ import annotations

from markupsafe import Markup
from starlette.responses import Response

from console.handbook import find_article, search, write_html
from console.refusal import not_found
from console.rendering import render
from console.routing import Now, Pages

router = Pages("help")


@router.get("/help", permission="help.read")
def show_list(visit: Now) -> Response:
    """Show all pages, or those that hold the words of ``q``."""
    asked = visit.asked("q").strip()[:200]
    return render(visit, "pages/help/list.html", {"found": search(asked, visit.language), "asked": asked})


@router.get("/help/{name}", permission="help.read")
def show_one(visit: Now, name: str) -> Response:
    """Show one page, in the reader's language where there is one."""
    article = find_article(name, visit.language)
    if article is None:
        raise not_found()
    body = Markup(write_html(article))  # noqa: S704 - written by the parser, which escapes all HTML of the page
    return render(visit, "pages/help/one.html", {"article": article, "body": body})
