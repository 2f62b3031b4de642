r"""The query language: a subset of Lucene's syntax, checked against a dataset.

Grammar, by example::

    modbus.unit_id:5                    a field equals a value
    event.action:write*                 wildcards * and ? in keywords; \* is a star
    modbus.function.name:(read_coils OR "write single")    several values for one field
    modbus.request.address:[100 TO 200} a range: [ ] with the end, { } without; * is an open end
    event.duration:>=5ms                the same with < <= > >=
    source.ip:10.0.0.0/8                a network; IPv6 in quotes: source.ip:"fe80::/10"
    @timestamp:[2026-11-21 TO now-1h]   ISO 8601 (UTC unless it has an offset) or relative; a day is the whole day
    _exists_:modbus.exception.code      the field has a value; also modbus.exception.code:*
    write                               a bare word: see below
    a AND b OR NOT c                    NOT binds closest, then AND, then OR; no word between two terms means AND

Keywords compare exactly and with case, like Elasticsearch's. Free text compares by part and without case. A list fits
when any of its elements does. A value with ``: ( ) [ ] { } " /`` or spaces goes in quotes, or takes a backslash before
each of them. A bare word is looked for, as part and without case, in the fields of ``bare_fields``; a bare address or
network in the addresses and free texts. Regular expressions, ``~`` and ``^`` are refused.
"""

from __future__ import annotations

import re

import luqum.thread
from luqum.exceptions import IllegalCharacterError, ParseError

from correlation.query_check import Checker
from correlation.query_error import QueryError
from correlation.query_tree import Everything, Node
from parsers.schema import Dataset

LONGEST = 8_192
"""Characters a query may have."""


def parse_query(query: str | Node, dataset: Dataset, *, now_ns: int) -> Node:
    """Read a query for ``dataset``; an empty one asks for everything, and a tree that was checked before stays.

    ``now_ns`` is what ``now`` means. Raises QueryError, and nothing else, whatever the text.
    """
    if not isinstance(query, str):
        return query
    text = query
    if not text.strip():
        return Everything()
    _check_text(text)
    try:
        tree = luqum.thread.parse(text)
    except ParseError as error:
        raise _syntax_error(error, text) from error
    except (ValueError, ArithmeticError) as error:  # luqum reads the number after ~ and ^ without checking it
        position = next((match.start() for match in re.finditer(r"[~^]", text)), 0)
        raise QueryError("~ and ^ are not understood here; put them in quotes", text, position) from error
    return Checker(text, dataset, now_ns).check(tree)


def _check_text(text: str) -> None:
    if len(text) > LONGEST:
        raise QueryError(f"the query has {len(text)} characters, at most {LONGEST} are read", text[:60], 60)
    try:
        text.encode()
    except UnicodeEncodeError as error:
        shown = text.encode(errors="replace").decode()
        raise QueryError("this is no character", shown, error.start) from error


def _syntax_error(error: ParseError, text: str) -> QueryError:
    """Tell what luqum's message means and where it points."""
    match = re.search(r"at position (\d+)", str(error).rpartition("'")[2])
    if match is None:
        return QueryError("the query ends too early: a value or a closing bracket is missing", text, len(text))
    position = int(match[1])
    if isinstance(error, IllegalCharacterError):
        return QueryError(_ILLEGAL.get(text[position], "this character must be quoted"), text, position)
    found = re.match(r"\w+|.", text[position:], re.DOTALL)
    return QueryError(_UNEXPECTED.get(text[position], f"{found and found[0]!r} is not expected here"), text, position)


_ILLEGAL = {
    '"': "this quote is not closed",
    "/": "this slash opens a regular expression, which is not understood; put the value in quotes",
    "\\": "a backslash at the end stands before nothing",
}
_UNEXPECTED = {
    ":": "':' is not expected here; put a value that holds it in quotes",
    "-": "'-' is not expected here; put a negative number in quotes",
    ")": "')' closes nothing",
}
