"""Identifier interfaces spoken over HTTP: which one, what is asked, and about which identifier.

Sources: Handle.Net HTTP JSON REST API (``/api/handles``); DOIP 2.0 operations carried over HTTP by enterprise nodes of
the Chinese identifier system (``/api/v1/doip``); SNMS of its second-level nodes (``/identityv2``); BID, DID resolvers.
Deleting by DOIP is a POST: the operation tells what is done, not the method.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, NamedTuple

from parsers.http_url import Target, decode_path, list_parameters

HANDLE_MIME = "application/x-hdl-message"
"""Media type of a Handle message over HTTP."""


class Call(NamedTuple):
    """What is asked; empty texts where the request does not tell."""

    api: str
    action: str
    operation: str = ""
    identifier: str = ""
    indexes: str = ""


NO_CALL = Call("", "")

_BY_METHOD = {"GET": "resolve", "HEAD": "resolve", "POST": "create", "PUT": "update", "DELETE": "delete"}
_DOIP = {
    "0.DOIP/Op.Hello": "hello",
    "0.DOIP/Op.Create": "create",
    "0.DOIP/Op.Retrieve": "resolve",
    "0.DOIP/Op.Update": "update",
    "0.DOIP/Op.Delete": "delete",
    "0.DOIP/Op.Search": "search",
    "0.DOIP/Op.ListOperations": "list_operations",
    "0.DOIP.EXTEND/Op.Update.Non.Overlay": "update",
}
_DOIP_PATHS = {
    "public/challenge": "challenge",
    "public/verify-response": "login",
    "file-upload": "upload",
    "file-acquire": "download",
}
_SNMS_BATCH = {"batchCreate": "create", "batchUpdate": "update", "batchDelete": "delete", "detail": "resolve"}
_REST_OTHER = {"sessions": "session", "site": "site", "prefixes": "list_prefixes", "challenge": "challenge"}
_BID = re.compile(r"^/(did:bid:[^/]+)(?:/(.*))?$")
_DID = re.compile(r"^/did/(register|resolve|update|deactivate)(?:/(.+))?$")
_PROXIED = re.compile(r"^/((?:0\.NA|[0-9]{2,}(?:\.[0-9A-Za-z_-]+)+)/.+)$")
_NAMES = ("handle", "targetId", "identifier", "bid", "did", "id", "prefix")
"""Members of a body that name what it is about, the likeliest first."""


def classify_call(method: str, target: Target, mime_type: str) -> Call:
    """Tell the interface of a request by its target; NO_CALL where it is none that is known."""
    path = target.path
    if mime_type == HANDLE_MIME:
        return Call("handle", "message", identifier=decode_path(path[1:]))
    for prefix, classify in _PREFIXES:
        if path.startswith(prefix):
            return classify(method, path[len(prefix) :], list_parameters(target.query), path)
    plain = decode_path(path)
    if found := _BID.match(plain):
        return Call("bid", "resolve", found[2] or "", found[1])
    if found := _DID.match(plain):
        return Call("did", found[1], plain, found[2] or "")
    if method in ("GET", "HEAD") and (found := _PROXIED.match(plain)):
        return Call("handle_proxy", "resolve", identifier=found[1])
    return NO_CALL


Parameters = dict[str, list[str]]


def _classify_rest(method: str, rest: str, parameters: Parameters, path: str) -> Call:
    """Handle REST: ``/api/handles/<handle>``, and without a handle a list of a prefix's."""
    index = ",".join(parameters.get("index", ()))
    if rest[:1] not in ("", "/"):
        return NO_CALL
    if not rest.strip("/"):
        return Call("handle_rest", "list" if method == "GET" else "", path, "".join(parameters.get("prefix", ())[:1]))
    action = _BY_METHOD.get(method, "")
    if method == "PUT" and parameters.get("overwrite") == ["false"]:
        action = "create"
    if index and index != "various" and method in ("PUT", "DELETE"):
        action += "_values"
    return Call("handle_rest", action, "", decode_path(rest[1:]), index)


def _classify_rest_other(method: str, rest: str, _: Parameters, path: str) -> Call:
    """Classify what the REST interface has beside handles."""
    name = rest.partition("/")[0]
    if name not in _REST_OTHER:
        return NO_CALL
    action = _REST_OTHER[name]
    if action == "session":
        action = {"POST": "login", "PUT": "login", "DELETE": "logout"}.get(method, action)
    return Call("handle_rest", action, path)


def _classify_doip(method: str, rest: str, parameters: Parameters, path: str) -> Call:
    """DOIP over HTTP: the operation is a parameter, or the path of an addition."""
    rest = rest.strip("/")
    target = next((parameters[name][0] for name in ("targetId", "handle") if name in parameters), "")
    if rest in _DOIP_PATHS:
        return Call("doip", _DOIP_PATHS[rest], path, target)
    operation = parameters.get("operationId", [""])[0]
    if rest or not operation:
        return NO_CALL if rest else Call("doip", _BY_METHOD.get(method, ""), "", target)
    return Call("doip", _DOIP.get(operation, "other"), operation, target)


def _classify_page(_: str, rest: str, parameters: Parameters, path: str) -> Call:
    """List handles of an enterprise node in bulk."""
    prefix = next((parameters[name][0] for name in ("handle", "prefix") if name in parameters), "")
    return Call("doip", "list", path, prefix) if rest in ("", "/") else NO_CALL


def _classify_snms(method: str, rest: str, parameters: Parameters, path: str) -> Call:
    """SNMS: data by path and method."""
    name = rest.strip("/")
    action = _SNMS_BATCH.get(name, "") if name else _BY_METHOD.get(method, "")
    return Call("snms", action, path, parameters.get("handle", [""])[0]) if not name or action else NO_CALL


def _classify_login(_: str, rest: str, __: Parameters, path: str) -> Call:
    """SNMS: log in with a password, in clear or hashed with the day."""
    return Call("snms", "login", path) if rest in ("", "/", "/v1") else NO_CALL


def _classify_template(method: str, rest: str, _: Parameters, path: str) -> Call:
    """SNMS: templates of versions 3 and 5."""
    if not re.match(r"v[0-9]/template\b", rest):
        return NO_CALL
    return Call("snms", f"template_{_BY_METHOD.get(method, 'other')}", path)


def _classify_vaa(method: str, rest: str, _: Parameters, path: str) -> Call:
    """did:vaa: one address for all, the operation is in the body."""
    return Call("did", "operation", path) if method == "POST" and not rest else NO_CALL


_PREFIXES: tuple[tuple[str, Callable[[str, str, Parameters, str], Call]], ...] = (
    ("/api/handles", _classify_rest),
    ("/api/v1/doip", _classify_doip),
    ("/api/v1/open/handle/page", _classify_page),
    ("/identity/token", _classify_login),
    ("/identityv2/data", _classify_snms),
    ("/snms/api/", _classify_template),
    ("/doip", _classify_doip),
    ("/vaa", _classify_vaa),
    ("/api/", _classify_rest_other),
)


def find_identifier(document: Any) -> str:
    """What a request's or reply's body says it is about: the first member of a telling name, two levels deep."""
    queue = [document]
    for depth in range(3):
        queue = [item for value in queue for item in (value[:1] if isinstance(value, list) else [value])]
        for value in queue:
            if isinstance(value, dict):
                for name in _NAMES:
                    if isinstance(value.get(name), str) and value[name]:
                        return str(value[name])
        queue = [member for value in queue if isinstance(value, dict) and depth < 2 for member in value.values()][:64]
    return ""


def find_user(document: Any) -> str:
    """User of a login's body."""
    names = ("username", "userName", "user", "appId")
    found = (document.get(name) for name in names) if isinstance(document, dict) else ()
    return next((value for value in found if isinstance(value, str)), "")
