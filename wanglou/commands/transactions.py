"""How records of each protocol are told in a table: between whom, what was done to what, and what came of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Record = Mapping[str, Any]
MOST_VALUES = 6
"""Values of a list that a cell shows."""
MOST_CHARACTERS = 90
"""Characters of one text that a cell shows."""
ENDS_WIDTH = 33
"""Characters of two IPv4 addresses, an arrow and a port."""


def write_values(values: Sequence[object] | None) -> str:
    """Write a list, cut where it is long."""
    if not values:
        return ""
    shown = " ".join("-" if value is None else shorten(str(value)) for value in values[:MOST_VALUES])
    return f"{shown} … ({len(values)})" if len(values) > MOST_VALUES else shown


def shorten(text: str) -> str:
    """Cut a text that is too long for a cell."""
    return text if len(text) <= MOST_CHARACTERS else f"{text[: MOST_CHARACTERS - 1]}…"


def write_endpoints(record: Record) -> tuple[str, ...]:
    """Write client and server, the server with its port: on one line, or on two where addresses are long."""
    source, destination = record.get("source.ip", "?"), record.get("destination.ip", "?")
    port = record.get("destination.port")
    server = f"[{destination}]" if port is not None and ":" in destination else destination
    server += f":{port}" if port is not None else ""
    line = f"{source} → {server}"
    return (line,) if len(line) <= ENDS_WIDTH else (f"{source} →", f"  {server}")


def take(*names: str) -> Callable[[Record], str]:
    """Write the first of these fields that has a value; a list with its first values."""

    def write(record: Record) -> str:
        found = next((record[name] for name in names if record.get(name) not in (None, "", [])), "")
        return write_values(found) if isinstance(found, list) else shorten(str(found))

    return write


def write_result(record: Record, said: object, good: Sequence[object] = ()) -> str:
    """Write what was wrong, else what was ``said`` unless it is one of the ``good``, else how it was paired."""
    wrong = record.get("error.code") or ("" if said in good else said)
    pairing = record.get("wanglou.pairing")
    return shorten(str(wrong or ("ok" if pairing == "paired" else pairing or "")))


@dataclass(frozen=True, slots=True)
class Telling:
    """What is told of the records of a dataset; each part gives a text, empty where there is none."""

    subject: Callable[[Record], str]
    """What it was done to: nodes, topic, name, identifier, URL."""
    content: Callable[[Record], str]
    """What was said: values, payload, answer."""
    result: Callable[[Record], str]
    action: Callable[[Record], str] = lambda record: str(record.get("event.action", ""))
    ends: Callable[[Record], Sequence[str]] = write_endpoints


def _tell_opcua(record: Record) -> str:
    """Write the status, of a good one the first that is bad among those of the items."""
    statuses = record.get("opcua.item.statuses") or ()
    worst = next((one for one in statuses if one and one != "Good"), None)
    status = record.get("opcua.status.name")
    return write_result(record, worst if status in (None, "Good") else status)


def _write_opcua(record: Record) -> str:
    """Write the values, after an arrow where the client sent them; without any the kinds of notifications."""
    sent = record.get("event.action") in {"write", "call", "history_update"}
    names = ("opcua.inputs", "opcua.values") if sent else ("opcua.values", "opcua.outputs", "opcua.publish.kinds")
    values = take(*names)(record)
    return f"← {values}" if sent and values else values


_POLICY_SHOWN = ("open_secure_channel", "close_secure_channel")


def _name_opcua(record: Record) -> str:
    """Write what it is about; of a channel its security policy, of a subscription its number."""
    names = ("opcua.methods", "opcua.nodes", "opcua.endpoint.url", "opcua.user.name", "opcua.session.name")
    found = take(*names, "opcua.user.token_type")(record)
    if found:
        return found
    if record.get("event.action") in _POLICY_SHOWN:
        return take("opcua.security.policy")(record)
    number = take("opcua.subscription.id")(record)
    return f"subscription {number}" if number else ""


def _name_mqtt(record: Record) -> str:
    """Write the packet, after an arrow where the broker sent it."""
    action = str(record.get("event.action", ""))
    return f"← {action}" if record.get("mqtt.direction") == "broker_to_client" else action


def _write_mqtt(record: Record) -> str:
    """Write the payload where it is text, else what it is; of a connection who asked for it."""
    if record.get("mqtt.payload.kind") in {"sparkplug_b", "binary"}:
        names = write_values(record.get("mqtt.sparkplug.metrics"))
        return f"{record['mqtt.payload.kind']} {names}".strip()
    return take("mqtt.payload.sample", "user.name", "mqtt.data")(record)


def _write_request_line(record: Record) -> str:
    domain, target = record.get("url.domain", ""), record.get("url.original", "")
    return shorten(f"{domain}{target}" if str(target).startswith("/") else str(target or domain))


def _tell_http(record: Record) -> str:
    words = (record.get("http.response.status_code"), record.get("http.response.reason"))
    return write_result(record, " ".join(str(word) for word in words if word))


def _tell_tls(record: Record) -> str:
    alert = record.get("tls.alert.description")
    return write_result(record, "established" if record.get("tls.established") and not alert else alert)


def _write_handle(record: Record) -> str:
    """Write the values, after an arrow where the client sent them."""
    sent = record.get("handle.op.category") == "administration"
    values = take("handle.value.texts", "handle.handles", "handle.message")(record)
    return f"← {values}" if sent and values else values


def _tell_identifier(record: Record) -> str:
    """Write the rules that it breaks."""
    if record.get("identifier.valid"):
        return "valid"
    return write_values(record.get("identifier.reasons")) or ("" if "identifier.valid" not in record else "invalid")


def _join(*names: str) -> Callable[[Record], str]:
    """Write several fields, one after the other."""
    return lambda record: " ".join(filter(None, (take(name)(record) for name in names)))


_GOOD_REASONS = ("success", "accepted", "granted_qos_0", "granted_qos_1", "granted_qos_2", "normal_disconnection")

TELLINGS: Mapping[str, Telling] = {
    "opcua": Telling(
        _name_opcua,
        _write_opcua,
        _tell_opcua,
    ),
    "mqtt": Telling(
        take("mqtt.topic", "mqtt.filters", "mqtt.client_id"),
        _write_mqtt,
        lambda record: write_result(record, record.get("mqtt.reason.name"), _GOOD_REASONS),
        _name_mqtt,
    ),
    "dns": Telling(
        take("dns.question.name"),
        take("dns.answers.data", "dns.known_answers.data"),
        lambda record: write_result(record, record.get("dns.response_code"), ["NOERROR"]),
        _join("event.action", "dns.question.type"),
    ),
    "handle": Telling(
        take("handle.identifier", "handle.admin.handle", "user.name"),
        _write_handle,
        lambda record: write_result(record, record.get("handle.response.name"), ["success"]),
    ),
    "http": Telling(_write_request_line, _join("http.api.name", "http.api.action", "http.api.identifier"), _tell_http),
    "tls": Telling(take("tls.client.server_name", "tls.server.subject"), _join("tls.version", "tls.cipher"), _tell_tls),
    "identifier": Telling(
        take("identifier.value"),
        _join("identifier.scheme"),
        _tell_identifier,
        _join("event.action", "identifier.dataset"),
    ),
    "asset": Telling(
        take("asset.value"),
        lambda record: f"← {record['asset.previous']}" if record.get("asset.previous") else "",
        _join("asset.basis", "asset.source"),
        _join("event.action", "asset.field"),
        lambda record: (str(record.get("asset.id", "?")),),
    ),
}  # fmt: skip
"""By dataset."""
