"""Facts about ``detection.conditions``."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from detection.conditions import (
    AllOf,
    AnyOf,
    Expression,
    Leaf,
    NotOf,
    Step,
    compile_expressions,
    run_programmes,
    walk_leaves,
)
from detection.matches import Equals

TREES: st.SearchStrategy[Expression] = st.recursive(
    st.builds(Step, st.integers(0, 3)),
    lambda inner: (
        st.builds(NotOf, inner)
        | st.builds(AllOf, st.lists(inner, max_size=3).map(tuple))
        | st.builds(AnyOf, st.lists(inner, max_size=3).map(tuple))
    ),
    max_leaves=12,
)


def evaluate(tree: Expression, truth: list[bool]) -> bool:
    """Evaluate a tree by its definition."""
    if isinstance(tree, Step):
        return truth[tree.index]
    if isinstance(tree, NotOf):
        return not evaluate(tree.part, truth)
    if isinstance(tree, AllOf | AnyOf):
        return (all if isinstance(tree, AllOf) else any)(evaluate(part, truth) for part in tree.parts)
    raise TypeError(tree)


@given(st.lists(TREES, max_size=4), st.lists(st.lists(st.booleans(), min_size=4, max_size=4), max_size=5))
def test_programmes_agree_with_the_trees(trees: list[Expression], rows: list[list[bool]]) -> None:
    """The compiled form of any trees gives on any truth values what the trees mean."""
    truth = np.array(rows, dtype=np.bool_).reshape(len(rows), 4)

    verdict = run_programmes(compile_expressions(trees, {}), truth)

    assert verdict.tolist() == [[evaluate(tree, row) for tree in trees] for row in rows]


def test_leaves_are_walked_left_to_right() -> None:
    """Every leaf is found once per place, also below a negation."""
    one, two = Leaf("a", Equals("x")), Leaf("b", Equals("y"))

    assert list(walk_leaves(AllOf((one, NotOf(AnyOf((two, one))), Step(0))))) == [one, two, one]
