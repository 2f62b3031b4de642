"""A condition as a tree of tests, and its compiled form: a postfix programme over truth values.

The tests ("leaves") of all rules are pooled: each distinct one is asked once per distinct value, and the programmes
of all rules then run over the resulting truth matrix in one kernel.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from detection.matches import Match
from wanglou.kernel import kernel

AND, OR, NOT, TRUE, FALSE = -1, -2, -3, -4, -5
"""Opcodes; what is not negative pushes the truth of that leaf."""


@dataclass(frozen=True, slots=True)
class Leaf:
    """One test of one field."""

    field: str
    match: Match


@dataclass(frozen=True, slots=True)
class Step:
    """A base rule of a correlation, by its position."""

    index: int


@dataclass(frozen=True, slots=True)
class AllOf:
    """True when every part is; an empty one is true."""

    parts: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class AnyOf:
    """True when one part is; an empty one is false."""

    parts: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class NotOf:
    """True when the part is false; a test of a missing value is false, so its negation is true."""

    part: Expression


Expression = Leaf | Step | AllOf | AnyOf | NotOf


def walk_leaves(expression: Expression) -> Iterator[Leaf]:
    """Give every leaf of a tree, left to right."""
    if isinstance(expression, Leaf):
        yield expression
    elif isinstance(expression, NotOf):
        yield from walk_leaves(expression.part)
    elif isinstance(expression, AllOf | AnyOf):
        for part in expression.parts:
            yield from walk_leaves(part)


@dataclass(frozen=True, slots=True)
class Programmes:
    """Postfix programmes of several trees."""

    ops: NDArray[np.int32]
    """All operations, one programme after the other."""
    start: NDArray[np.int64]
    """int64[n + 1]: where each programme begins; the last entry is the end."""
    depth: int
    """Most values on the stack at once."""


def compile_expressions(expressions: Sequence[Expression], numbers: Mapping[Leaf, int]) -> Programmes:
    """Compile trees; ``numbers`` gives each leaf's column in the truth matrix, a ``Step`` is its own number."""
    ops: list[int] = []
    start = [0]
    depth = 1
    for expression in expressions:
        depth = max(depth, _emit(expression, numbers, ops))
        start.append(len(ops))
    return Programmes(np.array(ops, dtype=np.int32), np.array(start, dtype=np.int64), depth)


def _emit(expression: Expression, numbers: Mapping[Leaf, int], ops: list[int]) -> int:
    """Append one tree in postfix order and give the stack it needs."""
    if isinstance(expression, Leaf | Step):
        ops.append(numbers[expression] if isinstance(expression, Leaf) else expression.index)
        return 1
    if isinstance(expression, NotOf):
        depth = _emit(expression.part, numbers, ops)
        ops.append(NOT)
        return depth
    joint, empty = (AND, TRUE) if isinstance(expression, AllOf) else (OR, FALSE)
    if not expression.parts:
        ops.append(empty)
        return 1
    depth = 0
    for index, part in enumerate(expression.parts):
        depth = max(depth, _emit(part, numbers, ops) + (1 if index else 0))
        if index:
            ops.append(joint)
    return depth


def run_programmes(programmes: Programmes, truth: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Run every programme on every row: truth bool[n, leaves] -> verdict bool[n, programmes]."""
    verdict = np.zeros((len(truth), len(programmes.start) - 1), dtype=np.bool_)
    evaluate_rows(programmes.ops, programmes.start, np.zeros(programmes.depth, dtype=np.bool_), truth, verdict)
    return verdict


@kernel
def evaluate_rows(
    ops: NDArray[np.int32],
    start: NDArray[np.int64],
    stack: NDArray[np.bool_],
    truth: NDArray[np.bool_],
    verdict: NDArray[np.bool_],
) -> None:
    """Run postfix programmes on the rows of a truth matrix and fill verdict bool[rows, programmes].

    ``ops``, ``start`` and the size of ``stack`` come from ``compile_expressions``.
    """
    for row in range(len(truth)):
        for programme in range(len(start) - 1):
            top = 0
            for at in range(start[programme], start[programme + 1]):
                op = int(ops[at])
                if op >= 0:
                    stack[top] = truth[row, op]
                    top += 1
                elif op == -3:
                    stack[top - 1] = not stack[top - 1]
                elif op <= -4:
                    stack[top] = op == -4
                    top += 1
                else:
                    top -= 1
                    if op == -1:
                        stack[top - 1] = stack[top - 1] and stack[top]
                    else:
                        stack[top - 1] = stack[top - 1] or stack[top]
            verdict[row, programme] = stack[0]
