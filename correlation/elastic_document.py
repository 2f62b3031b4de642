"""Documents of a cluster: one index a kind, changed by sequence number, so that no writer undoes another's change.

The body is one ``flattened`` field: every value in it can be asked for as a keyword (numbers beyond 64 bits too), and
no body can clash with another's types.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from elasticsearch import ConflictError as VersionConflict
from elasticsearch import Elasticsearch

from correlation.documents import check_name, explain_conflict
from correlation.elastic_bulk import Item
from correlation.elastic_error import failing
from correlation.elastic_mapping import DURABLE, alias_of, make_meta
from correlation.elastic_record import make_id
from correlation.elastic_search import KEEP_ALIVE, LENIENT
from correlation.store import Document

DOCUMENTS = "documents"
PAGE = 1_000
_LATEST_MS = 253_402_300_799_000  # the last second of the year 9999, which every program can show
PROPERTIES: dict[str, Any] = {
    "@timestamp": {"type": "date"},
    "kind": {"type": "keyword"},
    "id": {"type": "keyword"},
    "body": {"type": "flattened", "ignore_above": 8_191},  # of up to four bytes each: Lucene takes 32,766
}


def make_document_template(prefix: str) -> tuple[str, dict[str, Any]]:
    """Give the name and template of the indices of documents."""
    name = alias_of(prefix, DOCUMENTS)
    settings = {"index": DURABLE}
    mappings = {"dynamic": "strict", "_meta": make_meta(PROPERTIES), "properties": PROPERTIES}
    return name, {
        "index_patterns": [f"{name}-*"],
        "priority": 600,
        "template": {"settings": settings, "mappings": mappings, "aliases": {name: {}}},
    }


class Documents:
    """The documents of one cluster."""

    def __init__(self, client: Elasticsearch, where: str, prefix: str) -> None:
        """Use the indices that ``prefix`` begins."""
        self._client, self._where, self._prefix = client, where, prefix

    def _index(self, kind: str) -> str:
        return f"{alias_of(self._prefix, DOCUMENTS)}-{kind}"

    def put(self, kind: str, name: str, body: Mapping[str, Any], expected: str | None = None) -> Document:
        """Write a document; raises ConflictError where another version than ``expected`` is there."""
        check_name(kind, name)
        kept = {"@timestamp": time.time_ns() // 10**6, "kind": kind, "id": name, "body": dict(body)}
        with self._settling(kind, name):
            answer = self._client.index(index=self._index(kind), id=make_id(name), document=kept, **_only(expected))
        return Document(kind, name, dict(body), _version(answer.body))

    def make_item(self, kind: str, name: str, body: Mapping[str, Any], at_ns: int) -> Item:
        """Make what writes a document among many, unconditionally, as of ``at_ns``."""
        check_name(kind, name)
        day = min(max(at_ns // 10**6, 0), _LATEST_MS)
        kept = {"@timestamp": day, "kind": kind, "id": name, "body": dict(body)}
        return Item(self._index(kind), make_id(name), json.dumps(kept, ensure_ascii=True), "index")

    def make_removal(self, kind: str, name: str) -> Item:
        """Make what removes a document among many."""
        return Item(self._index(kind), make_id(name), "", "delete")

    def get(self, kind: str, name: str) -> Document | None:
        """Find a document as it was written last, or None."""
        check_name(kind, name)
        with failing(self._where):
            answer = self._client.options(ignore_status=404).get(index=self._index(kind), id=make_id(name))
        return _document(answer.body) if answer.get("found") else None

    def find_all(self, kind: str) -> Iterator[Document]:
        """Give the documents of a kind by id."""
        check_name(kind, "any")
        index = self._index(kind)
        with failing(self._where):
            self._client.indices.refresh(index=index, **LENIENT)
            pit = self._client.open_point_in_time(index=index, keep_alive=KEEP_ALIVE, ignore_unavailable=True)["id"]
        after: list[Any] | None = None
        try:
            while hits := self._page(pit, after):
                yield from map(_document, hits)
                after = hits[-1]["sort"]
        finally:
            with failing(self._where):
                self._client.options(ignore_status=404).close_point_in_time(id=pit)

    def _page(self, pit: str, after: list[Any] | None) -> list[Any]:
        with failing(self._where):
            answer = self._client.search(
                pit={"id": pit, "keep_alive": KEEP_ALIVE},
                sort=[{"id": "asc"}],
                size=PAGE,
                search_after=after,
                seq_no_primary_term=True,
                track_total_hits=False,
            )
        return list(answer["hits"]["hits"])

    def remove(self, kind: str, name: str, expected: str | None = None) -> bool:
        """Remove a document; gives whether there was one."""
        there = self.get(kind, name)
        if expected is not None and expected != ("" if there is None else there.version):
            raise explain_conflict(kind, name)
        if there is None:
            return False
        with self._settling(kind, name):
            only = {} if expected is None else _only(expected)
            self._client.options(ignore_status=404).delete(index=self._index(kind), id=make_id(name), **only)
        return True

    @contextmanager
    def _settling(self, kind: str, name: str) -> Iterator[None]:
        try:
            with failing(self._where):
                yield
        except Exception as error:
            if isinstance(error.__cause__, VersionConflict):
                raise explain_conflict(kind, name) from error
            raise


def _only(expected: str | None) -> dict[str, Any]:
    """Say over which version a document may be written."""
    if expected is None:
        return {}
    if not expected:
        return {"op_type": "create"}
    number, _, term = expected.partition(":")
    if not (number.isdecimal() and term.isdecimal()):  # of another store: no version here
        number, term = str(2**62), "1"
    return {"if_seq_no": int(number), "if_primary_term": int(term)}


def _version(answer: Mapping[str, Any]) -> str:
    return f"{answer['_seq_no']}:{answer['_primary_term']}"


def _document(hit: Mapping[str, Any]) -> Document:
    source = hit["_source"]
    return Document(source["kind"], source["id"], source["body"], _version(hit))
