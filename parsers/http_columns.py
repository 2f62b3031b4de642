"""Columns of the HTTP table by subject: the two halves, users, URLs, bodies, interfaces, and what is odd."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from parsers.columns import make_distinct, make_keywords, make_numbers
from parsers.http import HEADLESS, METHOD, REASON
from parsers.http_api import Call
from parsers.http_content import Contents, Said
from parsers.http_head import ODDITIES
from parsers.http_names import (
    AUTHENTICATE,
    AUTHORIZATION,
    CONTENT_ENCODING,
    CONTENT_TYPE,
    FORWARDED_FOR,
    HOST,
    LOCATION,
    REFERER,
    SERVER,
    TRANSFER_ENCODING,
    UPGRADE,
    USER_AGENT,
)
from parsers.http_rows import Rows
from parsers.http_secret import mask_text
from parsers.http_text import Texts, has_secret, map_booleans, map_codes, name_media, name_scheme, name_user
from parsers.http_url import Target, split_host

Columns = dict[str, pa.Array]
_I64, _U16 = pa.int64(), pa.uint16()


def make_halves(
    https: Any, rows: Rows, texts: list[Texts], sizes: tuple[NDArray[np.int64], NDArray[np.int64]]
) -> Columns:
    """Make what heads and sizes say."""
    columns: Columns = {}
    for side, places in (("request", rows.asked), ("response", rows.answered)):
        base = f"http.{side}"
        columns |= {
            f"{base}.mime_type": texts[CONTENT_TYPE].make_column(places, name_media),
            f"{base}.transfer_encoding": texts[TRANSFER_ENCODING].make_column(places, str.lower),
            f"{base}.content_encoding": texts[CONTENT_ENCODING].make_column(places, str.lower),
            f"{base}.bytes": make_numbers(_take(sizes[0], places), _I64),
            f"{base}.body.bytes": make_numbers(_take(sizes[1], places), _I64),
            f"{base}.header_count": make_numbers(_take_headed(https, "headers", places), _U16),
            f"{base}.has_cookie": _make_booleans(_take_headed(https, "cookie", places)),
        }
    near, far = _take_headed(https, "minor", rows.asked), _take_headed(https, "minor", rows.answered)
    versions = [f"1.{minor}" for minor in range(10)]
    upgrades = np.where(texts[UPGRADE].take(rows.answered) >= 0, rows.answered, rows.asked)
    return columns | {
        "http.version": map_codes(np.where(near >= 0, near, far), versions),
        "http.response.version": map_codes(np.where((near >= 0) & (near != far), far, -1), versions),
        "http.response.status_code": make_numbers(rows.status, _U16),
        "http.response.reason": texts[REASON].make_column(rows.answered),
        "http.response.server": texts[SERVER].make_column(rows.answered),
        "http.response.location": texts[LOCATION].make_column(rows.answered, mask_text),
        "http.response.authenticate": texts[AUTHENTICATE].make_column(rows.answered, mask_text),
        "http.request.method": texts[METHOD].make_column(rows.asked),
        "http.request.referrer": texts[REFERER].make_column(rows.asked, mask_text),
        "http.request.forwarded_for": texts[FORWARDED_FOR].make_column(rows.asked),
        "user_agent.original": texts[USER_AGENT].make_column(rows.asked, mask_text),
        "http.upgrade": texts[UPGRADE].make_column(upgrades, str.lower),
    }


def _take(values: NDArray[Any], places: NDArray[np.int64]) -> NDArray[np.int64]:
    return np.where(places >= 0, values[places], -1).astype(np.int64)


def _take_headed(https: Any, name: str, places: NDArray[np.int64]) -> NDArray[np.int64]:
    """Values of messages that have a head; -1 elsewhere."""
    return np.where((places >= 0) & (https["kind"][places] != HEADLESS), https[name].astype(np.int64)[places], -1)


def _make_booleans(values: NDArray[np.int64]) -> pa.Array:
    return pa.array(values > 0, pa.bool_(), mask=values < 0)


def make_users(rows: Rows, texts: list[Texts]) -> Columns:
    """Make what the Authorization field says, but for its secret."""
    fields = texts[AUTHORIZATION]
    codes = fields.take(rows.asked)
    return {
        "http.request.authorization.scheme": fields.make_column(rows.asked, name_scheme),
        "http.request.authorization.has_secret": map_booleans(codes, [*map(has_secret, fields.values)]),
        "user.name": fields.make_column(rows.asked, name_user),
    }


def make_urls(
    targets: Sequence[tuple[str, str, Target]], numbers: NDArray[np.int64], rows: Rows, texts: list[Texts]
) -> Columns:
    """Make the parts of the target; an absolute target's host goes before the Host field (RFC 9112 §3.2.2)."""
    parts = [target for _, _, target in targets]
    hosts = [split_host(text) for text in texts[HOST].values]
    codes = texts[HOST].take(rows.asked)
    own = np.array([bool(part.domain) for part in parts], dtype=np.bool_)
    absolute = (numbers >= 0) & own[numbers] if len(own) else np.zeros(len(numbers), dtype=np.bool_)
    codes = np.where(absolute, len(hosts) + numbers, codes)
    ends = [*hosts, *((part.domain, part.port) for part in parts)]
    ports = np.array([port for _, port in ends], dtype=np.int64)
    return {
        "url.original": map_codes(numbers, [part.original for part in parts]),
        "url.path": map_codes(numbers, [part.path for part in parts]),
        "url.query": map_codes(numbers, [part.query for part in parts]),
        "url.domain": map_codes(codes, [domain for domain, _ in ends]),
        "url.port": make_numbers(np.where(codes >= 0, ports[codes], -1) if len(ports) else codes, _U16),
    }


def make_body_columns(side: str, contents: Contents, numbers: NDArray[np.int64], hidden: NDArray[np.bool_]) -> Columns:
    """Make what is known of a side's bodies; of ``hidden`` ones no text."""
    base, bodies = f"http.{side}.body", contents.bodies
    decoded = np.array([body.decoded_bytes for body in bodies], dtype=np.int64)
    return {
        f"{base}.content": map_codes(np.where(hidden, -1, numbers), contents.samples),
        f"{base}.decoded_bytes": make_numbers(_take_each(decoded, numbers), _I64),
        f"{base}.sha256": map_codes(np.where(hidden, -1, numbers), [body.sha256 for body in bodies]),
    }


def _take_each(values: NDArray[np.int64], numbers: NDArray[np.int64]) -> NDArray[np.int64]:
    """Values by number; -1 where there is none."""
    return np.where(numbers >= 0, values[numbers], -1) if len(values) else np.full(len(numbers), -1, dtype=np.int64)


def make_api_columns(
    calls: Sequence[Call], said: Sequence[Said], numbers: NDArray[np.int64], users: pa.Array
) -> Columns:
    """Make what was asked of identifier interfaces and what they said, both by the numbers of the records."""
    if not any(call.api for call in calls):
        return {}
    results = [one.result for one in said]
    places = pa.array(numbers)
    return {
        "http.api.name": map_codes(numbers, [call.api for call in calls]),
        "http.api.action": map_codes(numbers, [call.action for call in calls]),
        "http.api.operation": map_codes(numbers, [call.operation for call in calls]),
        "http.api.identifier": map_codes(numbers, [one.identifier for one in said]),
        "http.api.index": map_codes(numbers, [call.indexes for call in calls]),
        "http.api.code": pa.array([result.code for result in results], _I64).take(places),
        "http.api.message": map_codes(numbers, [result.message for result in results]),
        "http.api.values": pa.array([list(result.values) or None for result in results], pa.list_(pa.string())).take(
            places
        ),
        "user.name": _fill(map_codes(numbers, [one.user for one in said]), users),
    }


def _fill(first: pa.Array, second: pa.Array) -> pa.Array:
    """Texts of ``first``, those of ``second`` where it has none."""
    if first.null_count == len(first):
        return second
    pairs = zip(first.to_pylist(), second.to_pylist(), strict=True)
    return make_keywords(*make_distinct([near or far or "" for near, far in pairs]))


def make_oddities(
    https: Any, rows: Rows, errors: NDArray[np.int64], names: Sequence[str], contents: Contents
) -> Columns:
    """Make the error, which is the first oddity where bytes and exchange had none, and the list of oddities."""
    found = np.array([body.odd for body in contents.bodies], dtype=np.int64)
    odd = np.maximum(_take_each(found, contents.take(rows.asked)), 0)
    odd |= np.maximum(_take_each(found, contents.take(rows.answered)), 0)
    odd |= np.where(rows.asked >= 0, https["odd"][rows.asked], 0)
    odd |= np.where(rows.answered >= 0, https["odd"][rows.answered], 0)
    distinct, numbers = np.unique(odd, return_inverse=True)
    lists = [[name for bit, name in enumerate(ODDITIES) if value >> bit & 1] for value in distinct.tolist()]
    firsts = np.array([len(names) + ODDITIES.index(one[0]) if one else -1 for one in lists], dtype=np.int64)
    codes = np.where(errors > 0, errors, firsts[numbers.reshape(-1)] if len(firsts) else errors)
    values = pa.array([one or None for one in lists], pa.list_(pa.string()))
    return {
        "error.code": map_codes(codes, [*names, *ODDITIES]),
        "http.anomalies": values.take(pa.array(numbers.reshape(-1))),
    }
