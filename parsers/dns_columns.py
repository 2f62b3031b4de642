"""Arrow columns of DNS rows: header words, question, EDNS, lists of records; texts once per distinct content."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from parsers.columns import make_keywords, make_lists, make_nulls, make_numbers
from parsers.dns_contents import Contents
from parsers.dns_data import decode_naptr, find_subnet, list_options
from parsers.dns_names import list_flags, name_class, name_opcode, name_response_code, name_type
from parsers.dns_rows import (
    ACTION,
    ADDITIONAL_COUNT,
    ADDITIONALS,
    ANSWER_COUNT,
    ANSWERED,
    ANSWERED_BYTES,
    ANSWERED_SIZE,
    ANSWERS,
    ASKED,
    ASKED_BYTES,
    ASKED_SIZE,
    AUTHORITIES,
    AUTHORITY_COUNT,
    BROUGHT,
    EDNS_VERSION,
    GROUP,
    HEADER_FLAGS,
    IDENTIFIER,
    KIND,
    KNOWN_COUNT,
    MORE,
    NAME_BYTES,
    NAPTR,
    NO_ACTION,
    OPERATION,
    QUESTIONS,
    RESOLVED,
    Rows,
)
from parsers.numbering import number_values

_MDNS = 1
_U8, _U16, _I64 = pa.uint8(), pa.uint16(), pa.int64()
_WORDS, _NUMBERS = pa.list_(pa.string()), pa.list_(pa.int64())
_TEXT_OF_16 = pa.array([str(number) for number in range(65_536)], pa.string())
_PLAIN = (
    ("dns.request.flags", ASKED, _U16),
    ("dns.response.flags", ANSWERED, _U16),
    ("dns.request.length", ASKED_BYTES, _U16),
    ("dns.response.length", ANSWERED_BYTES, _U16),
    ("dns.questions_count", QUESTIONS, _I64),
    ("dns.known_answers_count", KNOWN_COUNT, _I64),
    ("dns.answers_count", ANSWER_COUNT, _I64),
    ("dns.authorities_count", AUTHORITY_COUNT, _I64),
    ("dns.additionals_count", ADDITIONAL_COUNT, _I64),
    ("dns.question.name_length", NAME_BYTES, _U16),
    ("dns.edns.version", EDNS_VERSION, _U8),
    ("dns.edns.request.udp_size", ASKED_SIZE, _U16),
    ("dns.edns.response.udp_size", ANSWERED_SIZE, _U16),
)
"""Columns that are a number of the row as it is."""

Numbers = NDArray[Any]


def _name_numbers(values: Numbers, name: Callable[[int], str], room: int = 65_536) -> pa.Array:
    """Column of the names of numbers; negative ones are null."""
    codes, distinct = number_values(values, room)
    return make_keywords(codes, [name(number) for number in distinct.tolist()])


def _name_action(number: int) -> str:
    return "malformed" if number == NO_ACTION else name_opcode(number).lower()


def make_word_columns(rows: Rows, variants: NDArray[np.int32]) -> dict[str, pa.Array]:
    """What the headers and the first question say in numbers; ``variants`` int32[n] are the rows' (VARIANTS)."""
    words = rows.words
    codes, ids = number_values(words[IDENTIFIER], 65_536)
    group, mdns = words[GROUP], variants == _MDNS
    columns = {name: make_numbers(words[which], kind) for name, which, kind in _PLAIN}
    if mdns.any():
        columns["dns.question.unicast_response"] = pa.array(group >= 0x8000, mask=~mdns | (group < 0))
        group = np.where(mdns & (group >= 0), group & 0x7FFF, group)
    return columns | {
        "event.action": _name_numbers(words[ACTION], _name_action, NO_ACTION + 1),
        "dns.id": make_keywords(codes, _TEXT_OF_16.take(pa.array(ids))),
        "dns.op_code": _name_numbers(words[OPERATION], name_opcode, 16),
        "dns.response_code": _name_numbers(rows.code, name_response_code, 4_096),
        "dns.header_flags": _list_flags(words[HEADER_FLAGS]),
        "dns.question.type": _name_numbers(words[KIND], name_type),
        "dns.question.class": _name_numbers(group, name_class),
    }


def _list_flags(words: Numbers) -> pa.Array:
    """Column of lists of flags, made once per distinct word; bit 16 stands for DO."""
    codes, distinct = number_values(words, 1 << 17)
    return _spread([list_flags(word) or None for word in distinct.tolist()], _WORDS, codes)


def _spread(lists: Sequence[Any], kind: pa.DataType, codes: NDArray[np.int32]) -> pa.Array:
    """Column of lists: each row has that of its code, null where it is negative."""
    mask = codes < 0 if codes.min(initial=0) < 0 else None
    return pa.array(lists, kind).take(pa.array(codes, pa.int32(), mask=mask))


def make_option_columns(pdus: Any, rows: Rows, contents: Contents) -> dict[str, pa.Array]:
    """EDNS options of query and reply."""
    numbered = np.append(pdus["options"], np.int32(-1))
    if numbered.max() < 0:
        return {}
    columns = {}
    for half, index in (("request", rows.request), ("response", rows.reply)):
        codes, distinct = number_values(numbered[index], len(contents))
        values = contents.list_values(distinct)
        columns[f"dns.edns.{half}.options"] = _spread(
            [list_options(value) or None for value in values], _NUMBERS, codes
        )
        if half == "request":
            columns["dns.edns.client_subnet"] = _recode(codes, [find_subnet(value) for value in values])
    return columns


def _recode(codes: NDArray[np.int32], values: Sequence[str]) -> pa.Array:
    """Column of a text that follows from another: ``values`` by the other's code; an empty one is null."""
    numbers: dict[str, int] = {}
    mapped = [numbers.setdefault(value, len(numbers)) if value else -1 for value in values]
    return make_keywords(np.array([*mapped, -1], dtype=np.int32)[codes], list(numbers))


def make_list_columns(rows: Rows, records: Any, contents: Contents) -> dict[str, pa.Array]:
    """Lists of records."""
    if len(records) == 0 or rows.offsets[:, -1].max() == 0:
        return {}
    kinds, groups = number_values(records["kind"], 65_536), number_values(records["group"] & 0x7FFF, 65_536)
    texts_of = {
        "name": (records["name"], contents.texts),
        "data": (records["content"], contents.texts),
        "type": (kinds[0], pa.array([name_type(number) for number in kinds[1].tolist()], pa.string())),
        "class": (groups[0], pa.array([name_class(number) for number in groups[1].tolist()], pa.string())),
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
        columns |= _make_naptr(rows, records["content"], contents)
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
    if not offsets[-1]:
        return make_nulls(len(offsets) - 1, _WORDS)
    empty = offsets[1:] == offsets[:-1]
    shown = codes[rows.order[which][: offsets[-1]]]
    flat = texts.take(pa.array(shown, pa.int32(), mask=shown < 0 if shown.min() < 0 else None))
    mask = pa.array(empty) if empty.any() else None
    return pa.ListArray.from_arrays(pa.array(offsets, pa.int32()), flat, type=_WORDS, mask=mask)


_NO_NAPTR = 0, 0, "", "", "", ""


def _make_naptr(rows: Rows, numbers: NDArray[np.int32], contents: Contents) -> dict[str, pa.Array]:
    """Parts of NAPTR records, side by side; each distinct record is read once."""
    offsets = rows.offsets[NAPTR]
    codes, distinct = number_values(numbers[rows.order[NAPTR][: offsets[-1]]], len(contents))
    parts = [*(decode_naptr(value) for value in contents.list_values(distinct)), _NO_NAPTR]
    order, preference, *texts = zip(*parts, strict=True)
    columns = {
        "dns.naptr.order": make_lists(offsets, np.array(order, dtype=np.int64)[codes], _NUMBERS),
        "dns.naptr.preference": make_lists(offsets, np.array(preference, dtype=np.int64)[codes], _NUMBERS),
    }
    mask, taken = pa.array(offsets[1:] == offsets[:-1]), pa.array(np.where(codes < 0, len(distinct), codes))
    for name, values in zip(("flags", "services", "regexp", "replacement"), texts, strict=True):
        flat = pa.array(values, pa.string()).take(taken)
        columns[f"dns.naptr.{name}"] = pa.ListArray.from_arrays(
            pa.array(offsets, pa.int32()), flat, type=_WORDS, mask=mask
        )
    return columns
