"""Answers that are kept until the manifest changes."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from correlation.answers import AT_ONCE, Answers, shorten
from correlation.query_tree import Among, And, Not, Or
from parsers.schema import Field


def test_answers_are_made_once_a_generation() -> None:
    """The same question again costs nothing; a newer generation forgets, an older one is not kept."""
    made: list[int] = []
    answers = Answers()

    def ask(generation: int) -> int:
        def make() -> int:
            made.append(generation)
            return generation

        return answers.give(generation, "q", make, lambda _: 1)

    assert [ask(1), ask(1), ask(2), ask(2), ask(1)] == [1, 1, 2, 2, 1]
    assert made == [1, 2, 1]


def test_room_is_bounded() -> None:
    """What was not asked for longest goes; an answer that is too large is given and not kept."""
    made: list[str] = []
    answers = Answers(most_bytes=40)
    for key in ("a", "b", "a", "c", "d", "e", "a", "b"):
        answers.give(1, key, lambda key=key: made.append(key), lambda _: 10)  # type: ignore[misc]
    assert made == ["a", "b", "c", "d", "e", "b"]
    for _ in range(2):
        answers.give(1, "large", lambda: made.append("large"), lambda _: 11)
    assert made.count("large") == 2


def test_a_failure_is_not_kept_and_blocks_nobody() -> None:
    """The next one who asks makes it; a question within a question waits for no turn."""
    answers = Answers()
    with pytest.raises(ZeroDivisionError):
        answers.give(1, "q", lambda: 1 // 0, lambda _: 1)

    def ask(depth: int) -> int:
        return answers.give(1, depth, lambda: ask(depth - 1) if depth else 7, lambda _: 1)

    assert ask(4 * AT_ONCE) == 7


def test_many_threads_make_one_answer() -> None:
    """Those who ask while it is made wait for it, and few are made at once."""
    answers, gate, made, most = Answers(), threading.Barrier(8), [], [0, 0]

    def make(key: int) -> int:
        most[0] += 1
        most[1] = max(most)
        made.append(key)
        most[0] -= 1
        return key

    def ask(number: int) -> int:
        gate.wait()
        return answers.give(1, number % 2, lambda: make(number % 2), lambda _: 1)

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(ask, range(8))) == [0, 1] * 4
    assert sorted(made) == [0, 1]
    assert most[1] <= AT_ONCE


def test_keys_hold_a_digest_of_many_values() -> None:
    """Different values stay different wherever they stand; few are held as they are."""
    field = Field("event.id", "keyword", "")
    many, others, few = Among(field, "a" * 2_000), Among(field, "b" * 2_000), Among(field, "a")
    assert shorten(few) is few
    for wrap in (Not, lambda part: And((few, part)), lambda part: Or((part, few)), lambda part: Not(And((part, few)))):
        assert shorten(wrap(many)) != shorten(wrap(others))
        assert shorten(wrap(many)) == shorten(wrap(Among(field, "a" * 1_999 + "a")))
        assert len(repr(shorten(wrap(many)))) < 1_500
