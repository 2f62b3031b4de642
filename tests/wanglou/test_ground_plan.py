"""Ground plans are taken over without anything that acts or refers."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wanglou.errors import UsageError
from wanglou.ground_plan import MOST_BYTES, clean_plan, load_plan

SPACES = 'xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"'
SVG = f'<svg {SPACES} viewBox="0 0 100 100"{{}}>{{}}</svg>'


def clean(inner: str, attributes: str = "") -> str:
    """Clean a drawing with that content."""
    return clean_plan(SVG.format(attributes, inner).encode())


def test_shapes_and_texts_stay() -> None:
    """Geometry, colours and words are as they were drawn."""
    drawn = '<g transform="translate(1 2)"><rect x="1" y="2" width="3" height="4" fill="#123456" />'
    kept = clean(drawn + '<text x="5" font-size="4">Hall <tspan>A</tspan> north</text></g>')
    assert 'viewBox="0 0 100 100"' in kept
    assert drawn in kept
    assert ">Hall <tspan>A</tspan> north</text>" in kept


@pytest.mark.parametrize(
    "inner",
    [
        "<script>alert(1)</script>",
        "<style>* { fill: url(http://evil.test/x) }</style>",
        '<image href="http://evil.test/x.png" />',
        '<a href="javascript:alert(1)"><text>x</text></a>',
        '<use xlink:href="http://evil.test/x.svg#a" />',
        "<foreignObject><iframe xmlns='http://www.w3.org/1999/xhtml' src='http://evil.test' /></foreignObject>",
        '<rect onclick="alert(1)" style="fill:url(http://evil.test)" fill="url(http://evil.test/#a)" />',
        '<animate attributeName="href" to="javascript:alert(1)" /><set attributeName="onload" to="alert(1)" />',
        '<x:script xmlns:x="http://www.w3.org/2000/svg">alert(1)</x:script>',
        "<?xml-stylesheet href='http://evil.test/x.css'?><!-- http://evil.test -->",
    ],
)
def test_what_acts_or_refers_is_left_out(inner: str) -> None:
    """Nothing of it is in what is kept."""
    kept = clean(inner, ' onload="alert(1)" style="background:url(http://evil.test)"')
    for word in ("alert", "evil", "script", "href", "url(", "style", "on"):
        assert word not in kept.replace('version="1.0"', ""), kept


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b'<!DOCTYPE svg [<!ENTITY a "aaaa">]><svg xmlns="http://www.w3.org/2000/svg">&a;</svg>', "document type"),
        (b"<html/>", "no SVG"),
        (b"<svg", "no XML"),
        (b"<svg/>", "no SVG"),
        (SVG.format("", "<g>" * 40 + "</g>" * 40).encode(), "deeper"),
        (SVG.format("", "<g/>" * 5_001).encode(), "5000 elements"),
    ],
)
def test_what_is_no_plain_drawing_is_refused(content: bytes, words: str) -> None:
    """With what is wrong with it."""
    with pytest.raises(UsageError, match=words):
        clean_plan(content)


def test_files_are_bounded(tmp_path: Path) -> None:
    """One that is absent or too large is refused by its name."""
    with pytest.raises(UsageError, match="cannot be read"):
        load_plan(tmp_path / "plan.svg")
    (tmp_path / "plan.svg").write_bytes(b" " * (MOST_BYTES + 1))
    with pytest.raises(UsageError, match="larger than"):
        load_plan(tmp_path / "plan.svg")
    (tmp_path / "plan.svg").write_text(SVG.format("", "<g/>"), encoding="utf-8")
    assert load_plan(tmp_path / "plan.svg").startswith("<svg")


@given(st.binary(max_size=400) | st.text(max_size=200).map(lambda text: SVG.format("", text).encode("utf-8", "ignore")))
def test_any_bytes_are_taken_or_refused(content: bytes) -> None:
    """Nothing else is raised."""
    try:
        kept = clean_plan(content)
    except UsageError:
        return
    assert kept.startswith("<svg")
