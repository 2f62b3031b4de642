"""The handbook: the pages of documentation, read once, written as HTML (CommonMark 0.31 with tables) and searched.

Only pages that ship with the product are read; HTML in them is shown as text, pictures are left out, and a link leads
to another page of the handbook or stays as it was written.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from markdown_it import MarkdownIt
from markdown_it.token import Token

from wanglou.languages import Language

PLACES = (Path(__file__).parent / "_docs", Path(__file__).parent.parent / "docs")
"""Where the pages lie: in an installed package, and beside the sources."""
CHINESE = "zh"
GUIDE = "console"
"""Name of the page that tells of all pages of the console."""
MOST_FOUND = 50
MOST_WORDS = 8
AROUND = 80
"""Characters shown on each side of what was found."""
_NAME = re.compile(r"(?:[\w./-]*/)?([\w-]+)\.md(#[\w-]*)?", re.ASCII)
_MARKS = re.compile(r"[^\w\s-]")


@dataclass(frozen=True, slots=True)
class Article:
    """One page."""

    name: str
    """As in its address."""
    title: str
    language: Language
    text: str
    """As it was written, in Markdown."""


@dataclass(frozen=True, slots=True)
class Found:
    """One page that a search found."""

    article: Article
    excerpt: str
    """Where the first word stands; empty where nothing was searched for."""


@cache
def load_articles() -> Mapping[str, Mapping[Language, Article]]:
    """Read all pages: by name and language."""
    folder = next((place for place in PLACES if place.is_dir()), None)
    articles: dict[str, dict[Language, Article]] = {}
    if folder is not None:
        for language, place in (("en", folder), (CHINESE, folder / CHINESE)):
            for path in sorted(place.glob("*.md")):
                text = path.read_text(encoding="utf-8")
                title = next((line[2:].strip() for line in text.splitlines() if line.startswith("# ")), path.stem)
                article = Article(path.stem, title, "zh" if language == CHINESE else "en", text)
                articles.setdefault(path.stem, {})[article.language] = article
    return articles


def find_article(name: str, language: Language) -> Article | None:
    """Find a page, in the reader's language where it was written in it."""
    versions = load_articles().get(name, {})
    return versions.get(language) or next(iter(versions.values()), None)


def search(text: str, language: Language) -> Sequence[Found]:
    """Find the pages that hold all words, those with a word in their title first; all pages for no words.

    Then come those of the reader's language, of which the one that tells of all pages of the console is the first.
    """
    words = text.lower().split()[:MOST_WORDS]
    found = []
    for name in load_articles():
        article = find_article(name, language)
        held = article.text.lower() if article else ""
        if article and all(word in held for word in words):
            found.append(Found(article, _cut(article.text, words[0]) if words else ""))
    found.sort(key=lambda one: _rank(one.article, words, language))
    return found[:MOST_FOUND]


def _rank(article: Article, words: Sequence[str], language: Language) -> tuple[object, ...]:
    named = sum(word in article.title.lower() for word in words)
    return (-named, article.language != language, article.name != GUIDE, article.title)


def _cut(text: str, word: str) -> str:
    at = text.lower().find(word)
    begin = max(0, at - AROUND)
    return " ".join(text[begin : at + len(word) + AROUND].split())


def write_html(article: Article) -> str:
    """Write a page as HTML without its title, which stands above it."""
    tokens = _parser().parse(article.text)
    if tokens and tokens[0].tag == "h1":
        tokens = tokens[3:]
    for place, token in enumerate(tokens):
        if token.type == "heading_open":
            token.attrSet("id", slug(tokens[place + 1].content))
        if token.type == "inline":
            _turn_links(token)
    parser = _parser()
    return str(parser.renderer.render(tokens, parser.options, {}))


def slug(heading: str) -> str:
    """Name a heading as links to it do: small letters, hyphens between words."""
    return re.sub(r"\s+", "-", _MARKS.sub("", heading.lower()).strip())


def _turn_links(inline: Token) -> None:
    for token in inline.children or ():
        if token.type == "link_open":
            address = str(token.attrGet("href") or "")
            page = _NAME.fullmatch(address)
            if page is not None and page[1] in load_articles():
                token.attrSet("href", f"/help/{page[1]}{page[2] or ''}")
            elif not address.startswith(("https://", "http://", "#")):
                token.attrs.pop("href", None)


@cache
def _parser() -> MarkdownIt:
    return MarkdownIt("commonmark", {"html": False}).enable("table").disable("image")
