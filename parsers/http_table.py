"""HTTP messages of a batch to the table: decode, pair with what waited, lay out as Arrow columns."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from parsers.columns import Conversations, Origin, make_constant, make_keywords, make_numbers, make_table, make_times
from parsers.http import ERRORS, HEADLESS, HTTP, METHOD, REST, SPANS, TARGET, decode_messages
from parsers.http_api import NO_CALL, Call, classify_call
from parsers.http_columns import (
    make_api_columns,
    make_body_columns,
    make_halves,
    make_oddities,
    make_urls,
    make_users,
)
from parsers.http_content import NOTHING, Contents, read_call
from parsers.http_envelope import copy_envelopes
from parsers.http_head import DECODED_BOUND, RATIO_BOUND
from parsers.http_names import CONTENT_ENCODING, CONTENT_TYPE
from parsers.http_rows import OUTCOMES, PAIRINGS, Rows, choose_errors, make_rows, measure_sizes, pair_messages
from parsers.http_text import Texts, map_codes, name_media
from parsers.http_url import Target, split_target
from parsers.message import MESSAGE
from parsers.schema import HTTP as SCHEMA
from parsers.spans import SPAN
from parsers.tracker import Limits

_SCHEMA = SCHEMA.arrow


class HttpTable:
    """Turns HTTP messages into rows; requests without a reply are carried from batch to batch."""

    def __init__(self, origin: Origin, limits: Limits) -> None:
        """Start with nothing waiting."""
        self._origin, self._limits = origin, limits
        self.waiting: Any = np.recarray(0, dtype=MESSAGE)
        """MESSAGE[n]: requests whose reply has not come, as they lay in the batch last added."""
        self.envelopes: Any = np.recarray(0, dtype=MESSAGE)
        """MESSAGE[n]: Handle messages that were bodies in the batch last added, in order, as the Handle table takes."""
        names = ("malformed", "requests_dropped", "rest_messages", "decoded_bound", "ratio_bound", "decoding_skipped")
        self._counters = dict.fromkeys((f"http_{name}" for name in names), 0)

    @property
    def counters(self) -> dict[str, int]:
        """Malformed messages, and how often a bound was hit."""
        return dict(self._counters)

    def add(
        self,
        data: NDArray[np.uint8],
        spill: NDArray[np.uint8],
        messages: Any,
        conversations: Conversations,
        *,
        flush: bool,
    ) -> pa.Table:
        """Rows that became complete; ``messages`` begins with what was ``waiting``."""
        https, spans = np.recarray(len(messages), dtype=HTTP), np.recarray((SPANS, len(messages)), dtype=SPAN)
        decode_messages(data, spill, messages, https, spans)
        self.envelopes = copy_envelopes(data, spill, messages, https, len(self.waiting))
        pairs = pair_messages(messages, https, self._limits, flush=flush)
        rows = make_rows(messages, https, pairs)
        texts = [Texts(data, spill, spans[which]) for which in range(SPANS)]
        columns = self._make_columns(messages, https, rows, texts)
        self._add_contents(columns, data, spill, messages, https, rows, texts)
        columns |= conversations.make_columns(messages["conversation"][rows.first].astype(np.int32))
        columns["network.protocol"] = make_constant(len(rows.first), SCHEMA.name)
        self._count(https, rows, pairs.dropped)
        self.waiting = messages[pairs.waiting].copy()
        self.waiting["duplicate"] = pairs.waiting_duplicate
        return make_table(_SCHEMA, columns, len(rows.first))

    def _count(self, https: Any, rows: Rows, dropped: int) -> None:
        """Add a batch's counts."""
        self._counters["http_malformed"] += int((rows.pairing == PAIRINGS.index("malformed")).sum())
        self._counters["http_rest_messages"] += int((https["kind"] == REST).sum())
        self._counters["http_requests_dropped"] += dropped

    def _make_columns(self, messages: Any, https: Any, rows: Rows, texts: list[Texts]) -> dict[str, pa.Array]:
        """Columns of times, places and heads."""
        count = len(rows.first)
        paired = (rows.asked >= 0) & (rows.answered >= 0)
        duration = np.where(paired, messages["end_ns"][rows.last] - messages["ts_ns"][rows.first], -1)
        packet_end = np.maximum(messages["packet_end"][rows.first], messages["packet_end"][rows.last])
        return {
            "@timestamp": make_times(np.ascontiguousarray(messages["ts_ns"][rows.first])),
            "event.dataset": make_constant(count, SCHEMA.name),
            "event.action": _make_actions(https, rows, texts[METHOD]),
            "event.outcome": make_keywords(rows.outcome.astype(np.int32), OUTCOMES),
            "event.duration": make_numbers(duration, pa.int64()),
            "observer.name": make_constant(count, self._origin.observer),
            "wanglou.capture": make_constant(count, self._origin.capture),
            "wanglou.packet": pa.array(messages["packet"][rows.first]),
            "wanglou.packet_end": pa.array(packet_end),
            "wanglou.pdu": pa.array(messages["pdu"][rows.first].astype(np.int64)),
            "wanglou.pairing": make_keywords(rows.pairing.astype(np.int32), PAIRINGS),
            **make_halves(https, rows, texts, measure_sizes(messages, https)),
            **make_users(rows, texts),
        }

    def _add_contents(
        self, columns: dict[str, pa.Array], data: NDArray[np.uint8], spill: NDArray[np.uint8], messages: Any,
        https: Any, rows: Rows, texts: list[Texts],
    ) -> None:  # fmt: skip
        """Add the columns that follow from targets and bodies, and what was odd."""
        contents = Contents(data, spill, messages, https, texts[CONTENT_TYPE], texts[CONTENT_ENCODING])
        targets, numbers = _split_targets(rows, texts)
        columns |= make_urls(targets, numbers, rows, texts)
        calls = [classify_call(method, target, name_media(kind)) for method, kind, target in targets]
        asked, answered = contents.take(rows.asked), contents.take(rows.answered)
        exchanges, places = _join_exchanges(calls, numbers, asked, answered)
        found = [calls[number] if number >= 0 else NO_CALL for number, _, _ in exchanges]
        said = [
            read_call(call, contents.find(near), contents.find(far)) if call.api else NOTHING
            for call, (_, near, far) in zip(found, exchanges, strict=True)
        ]
        hidden = np.array([one.is_secret for one in said], dtype=np.bool_)[places]
        columns |= make_body_columns("request", contents, asked, hidden)
        columns |= make_body_columns("response", contents, answered, hidden)
        columns |= make_api_columns(found, said, places, columns["user.name"])
        is_head = _find_method(rows, texts[METHOD], "HEAD")
        columns |= make_oddities(https, rows, choose_errors(https, rows, is_head), ERRORS, contents)
        self._counters["http_decoded_bound"] += contents.count(DECODED_BOUND)
        self._counters["http_ratio_bound"] += contents.count(RATIO_BOUND)
        self._counters["http_decoding_skipped"] += contents.skipped


def _join_exchanges(
    calls: list[Call], numbers: NDArray[np.int64], asked: NDArray[np.int64], answered: NDArray[np.int64]
) -> tuple[list[tuple[int, int, int]], NDArray[np.int64]]:
    """Distinct (target, request's body, reply's body), and each record's place among them.

    Where no interface is spoken the bodies do not matter.
    """
    spoken = np.array([*(bool(call.api) for call in calls), False], dtype=np.bool_)[numbers]
    triples = np.stack([numbers, np.where(spoken, asked, -1), np.where(spoken, answered, -1)], axis=1)
    size = int(triples.max(initial=0)) + 2
    keys = ((triples[:, 0] + 1) * size + triples[:, 1] + 1) * size + triples[:, 2] + 1
    _, firsts, places = np.unique(keys, return_index=True, return_inverse=True)
    return [(a, b, c) for a, b, c in triples[firsts].tolist()], places.reshape(-1).astype(np.int64)


def _make_actions(https: Any, rows: Rows, methods: Texts) -> pa.Array:
    """Give the method in small letters; response where no request was seen, malformed where there is no head."""
    actions = [*map(str.lower, methods.values), "response", "malformed"]
    codes = np.where(rows.asked >= 0, methods.take(rows.asked), len(methods.values))
    return map_codes(np.where(https["kind"][rows.first] == HEADLESS, len(methods.values) + 1, codes), actions)


def _find_method(rows: Rows, methods: Texts, method: str) -> NDArray[np.bool_]:
    """Records whose request is of ``method``."""
    code = methods.values.index(method) if method in methods.values else -2
    return np.asarray(methods.take(rows.asked) == code)


def _split_targets(rows: Rows, texts: list[Texts]) -> tuple[list[tuple[str, str, Target]], NDArray[np.int64]]:
    """Distinct (method, media type, target) of the requests, and each record's number of it; -1: no request."""
    methods, media, targets = (texts[which].take(rows.asked) for which in (METHOD, CONTENT_TYPE, TARGET))
    size = len(texts[CONTENT_TYPE].values) + 1
    keys = ((targets * (len(texts[METHOD].values) + 1) + methods) * size + media + 1).astype(np.int64)
    _, firsts, numbers = np.unique(keys, return_index=True, return_inverse=True)
    found = []
    for at in firsts.tolist():
        method = texts[METHOD].values[methods[at]] if methods[at] >= 0 else ""
        kind = texts[CONTENT_TYPE].values[media[at]] if media[at] >= 0 else ""
        target = texts[TARGET].values[targets[at]] if targets[at] >= 0 else ""
        found.append((method, kind, split_target(target, method)))
    return found, np.where(targets >= 0, numbers.reshape(-1), -1).astype(np.int64)
