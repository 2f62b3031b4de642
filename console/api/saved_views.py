"""The API of saved views."""

from __future__ import annotations

from typing import Annotated

from fastapi import Header, Query, status
from pydantic import BaseModel, Field
from starlette.responses import JSONResponse, Response

from console.problem import CHANGES
from console.refusal import Refused
from console.routing import Api, Now
from console.views.saved_views import (
    NAME_CHARACTERS,
    QUERY_CHARACTERS,
    SavedView,
    delete_view,
    find_view,
    list_views,
    rename_view,
    save_view,
)

router = Api("views")


class ViewAnswer(BaseModel):
    """A page's filter, order and columns under a name."""

    id: str
    owner: str
    page: str = Field(description="Path of the page.")
    name: str
    query: str = Field(description="Parameters of its address.")
    is_shared: bool
    version: int


class ViewList(BaseModel):
    """One's own views and shared ones."""

    items: list[ViewAnswer]
    next: str | None = None


class NewView(BaseModel):
    """What to save."""

    page: str = Field(max_length=64)
    name: str = Field(max_length=NAME_CHARACTERS)
    query: str = Field("", max_length=QUERY_CHARACTERS)
    is_shared: bool = False


class NewName(BaseModel):
    """What to change."""

    name: str = Field(max_length=NAME_CHARACTERS)


@router.get("/views", permission="account.own", response_model=ViewList)
def list_them(visit: Now, page: Annotated[str, Query(max_length=64)] = "") -> ViewList:
    """List the views of a page, or of all."""
    return ViewList(items=[_describe(one) for one in list_views(visit, page)])


@router.post("/views", permission="account.own", response_model=ViewAnswer, status_code=status.HTTP_201_CREATED)
def make(visit: Now, new: NewView) -> ViewAnswer:
    """Save a view."""
    return _describe(save_view(visit, **new.model_dump()))


@router.patch("/views/{identity}", permission="account.own", response_model=ViewAnswer, responses={**dict(CHANGES)})
def rename(visit: Now, identity: str, change: NewName, if_match: Annotated[str | None, Header()] = None) -> Response:
    """Give a view another name, if it is still as it was read."""
    if if_match is None:
        raise Refused(428)
    if if_match != _tag(find_view(visit, identity)):
        raise Refused(412, reason="conflict")
    made = rename_view(visit, identity, change.name, expected=int(if_match.strip('"')))
    return JSONResponse(_describe(made).model_dump(), headers={"etag": _tag(made)})


@router.delete("/views/{identity}", permission="account.own", status_code=status.HTTP_204_NO_CONTENT)
def delete(visit: Now, identity: str) -> Response:
    """Delete a view."""
    delete_view(visit, identity)
    return Response(status_code=status.HTTP_204_NO_CONTENT)


@router.get("/views/{identity}", permission="account.own", response_model=ViewAnswer)
def get_one(visit: Now, identity: str) -> Response:
    """Give one view, with its ETag."""
    found = find_view(visit, identity)
    return JSONResponse(_describe(found).model_dump(), headers={"etag": _tag(found)})


def _tag(view: SavedView) -> str:
    return f'"{view.version}"'


def _describe(view: SavedView) -> ViewAnswer:
    return ViewAnswer(**{name: getattr(view, name) for name in ViewAnswer.model_fields})
