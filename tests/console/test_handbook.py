"""The handbook."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from console.handbook import Article, find_article, load_articles, search, slug, write_html


def write(text: str) -> str:
    """Write a page of that text."""
    return write_html(Article("a", "A", "en", text))


def test_pages_are_read_in_both_languages() -> None:
    """A reader gets his own where there is one, else the other."""
    risk = find_article("risk", "zh")
    assert risk is not None
    assert risk.language == "zh"
    store = find_article("store", "zh")
    assert store is not None
    assert store.language == "en"
    assert find_article("../README", "en") is None


def test_html_is_shown_as_text() -> None:
    """Nothing of a page acts: no element, no script's address, no picture."""
    html = write("<script>alert(1)</script>\n\n<b onclick=x>y</b> [z](javascript:alert(1)) ![p](http://x.test/p.png)")
    assert "<script" not in html
    assert "<b " not in html
    assert "javascript:" not in re.sub(r">[^<]*<", "><", html)
    assert "<img" not in html


def test_links_lead_to_pages_of_the_handbook() -> None:
    """Also from the Chinese pages; what is no page has no address."""
    html = write("[a](site-file.md#keys) [b](../risk.md) [c](../Makefile) [d](https://sigmahq.io/)")
    assert re.findall(r'href="([^"]*)"', html) == ["/help/site-file#keys", "/help/risk", "https://sigmahq.io/"]


def test_headings_can_be_linked_to() -> None:
    """The title stands above the page, and others have names."""
    assert slug("Who may, and *what*") == "who-may-and-what"
    assert write("# T\n\n## Who may\n\ntext") == '<h2 id="who-may">Who may</h2>\n<p>text</p>\n'


def test_a_search_finds_all_words() -> None:
    """With the place of the first one; nothing for words that no page has; everything for none."""
    names = [one.article.name for one in search("purdue zones", "en")]
    assert "site-file" in names
    assert all("purdue" in one.excerpt.lower() for one in search("Purdue", "en"))
    assert search("xyzzy-plugh", "en") == []
    assert len(search("", "en")) == len(load_articles())


@given(st.text(max_size=300))
def test_any_text_is_written(text: str) -> None:
    """Whatever it is, no element of its own appears."""
    assert "<script" not in write(text + "<script>").lower()
