"""What every store does with a question before it looks for the answer; the contract asks whole stores."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import pyarrow as pa
import pytest

from correlation.aggregate import Summary
from correlation.query_error import QueryError
from correlation.query_tree import And, Between, Equal, Everything, Node
from correlation.questions import Questions, Search
from correlation.store import Bucket, Filters, Groups, Terms, TopHits
from detection.alert import ALERT
from parsers.schema import Dataset
from tests.support.lakes import MODBUS, START_NS
from wanglou.errors import UsageError


class Recorder(Questions):
    """A store that holds nothing, and notes what it is asked."""

    def __init__(self) -> None:
        """Begin with nothing asked."""
        self._clock = lambda: START_NS
        self.searches: list[Search] = []
        self.counted: list[Node] = []

    @property
    def datasets(self) -> Mapping[str, Dataset]:
        """Two of them."""
        return {"modbus": MODBUS, "alert": ALERT}

    def _find(self, search: Search) -> Iterator[pa.RecordBatch]:
        self.searches.append(search)
        return iter(())

    def _count(self, dataset: Dataset, node: Node) -> int:
        assert dataset.name in self.datasets
        self.counted.append(node)
        return len(self.counted)

    def _summarise(self, dataset: Dataset, node: Node, aggregation: Summary | TopHits | Groups) -> Sequence[Bucket]:
        assert not isinstance(aggregation, Groups)
        assert dataset.field(aggregation.field)
        self.counted.append(node)
        return [Bucket(aggregation.field, 1)]


@pytest.fixture
def store() -> Recorder:
    """A store."""
    return Recorder()


@pytest.mark.parametrize(("limit", "after"), [(-1, ""), (0, "x"), (0, "[1]"), (0, '["a","b",1,1]')])
def test_questions_that_cannot_be(store: Recorder, limit: int, after: str) -> None:
    """Told at once, before anything is looked for."""
    with pytest.raises(UsageError):
        store.search("modbus", limit=limit, after=after)
    assert store.searches == []


def test_what_is_no_dataset_or_query(store: Recorder) -> None:
    """The datasets there are, or what is wrong with the query, in every question."""
    for ask in (store.search, store.count, lambda *given: store.aggregate(given[0], Terms("source.ip"), *given[1:])):
        with pytest.raises(UsageError, match="there are modbus, alert"):
            ask("modus", "")
        with pytest.raises(QueryError):
            ask("modbus", "source.ip:")
    assert (store.searches, store.counted) == ([], [])


def test_questions_are_bound_to_their_time(store: Recorder) -> None:
    """A stretch of time is one more condition, its end not included."""
    store.count("modbus")
    store.count("modbus", start_ns=1, end_ns=5)
    store.count("modbus", "source.port:7", end_ns=5)
    nothing, span, both = store.counted
    assert isinstance(nothing, Everything)
    assert isinstance(span, Between)
    assert (span.low, span.high, span.low_included, span.high_included) == (1, 5, True, False)
    assert isinstance(both, And)
    assert isinstance(both.parts[0], Equal)
    assert isinstance(both.parts[1], Between)


def test_named_filters_are_counted_each(store: Recorder) -> None:
    """With the query they stand beside; other summaries are the store's."""
    filters = Filters({"a": "source.port:1", "b": "source.port:2"})
    assert store.aggregate("modbus", filters, "source.port:>0") == [Bucket("a", 1.0), Bucket("b", 2.0)]
    assert all(isinstance(node, And) for node in store.counted)
    assert store.aggregate("modbus", Terms("source.ip")) == [Bucket("source.ip", 1)]


def test_a_record_is_looked_for_where_its_id_says(store: Recorder) -> None:
    """In the dataset that the id names; what is no record's id may be an alert's."""
    assert store.get("4d30e924a40b1bda-modbus-20-0") is None
    assert store.get("alert-9943a93e") is None
    assert [(search.dataset.name, search.limit) for search in store.searches] == [
        ("modbus", 1),
        ("alert", 1),
        ("alert", 1),
    ]
