"""From luqum's tree to the checked tree: operators, fields and limits."""

from __future__ import annotations

import difflib
from collections.abc import Sequence

from luqum import tree as syntax

from correlation.query_error import QueryError
from correlation.query_leaf import Text, bare_leaves, compare_leaf, equal_leaf
from correlation.query_tree import And, Everything, Exists, Node, Not, Or
from parsers.schema import Dataset, Field

DEEPEST = 50
"""Brackets and NOTs inside one another."""
MOST_LEAVES = 1_024
"""Comparisons in one query; the same limit as Lucene's own."""

_NUMBERS = {"long", "u8", "u16", "u32", "longs", "doubles", "double", "duration"}
_REFUSED = {
    syntax.Regex: "regular expressions are not understood; use * and ?, or put the value in quotes",
    syntax.Fuzzy: "~ is not understood; put it in quotes",
    syntax.Proximity: "~ is not understood; put it in quotes",
    syntax.Boost: "^ is not understood; put it in quotes",
}
_OPERATIONS = (syntax.OrOperation, syntax.AndOperation, syntax.UnknownOperation)


class Checker:
    """Checks one query against one dataset."""

    def __init__(self, text: str, dataset: Dataset, now_ns: int) -> None:
        """Keep what the checks need; ``text`` is the whole query, for pointing."""
        self._text, self._dataset, self._now_ns = text, dataset, now_ns
        self._leaves = 0

    def check(self, item: syntax.Item, field: Field | None = None, depth: int = 0) -> Node:
        """Check a node; ``field`` is the one whose group it stands in."""
        if depth > DEEPEST:
            raise self._error(f"brackets and NOTs are more than {DEEPEST} deep", item)
        if isinstance(item, _OPERATIONS):
            return self._combine(_disjuncts(item), field, depth)
        if isinstance(item, syntax.BaseGroup):
            return self.check(item.expr, field, depth + 1)
        if isinstance(item, syntax.Not | syntax.Prohibit):
            return Not(self.check(item.a, field, depth + 1))
        if isinstance(item, syntax.Plus):
            return self.check(item.a, field, depth + 1)
        if isinstance(item, syntax.SearchField):
            return self._search(item, field, depth)
        if type(item) in _REFUSED:
            raise self._error(_REFUSED[type(item)], item)
        return self._leaf(item, field)

    def _combine(self, disjuncts: Sequence[Sequence[syntax.Item]], field: Field | None, depth: int) -> Node:
        ors = []
        for items in disjuncts:
            ands = tuple(self.check(item, field, depth + 1) for item in items)
            ors.append(And(ands) if len(ands) > 1 else ands[0])
        return Or(tuple(ors)) if len(ors) > 1 else ors[0]

    def _search(self, item: syntax.SearchField, outer: Field | None, depth: int) -> Node:
        if outer is not None:
            raise self._error(f"a field inside the group of {outer.name}; put a value that holds ':' in quotes", item)
        name, value = str(item.name), item.expr
        if name == "_exists_":
            return Exists(self._field(self._plain(value).value, value.pos))
        if name == "*":
            if isinstance(value, syntax.Word) and value.value == "*":
                return Everything()
            raise self._error("* stands for all fields only in *:*", item)
        field = self._field(Text(name, quoted=False).value, item.pos)
        if isinstance(value, syntax.Prohibit):
            if field.kind not in _NUMBERS:
                raise self._error(f"write NOT {field.name}:... , or put the value in quotes", value)
            return self._leaf(value, field)
        return self.check(value, field, depth + 1)

    def _field(self, name: str, position: int) -> Field:
        field = self._dataset.field(name)
        if field is None:
            raise QueryError(f"{self._dataset.name} has no field {name!r}{self._suggest(name)}", self._text, position)
        return field

    def _suggest(self, name: str) -> str:
        names = [field.name for field in self._dataset.fields]
        ending = [candidate for candidate in names if candidate.endswith(f".{name}")]
        close = ending or difflib.get_close_matches(name.lower(), names, n=3, cutoff=0.6)
        return f"; did you mean {' or '.join(close[:3])}?" if close else ""

    def _leaf(self, item: syntax.Item, field: Field | None) -> Node:
        """Make the leaves of a value, a comparison, or a bare word."""
        try:
            nodes = self._leaves_of(item, field)
        except ValueError as error:
            raise QueryError(str(error) if field is None else f"{field.name}: {error}", self._text, item.pos) from error
        self._leaves += len(nodes)
        if self._leaves > MOST_LEAVES:
            raise self._error(f"more than {MOST_LEAVES} comparisons", item)
        return Or(tuple(nodes)) if len(nodes) > 1 else nodes[0]

    def _leaves_of(self, item: syntax.Item, field: Field | None) -> Sequence[Node]:
        if isinstance(item, syntax.Range | syntax.From | syntax.To):
            if field is None:
                raise ValueError("a range needs a field before it")
            low, high, included = self._ends(item)
            return [compare_leaf(field, low, high, included, self._now_ns)]
        value = self._plain(item)
        if field is None:
            return bare_leaves(self._dataset, value)
        return [equal_leaf(field, value, self._now_ns)]

    def _ends(self, item: syntax.Item) -> tuple[Text | None, Text | None, tuple[bool, bool]]:
        """Give the two ends of a comparison, None where open, and whether each belongs to it."""
        if isinstance(item, syntax.From):
            return self._plain(item.a), None, (item.include, True)
        if isinstance(item, syntax.To):
            return None, self._plain(item.a), (True, item.include)
        low, high = self._plain(item.low), self._plain(item.high)
        return low.unless_star(), high.unless_star(), (item.include_low, item.include_high)

    def _plain(self, item: syntax.Item) -> Text:
        """Give the text of a word, a phrase or a negative number."""
        if isinstance(item, syntax.Phrase):
            return Text(item.value[1:-1], quoted=True)
        if isinstance(item, syntax.Prohibit) and isinstance(item.a, syntax.Word):
            return Text(f"-{item.a.value}", quoted=False)
        if not isinstance(item, syntax.Word):
            raise self._error("a value is wanted here", item)
        word = str(item.value)
        if word in ("&&", "||") or word.startswith("!"):
            raise self._error("operators are written AND, OR, NOT; put this in quotes to look for it", item)
        return Text(word, quoted=False)

    def _error(self, what: str, item: syntax.Item) -> QueryError:
        return QueryError(what, self._text, item.pos or 0)


def _disjuncts(item: syntax.Item) -> list[list[syntax.Item]]:
    """Regroup an operation as an OR of ANDs.

    luqum lets OR bind closer than two terms side by side; here no word between them means AND, which binds closer.
    """
    if not isinstance(item, _OPERATIONS):
        return [[item]]
    groups: list[list[syntax.Item]] = []
    for child in item.children:
        parts = _disjuncts(child)
        if groups and not isinstance(item, syntax.OrOperation):
            groups[-1] = groups[-1] + parts[0]
            parts = parts[1:]
        groups += parts
    return groups
