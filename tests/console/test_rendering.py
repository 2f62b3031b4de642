"""Making pages."""

from __future__ import annotations

import pytest
from jinja2 import TemplateNotFound, UndefinedError

from console.rendering import TEMPLATES, environment, render, write
from tests.support.visits import make_visit


def test_every_template_can_be_read() -> None:
    """None has a fault of syntax, or names one that is not there."""
    for path in TEMPLATES.rglob("*.html"):
        environment().get_template(path.relative_to(TEMPLATES).as_posix())


def test_every_value_is_escaped() -> None:
    """What comes from traffic cannot become a part of the page."""
    visit = make_visit(role=None, path="/<script>alert(1)</script>")
    values = {
        "title": "<b>",
        "what": "",
        "do": "",
        "told": None,
        "mark": ("<i>", 0),
        "status": 404,
        "request_id": "",
        "typed": None,
    }
    text = write(visit, "pages/failure.html", values)
    assert "<b>" not in text
    assert "<i>" not in text
    assert "<script>alert" not in text


def test_what_a_template_lacks_is_told() -> None:
    """A wrong name is a fault, not an empty place."""
    with pytest.raises(UndefinedError):
        write(make_visit(role=None), "parts/failure.html", {})
    with pytest.raises(TemplateNotFound):
        write(make_visit(), "pages/none.html")


def test_caches_keep_readers_apart() -> None:
    """A part is not shown for the page, nor one reader's page to another."""
    values = {"title": "x", "what": "", "do": "", "told": None, "mark": None, "status": 404, "request_id": ""}
    answer = render(make_visit(role=None), "parts/failure.html", values, status=404)
    assert answer.status_code == 404
    assert "Cookie" in answer.headers["vary"]
