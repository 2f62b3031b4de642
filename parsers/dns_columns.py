"""Arrow columns of DNS rows: header words, question, EDNS, lists of records; texts once per distinct content."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from parsers.columns import make_keywords, make_lists, make_nulls, make_numbers
from parsers.dns_data import decode_data, decode_naptr, find_subnet, list_options
from parsers.dns_name import decode_names
from parsers.dns_names import list_flags, name_class, name_opcode, name_response_code, name_type
from parsers.dns_question import make_name_columns
from parsers.dns_rows import (
    ADDITIONALS,
    ANSWERS,
    AUTHORITIES,
    BROUGHT,
    LISTS,
    MALFORMED,
    MORE,
    NAPTR,
    RESOLVED,
    Rows,
)
from parsers.glossary import Glossary
from parsers.spans import SPAN, Coded, code_spans, decode_values

_MDNS = 1
_DO = 0x8000  # RFC 3225: a bit of the extended flags
_U8, _U16, _I64 = pa.uint8(), pa.uint16(), pa.int64()
_WORDS, _NUMBERS = pa.list_(pa.string()), pa.list_(pa.int64())
_TEXT_OF_16 = pa.array([str(number) for number in range(65_536)], pa.string())

Bytes = NDArray[np.uint8]
Numbers = NDArray[Any]


def _number(values: Numbers, room: int) -> tuple[NDArray[np.int32], list[int]]:
    """Codes and distinct values of numbers below ``room``; a negative one has code -1."""
    there = np.zeros(room, dtype=np.bool_)
    known = values >= 0
    there[values[known]] = True
    distinct = np.flatnonzero(there)
    codes = np.empty(room, dtype=np.int32)
    codes[distinct] = np.arange(len(distinct), dtype=np.int32)
    return np.where(known, codes[np.maximum(values, 0)], -1).astype(np.int32), distinct.tolist()


def _name_numbers(values: Numbers, name: Callable[[int], str], room: int = 65_536) -> pa.Array:
    """Column of the names of numbers; negative ones are null."""
    codes, distinct = _number(values, room)
    return make_keywords(codes, [name(number) for number in distinct])


def _take(pdus: Any, field: str, index: NDArray[np.int32]) -> Numbers:
    """A field of the messages ``index``; -1 where there is none."""
    if len(pdus) == 0:
        return np.full(len(index), -1, dtype=np.int64)
    return np.where(index >= 0, pdus[field][np.maximum(index, 0)], -1)


def make_word_columns(pdus: Any, rows: Rows) -> dict[str, pa.Array]:
    """What the header says."""
    asked, answered = _take(pdus, "word", rows.request), _take(pdus, "word", rows.reply)
    last = np.where(rows.reply >= 0, rows.reply, rows.request).astype(np.int32)
    word, extended = _take(pdus, "word", last), _take(pdus, "extended", last)
    first = _take(pdus, "word", rows.first)
    codes, ids = _number(_take(pdus, "id", rows.first), 65_536)
    operation = np.where(first >= 0, first >> 11 & 15, -1)
    action = np.where(rows.pairing == MALFORMED, 16, operation)
    counted = {
        f"dns.{name}_count": make_numbers(_take(pdus, name, rows.reply), _I64)
        for name in ("answers", "authorities", "additionals")
    }
    brought = sum(_take(pdus, name, rows.request).clip(0) for name in ("answers", "authorities", "additionals"))
    brought = brought - (_take(pdus, "udp_size", rows.request) >= 0)
    return {
        "event.action": _name_numbers(
            action, lambda code: "malformed" if code == 16 else name_opcode(code).lower(), 17
        ),
        "dns.id": pa.DictionaryArray.from_arrays(
            pa.array(codes, pa.int32(), mask=codes < 0), _TEXT_OF_16.take(pa.array(ids, pa.int64()))
        ),
        "dns.op_code": _name_numbers(operation, name_opcode, 16),
        "dns.response_code": _name_numbers(rows.code, name_response_code, 4_096),
        "dns.header_flags": _list_flags(np.where(word >= 0, word | (extended >= 0) * (extended & _DO) << 1, -1)),
        "dns.request.flags": make_numbers(asked, _U16),
        "dns.response.flags": make_numbers(answered, _U16),
        "dns.request.length": make_numbers(_take(pdus, "size_bytes", rows.request), _U16),
        "dns.response.length": make_numbers(_take(pdus, "size_bytes", rows.reply), _U16),
        "dns.questions_count": make_numbers(_take(pdus, "questions", rows.first), _I64),
        "dns.known_answers_count": make_numbers(np.where(brought > 0, brought, -1), _I64),
        **counted,
    }


def _list_flags(words: Numbers) -> pa.Array:
    """Column of lists of flags, made once per distinct word; bit 16 stands for DO."""
    codes, distinct = _number(words, 1 << 17)
    lists = pa.array([list_flags(word) or None for word in distinct], _WORDS)
    return lists.take(pa.array(codes, pa.int32(), mask=codes < 0))


def _code_texts(texts: Bytes, starts: Numbers, lengths: Numbers) -> Coded:
    """Number places in the texts by content; a negative length is none."""
    spans: Any = np.zeros(len(starts), dtype=SPAN)
    spans["offset"], spans["length"] = starts, lengths
    return code_spans(texts, texts, spans)


def make_question_columns(
    pdus: Any, rows: Rows, texts: Bytes, variants: NDArray[np.int32], names: Glossary[bytes]
) -> dict[str, pa.Array]:
    """The first question: its name and what follows from the name, once per distinct name."""
    index = _choose_question(pdus, rows)
    coded = _code_texts(texts, _take(pdus, "name", index).clip(0), _take(pdus, "name_length", index))
    kind, group = _take(pdus, "kind", index), _take(pdus, "group", index)
    mdns = variants == _MDNS
    return {
        "dns.question.type": _name_numbers(kind, name_type),
        "dns.question.class": _name_numbers(np.where(mdns & (group >= 0), group & 0x7FFF, group), name_class),
        "dns.question.name_length": make_numbers(_take(pdus, "name_length", index), _U16),
        "dns.question.unicast_response": pa.array(group >= 0x8000, mask=~mdns | (group < 0)),
        **make_name_columns(coded, names),
    }


def _choose_question(pdus: Any, rows: Rows) -> NDArray[np.int32]:
    """Message whose question counts: the query, or the reply where the query has none."""
    asked = _take(pdus, "name_length", rows.request) >= 0
    return np.where(asked | (rows.reply < 0), rows.request, rows.reply).astype(np.int32)


def _recode(codes: NDArray[np.int32], values: Sequence[str]) -> pa.Array:
    """Column of a text that follows from another: ``values`` by the other's code; an empty one is null."""
    numbers: dict[str, int] = {}
    mapped = np.array([numbers.setdefault(value, len(numbers)) if value else -1 for value in values] or [-1], np.int32)
    return make_keywords(np.where(codes >= 0, mapped[np.maximum(codes, 0)], -1).astype(np.int32), list(numbers))


def make_option_columns(pdus: Any, rows: Rows, texts: Bytes) -> dict[str, pa.Array]:
    """EDNS of query and reply."""
    if (pdus["udp_size"] < 0).all():
        return {}
    columns = {}
    extended = _take(pdus, "extended", rows.request)
    extended = np.where(extended >= 0, extended, _take(pdus, "extended", rows.reply))
    columns["dns.edns.version"] = make_numbers(np.where(extended >= 0, extended >> 16 & 0xFF, -1), _U8)
    for half, index in (("request", rows.request), ("response", rows.reply)):
        columns[f"dns.edns.{half}.udp_size"] = make_numbers(_take(pdus, "udp_size", index), _U16)
        coded = _code_texts(texts, _take(pdus, "options", index).clip(0), _take(pdus, "options_length", index))
        places = pa.array(coded.codes, pa.int32(), mask=coded.codes < 0)
        lists = pa.array([list_options(value) or None for value in coded.values], _NUMBERS)
        columns[f"dns.edns.{half}.options"] = lists.take(places)
        if half == "request":
            columns["dns.edns.client_subnet"] = _recode(coded.codes, [find_subnet(value) for value in coded.values])
    return columns


def make_list_columns(rows: Rows, records: Any, texts: Bytes) -> dict[str, pa.Array]:
    """Lists of records; all names are decoded once, and all data."""
    if len(records) == 0 or rows.offsets[:, -1].max() == 0:
        return {}
    listed = np.zeros(len(records), dtype=np.bool_)
    for which in range(LISTS):
        listed[rows.order[which][: rows.offsets[which][-1]]] = True
    names, contents = (
        _code_texts(texts, records[part], np.where(listed, records[f"{part}_length"], -1))
        for part in ("name", "content")
    )
    kinds, groups = _number(records["kind"], 65_536), _number(records["group"] & 0x7FFF, 65_536)
    texts_of = {
        "name": (names.codes, pa.array(decode_names(names.values), pa.string())),
        "data": (contents.codes, pa.array(decode_values(contents, decode_data), pa.string())),
        "type": (kinds[0], pa.array([name_type(number) for number in kinds[1]], pa.string())),
        "class": (groups[0], pa.array([name_class(number) for number in groups[1]], pa.string())),
    }
    columns = {}
    for prefix, which, parts in _SHOWN:
        for part in parts:
            columns[f"dns.{prefix}.{part}"] = _make_texts(rows, which, *texts_of[part])
    for prefix, which in (("answers", ANSWERS), ("authorities", AUTHORITIES), ("additionals", ADDITIONALS)):
        ttl = records["ttl"][rows.order[which][: rows.offsets[which][-1]]]
        columns[f"dns.{prefix}.ttl"] = make_lists(rows.offsets[which], ttl, _NUMBERS)
    columns["dns.resolved_ip"] = _make_texts(rows, RESOLVED, *texts_of["data"])
    if rows.offsets[NAPTR][-1]:
        columns |= _make_naptr(rows, contents)
    return columns


_ALL = ("name", "type", "class", "data")
_SHOWN = (
    ("question.more", MORE, _ALL[:3]),
    ("answers", ANSWERS, _ALL),
    ("authorities", AUTHORITIES, _ALL),
    ("additionals", ADDITIONALS, _ALL),
    ("known_answers", BROUGHT, ("name", "type", "data")),
)


def _make_texts(rows: Rows, which: int, codes: NDArray[np.int32], texts: pa.Array) -> pa.Array:
    """Column of lists of texts; an empty list is null."""
    offsets = rows.offsets[which]
    empty = offsets[1:] == offsets[:-1]
    if empty.all():
        return make_nulls(len(empty), _WORDS)
    shown = codes[rows.order[which][: offsets[-1]]]
    flat = texts.take(pa.array(shown, pa.int32(), mask=shown < 0))
    mask = pa.array(empty) if empty.any() else None
    return pa.ListArray.from_arrays(pa.array(offsets, pa.int32()), flat, type=_WORDS, mask=mask)


def _make_naptr(rows: Rows, contents: Coded) -> dict[str, pa.Array]:
    """Parts of NAPTR records, side by side; each distinct record is read once."""
    offsets = rows.offsets[NAPTR]
    shown = contents.codes[rows.order[NAPTR][: offsets[-1]]]
    distinct, places = np.unique(shown, return_inverse=True)
    parts = [decode_naptr(contents.values[code]) if code >= 0 else (0, 0, "", "", "", "") for code in distinct.tolist()]
    order, preference, *texts = zip(*parts, strict=True)
    columns = {
        "dns.naptr.order": make_lists(offsets, np.array(order, dtype=np.int64)[places], _NUMBERS),
        "dns.naptr.preference": make_lists(offsets, np.array(preference, dtype=np.int64)[places], _NUMBERS),
    }
    mask, taken = pa.array(offsets[1:] == offsets[:-1]), pa.array(places)
    for name, values in zip(("flags", "services", "regexp", "replacement"), texts, strict=True):
        flat = pa.array(values, pa.string()).take(taken)
        columns[f"dns.naptr.{name}"] = pa.ListArray.from_arrays(
            pa.array(offsets, pa.int32()), flat, type=_WORDS, mask=mask
        )
    return columns
