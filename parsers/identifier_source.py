"""Where identifiers are looked for: columns of the datasets, how each is read, and what was done to what is found."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import unquote

from parsers.dns_resolution import resolve_name
from parsers.identifier import HINTS, find_identifiers, parse_identifier
from parsers.identifier_form import Identifier

RESOLVED, CHANGED, MENTIONED = range(3)
ACTIONS = ("resolved", "changed", "mentioned")
"""``event.action``: asked for, meant to be made or changed or deleted, or only spoken of."""

Read = Callable[[str], list[Identifier]]


def read_whole(text: str) -> list[Identifier]:
    """Read a text that the protocol says is an identifier: a handle where no other scheme fits."""
    found = parse_identifier(text)
    return [found] if found else []


def read_path(text: str) -> list[Identifier]:
    """Find identifiers in a part of a URL, percent signs decoded."""
    return find_identifiers(unquote(text, errors="backslashreplace") if "%" in text else text)


def read_domain(text: str) -> list[Identifier]:
    """Read the identifier that a domain name of ONS or ORS stands for."""
    found = resolve_name(text)
    if not found or found.system not in ("ons", "ors") or not found.identifier:
        return []
    reasons = () if found.valid is not False else ("resolution_name",)
    is_urn = found.identifier.startswith("urn:")  # others tell no prefix
    known = parse_identifier(found.identifier) if is_urn else None
    prefix, suffix = (known.prefix, known.suffix) if known else ("", found.identifier.partition(":")[2])
    scheme = "epc" if found.identifier.startswith("urn:epc:") else found.scheme
    return [Identifier(scheme, text, found.identifier, prefix, suffix, reasons)]


PRESELECTIONS: dict[Read, str] = {
    find_identifiers: HINTS,
    read_path: HINTS + "|%[0-9a-f]",
    read_domain: r"(?i)\.id\.|oid-res\.org$",
}
"""Regular expression (RE2) that a text must match for its reader to find anything; readers not here read every text."""


@dataclass(frozen=True, slots=True)
class Source:
    """One column in which identifiers are looked for."""

    column: str
    read: Read = find_identifiers
    subject: bool = False
    """True where it says what the operation is about, so that the operation was done to it."""


SOURCES: dict[str, tuple[Source, ...]] = {
    "dns": (
        Source("dns.question.name", read_domain, subject=True),
        Source("dns.naptr.regexp"),
        Source("dns.answers.data"),
    ),
    "handle": (
        Source("handle.identifier", read_whole, subject=True),
        Source("handle.response.identifier", read_whole, subject=True),
        Source("handle.referral", read_whole),
        Source("handle.handles", read_whole),
        Source("handle.admin.handle", read_whole),
        Source("handle.recursion_auth.identity", read_whole),
        Source("handle.session.exchange_handle", read_whole),
        Source("handle.credential.signer", read_whole),
        Source("handle.response.credential.signer", read_whole),
        Source("handle.value.admin.handles", read_whole),
        Source("handle.value.references", read_whole),
        Source("handle.value.urls"),
        Source("handle.value.texts"),
    ),
    "http": (
        Source("http.api.identifier", read_whole, subject=True),
        Source("url.path", read_path),
        Source("url.query", read_path),
        Source("http.request.body.content"),
        Source("http.response.location", read_path),
        Source("http.api.values"),
        Source("http.response.body.content"),
    ),
    "mqtt": (
        Source("mqtt.client_id"),
        Source("user.name"),
        Source("mqtt.topic"),
        Source("mqtt.filters"),
        Source("mqtt.response_topic"),
        Source("mqtt.payload.sample"),
        Source("mqtt.user_properties"),
        Source("mqtt.will.topic"),
        Source("mqtt.will.payload"),
    ),
}
"""Columns by dataset, in the order in which a repetition within a record counts as seen."""

DATASETS = tuple(SOURCES)

OPERATIONS: dict[str, tuple[str, tuple[str, ...], tuple[str, ...]]] = {
    "dns": ("dns.op_code", ("QUERY", "STATUS", "IQUERY"), ("UPDATE",)),
    "handle": (
        "handle.operation",
        ("resolution", "get_siteinfo", "meta_query"),
        ("create_", "delete_", "add_", "remove_", "modify_", "home_", "unhome_", "meta_"),
    ),
    "http": (
        "http.api.action",
        ("resolve", "retrieve", "read", "get", "query"),
        ("create", "update", "delete", "add", "remove", "modify", "register", "deactivate", "batch"),
    ),
}
"""Column that tells the operation, and how the names of those that resolve and those that change begin."""


def tell_action(dataset: str, operation: str | None) -> int:
    """What an operation does to its subject."""
    if dataset not in OPERATIONS or not operation:
        return MENTIONED
    _, resolving, changing = OPERATIONS[dataset]
    return RESOLVED if operation.startswith(resolving) else CHANGED if operation.startswith(changing) else MENTIONED
