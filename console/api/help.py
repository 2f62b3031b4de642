"""The API of the handbook."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import Query
from pydantic import BaseModel, Field

from console.handbook import find_article, search
from console.refusal import not_found
from console.routing import Api, Now

router = Api("help")


class Entry(BaseModel):
    """One page of the handbook."""

    name: str
    title: str
    language: Literal["zh", "en"]
    excerpt: str = Field(description="Where the first word stands; empty where nothing was searched for.")


class Entries(BaseModel):
    """Pages of the handbook."""

    items: list[Entry]
    next: str | None = Field(None, description="Always null: there is one page of answers.")


class Article(BaseModel):
    """One page of the handbook with its text."""

    name: str
    title: str
    language: Literal["zh", "en"]
    text: str = Field(description="Markdown.")


@router.get("/help", permission="help.read", response_model=Entries)
def list_pages(
    visit: Now, q: Annotated[str, Query(max_length=200, description="Words that a page must hold.")] = ""
) -> Entries:
    """List the pages of the handbook, or those that hold some words."""
    found = search(q, visit.language)
    items = [
        Entry(name=one.article.name, title=one.article.title, language=one.article.language, excerpt=one.excerpt)
        for one in found
    ]
    return Entries(items=items, next=None)


@router.get("/help/{name}", permission="help.read", response_model=Article)
def get_page(visit: Now, name: str) -> Article:
    """Give one page, in the reader's language where there is one."""
    found = find_article(name, visit.language)
    if found is None:
        raise not_found()
    return Article(name=found.name, title=found.title, language=found.language, text=found.text)
