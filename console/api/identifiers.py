"""The API of identifiers: counts, prefixes, who resolves and changes what, errors, what is new, and records."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Any, Literal

from fastapi import Query
from pydantic import BaseModel, Field

from console.api.hunt import From, Limit, Records, Text, To
from console.routing import Api, Now
from console.views import identifiers as views
from console.views.hunt import tell_times
from correlation.query import parse_query

router = Api("identifiers")
Narrow = Annotated[str, Query(max_length=300, description="- asks for records without one.")]


class IdentifierCounts(BaseModel):
    """Records of a period."""

    resolved: int
    changed: int
    mentioned: int
    failed: int
    invalid: int = Field(description="Identifiers that break the rules of their scheme.")


class IdentifierPrefix(BaseModel):
    """Identifiers of one prefix."""

    prefix: str
    scheme: str
    actions: dict[str, int]
    failures: int
    invalid: int


class IdentifierPrefixes(BaseModel):
    """Prefixes, those with most records first; at most 500."""

    items: list[IdentifierPrefix]


class IdentifierActor(BaseModel):
    """An address that resolves or changes identifiers of a prefix."""

    enterprise: str
    address: str
    prefix: str
    action: str
    records: int
    failures: int


class IdentifierActors(BaseModel):
    """Who resolves or changes, the busiest first; at most 500."""

    items: list[IdentifierActor]


class IdentifierFault(BaseModel):
    """Failed transactions of the Handle protocol."""

    response: str
    operation: str
    prefix: str
    records: int


class IdentifierFaults(BaseModel):
    """Failed transactions, the commonest first."""

    items: list[IdentifierFault]


class NewValue(BaseModel):
    """A prefix or a client that was not seen in the thirty days before."""

    value: str
    records: int


class IdentifierNovelty(BaseModel):
    """What is new in a period."""

    prefixes: list[NewValue]
    clients: list[NewValue]


@router.get("/identifiers", permission="identifiers.read", response_model=IdentifierCounts)
def count(visit: Now, from_: From = "", to: To = "") -> IdentifierCounts:
    """Count the records of a period by action, and those that failed or are invalid."""
    del from_, to  # the visit reads them
    return IdentifierCounts(**views.count_identifiers(visit))


@router.get("/identifiers/prefixes", permission="identifiers.read", response_model=IdentifierPrefixes)
def list_prefixes(visit: Now, from_: From = "", to: To = "") -> IdentifierPrefixes:
    """List the prefixes of a period."""
    del from_, to
    found = views.list_prefixes(visit)
    items = [
        IdentifierPrefix(
            prefix=one.prefix, scheme=one.scheme, actions=dict(one.actions), failures=one.failures, invalid=one.invalid
        )
        for one in found
    ]
    return IdentifierPrefixes(items=items)


@router.get("/identifiers/actors", permission="identifiers.read", response_model=IdentifierActors)
def list_actors(
    visit: Now, action: Literal["resolved", "changed"] = "resolved", from_: From = "", to: To = ""
) -> IdentifierActors:
    """List who resolved or changed identifiers of which prefix."""
    del from_, to
    return IdentifierActors(items=[IdentifierActor(**asdict(one)) for one in views.list_actors(visit, action)])


@router.get("/identifiers/faults", permission="identifiers.read", response_model=IdentifierFaults)
def list_faults(visit: Now, from_: From = "", to: To = "") -> IdentifierFaults:
    """List the failed transactions of the Handle protocol by answer, operation and prefix."""
    del from_, to
    return IdentifierFaults(items=[IdentifierFault(**asdict(one)) for one in views.list_faults(visit)])


@router.get("/identifiers/novelty", permission="identifiers.read", response_model=IdentifierNovelty)
def find_novelty(visit: Now, from_: From = "", to: To = "") -> IdentifierNovelty:
    """Find prefixes and clients that were not seen in the thirty days before the period."""
    del from_, to
    found = views.find_novelty(visit)
    new = {
        name: [NewValue(value=value, records=records) for value, records in getattr(found, name)]
        for name in ("prefixes", "clients")
    }
    return IdentifierNovelty(**new)


@router.get("/identifiers/records", permission="identifiers.read", response_model=Records)
def list_records(
    visit: Now,
    q: Text = "",
    prefix: Narrow = "",
    scheme: Narrow = "",
    action: Narrow = "",
    outcome: Narrow = "",
    valid: Narrow = "",
    client: Narrow = "",
    limit: Limit = 50,
    cursor: Text = "",
    from_: From = "",
    to: To = "",
) -> Records:
    """List the records of identifiers, newest first, narrowed by any of these."""
    del q, prefix, scheme, action, outcome, valid, client, cursor, from_, to
    hunt, question = views.read_records(visit, limit)
    if question.fault:
        parse_query(question.text, hunt.dataset, now_ns=visit.now_ns)
    found, following = views.list_records(visit, hunt)
    return Records(items=[tell_times(hunt.dataset, one) for one in found], next=following or None)


@router.get("/identifiers/records/{identity}", permission="identifiers.read", response_model=dict[str, Any])
def get_one(visit: Now, identity: str) -> dict[str, Any]:
    """Give one record of an identifier."""
    story = views.tell_identifier(visit, identity)
    return tell_times(story.dataset, story.record)
